"""Read what a server says went wrong, in whatever shape: its words, and the names in them. Pure.

The shapes are from real servers: OpenAI's object; a text, a list, `detail` of FastAPI servers with `loc` and
`msg`; `errors[]`; OpenRouter's `metadata.raw`; `base_resp` (MiniMax) and `code` with `msg` beside a status of
200; problem+json (RFC 9457); a web page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..base.dataclass import dataclass
from ..base.halves import whole
from ..base.short import shorten
from . import bounds
from .parts import as_json

#: Where words stand, the most telling first.
_WORDS = (
    *(
        "message",
        "msg",
        "detail",
        "error_description",
        "error_msg",
        "error_message",
        "errorMessage",
        "status_msg",
    ),
    *("error", "errors", "details", "reason", "description", "text", "content", "base_resp"),
)
_CODES = ("code", "error_code", "errcode", "errorCode", "status_code", "type", "status")
_FIELDS = ("param", "parameter", "field", "loc", "path", "pointer")
_GOOD = (0, 200, "0", "200", "ok", "success", "succeeded", "", None, True)
_MOST = 3  # complaints of a list that are told
_DEEPEST = 8
LONGEST = 300  # characters of a server's own words
_TITLE = re.compile(rb"<(title|h1)[^>]*>(.*?)</\1", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Complaint:
    """What went wrong. `text` is the server's own words on one line, "" where there are none; `code` its
    code or type; `fields` what it names apart from its words, as it spells them; `page` says that it came
    as a web page."""

    text: str
    code: str = ""
    fields: tuple[str, ...] = ()
    page: bool = False

    @property
    def status(self) -> int:
        """Return the code if it is an HTTP status of an error, else 0."""
        code = int(self.code) if self.code.isascii() and self.code.isdecimal() and len(self.code) == 3 else 0
        return code if 400 <= code < 600 else 0


def of(value: Any) -> Complaint:
    """Read a complaint from the value that holds it. If nothing in it reads as words, use all of it as the
    words."""
    text = _words(value) or ("" if value in (None, {}, [], True) else as_json(value))
    return Complaint(short(text), _code(value), tuple(dict.fromkeys(_fields(value))))


def of_body(data: bytes) -> Complaint:
    """Read the body of an error answer: JSON, a web page, or text."""
    data = data.removeprefix(b"\xef\xbb\xbf").strip()
    if data[:1] == b"<":
        return Complaint(title(data), page=True)
    try:
        return of(bounds.loads(data))
    except ValueError:
        return Complaint(short(data[: 4 * LONGEST].decode("utf-8", "replace")))


def title(page: bytes) -> str:
    """Give the title of a web page, or its first heading; "" where it has neither."""
    found = _TITLE.search(page[: 64 * 1024])
    text = re.sub(rb"<[^>]*>", b" ", found[2]).decode("utf-8", "replace") if found else ""
    import html  # late: it holds the names of two thousand signs

    return short(html.unescape(text))


def short(text: str) -> str:
    """Give a text on one line, cut where it is long."""
    return shorten(whole(text[: 20 * LONGEST]), LONGEST)


def found(data: Any) -> Any:
    """Find an error in an answer with a good status. Return None if there is none."""
    if isinstance(data, list):
        return next((error for each in data if (error := found(each)) is not None), None)
    if not isinstance(data, dict):
        return None
    for key in ("error", "errors"):
        if data.get(key) and data[key] not in _GOOD:
            return data if data[key] is True or isinstance(data[key], int | float) else data[key]
    if "error" in (data.get("object"), data.get("type")):
        return data
    reply = data.get("base_resp")
    if isinstance(reply, dict) and reply.get("status_code") not in _GOOD:
        return reply
    choices = data.get("choices")
    if choices and isinstance(choices, list | dict):
        entries = choices if isinstance(choices, list) else [choices]
        return next((error for each in entries if (error := _in_choice(each)) is not None), None)
    return data if _is_error(data) else None


def _in_choice(choice: Any) -> Any:
    """Give the error in a choice, its delta or its message."""
    if not isinstance(choice, dict):
        return None
    for holder in (choice, choice.get("delta"), choice.get("message")):
        if isinstance(holder, dict) and holder.get("error"):
            return holder["error"]
    return (
        {"message": "no reason given (finish_reason error)"}
        if choice.get("finish_reason") == "error"
        else None
    )


def _is_error(data: dict[str, Any]) -> bool:
    """Tell whether an object without choices is an error by its code, or since it has nothing but words."""
    if data.get("success") is False or data.get("ok") is False:
        return True
    told = [data[key] for key in _CODES if key != "type" and key in data]
    bad = any(isinstance(code, str | int) and _lower(code) not in _GOOD for code in told)
    if bad and _words(data):
        return True
    if "choices" in data or "usage" in data:
        return False
    return any(
        data.get(key) and isinstance(data[key], str) for key in ("message", "msg", "error_msg", "title")
    ) or bool(data.get("detail"))


def _lower(code: Any) -> Any:
    return code.lower() if isinstance(code, str) else code


def _words(value: Any, depth: int = 0) -> str:
    if isinstance(value, str):
        return _inner(value, depth)
    if depth >= _DEEPEST:
        return ""
    if isinstance(value, list):
        told = dict.fromkeys(text for each in value[:50] if (text := _entry(each, depth + 1)))
        return "; ".join(list(told)[:_MOST])
    if not isinstance(value, dict):
        return ""
    text = next((text for key in _WORDS if (text := _words(value.get(key), depth + 1))), "")
    metadata = value.get("metadata")
    raw = _words(metadata.get("raw"), depth + 1) if isinstance(metadata, dict) else ""
    heading = value.get("title")
    heading = heading if isinstance(heading, str) and heading != text else ""
    parts = [heading, text, raw if raw not in text else ""]
    return ": ".join(part for part in parts if part)


def _inner(text: str, depth: int) -> str:
    """Return the words of a text that is itself JSON: gateways pass on what they got in that way."""
    if text[:1] in ("{", "[") and depth < _DEEPEST:
        try:
            return _words(bounds.loads(text), depth + 1) or text
        except ValueError:
            pass
    return text.strip()


def _entry(value: Any, depth: int) -> str:
    """Give one complaint of a list, with the field that it is about."""
    text = _words(value, depth)
    names = [name for name in _own_fields(value) if name not in text] if isinstance(value, dict) else []
    return f"{names[-1]}: {text}" if names and text else text


def _code(value: Any, depth: int = 0) -> str:
    holders = (value, value.get("error")) if isinstance(value, dict) else ()
    for holder in (each for each in holders if isinstance(each, dict)):
        for key in _CODES:
            code = holder.get(key)
            if isinstance(code, str | int) and not isinstance(code, bool) and code != "":
                return whole(str(code)) if isinstance(code, str) or abs(code) < 10**9 else ""
    if isinstance(value, list) and value and depth < _DEEPEST:
        return _code(value[0], depth + 1)
    return ""


def _fields(value: Any, depth: int = 0) -> Iterator[str]:
    """Give every field that a complaint names, wherever in it."""
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        for each in value[:50]:
            yield from _fields(each, depth + 1)
    elif isinstance(value, dict):
        yield from _own_fields(value)
        for key, inner in value.items():
            if key not in _FIELDS and isinstance(inner, list | dict):
                yield from _fields(inner, depth + 1)
    elif isinstance(value, str) and value[:1] in ("{", "[") and depth < _DEEPEST:
        try:
            yield from _fields(bounds.loads(value), depth + 1)
        except ValueError:
            pass


def _own_fields(value: dict[str, Any]) -> Iterator[str]:
    for key in _FIELDS:
        place = value.get(key)
        if isinstance(place, list):
            place = ".".join(
                str(each) for each in place[:20] if isinstance(each, str | int) and each != "body"
            )
        if isinstance(place, str) and place:
            yield whole(place[:LONGEST])
