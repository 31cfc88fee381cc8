"""Open a request, whatever it was written in: JSON, a command line, a program, a recording, a trace.

A text may be a stranger's: it is read to a limit, nothing in it runs, and no key or cookie in it is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from ..base.errors import BadValue
from .opened import MOST_MESSAGES, Opened, settled

LARGEST = 64 * 1024 * 1024  # bytes
#: Bytes of what is no JSON as it stands, and is read as JSON with comments.
_LARGEST_WITH_COMMENTS = 256 * 1024
_LINES = 50_000  # requests in a Batch file, by the API's own limit

_FORMS = "JSON, a curl or HTTPie command, Python or JavaScript, a HAR file, a trace"


def read(text: str, line: int | None = None) -> Sequence[Opened]:
    """Find the requests in a text; of a file of lines, the one of that number, from 1, alone.

    Raises BadValue where there is none, and says what was wrong with what it looked like.
    """
    text = text.lstrip("\ufeff").strip()
    if not text:
        raise BadValue("there is nothing to open", f"it takes {_FORMS}")
    try:
        return [settled(each) if not each.file else each for each in _found(text, line)]
    except RecursionError:
        raise BadValue("it is nested too deeply") from None


def _found(text: str, line: int | None) -> Iterator[Opened]:
    from . import open_curl  # each reader loads what it needs, only for what it reads

    if text[0] in "{[":
        yield from _json(text, line)
    elif open_curl.is_command(text):
        yield from open_curl.requests(text)
    else:
        yield from _program(text)


def _json(text: str, line: int | None) -> Iterator[Opened]:
    from . import open_json

    lines = text.split("\n") if text[0] == "{" and "\n" in text else []
    if lines and _whole(lines[0]) and any(each.strip() for each in lines[1:]):
        yield from _lines(lines, line)
        return
    if text.count('"role"') > 20 * MOST_MESSAGES:
        raise BadValue(f"it has too many messages: at most {MOST_MESSAGES:,} in a request can be opened")
    try:
        value = json.loads(text)
    except RecursionError:
        raise BadValue("this JSON is nested too deeply") from None
    except json.JSONDecodeError as error:
        value = _with_comments(text, error)
    if line not in (None, 1):
        raise BadValue(f"there is no line {line}: this is one request")
    yield from open_json.requests(value)


def _whole(line: str) -> bool:
    """Tell whether a line is a value of JSON by itself."""
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _lines(lines: list[str], line: int | None) -> Iterator[Opened]:
    """Read a file of lines, each a request; blank ones do not count as any."""
    from . import open_json

    given = [(number, each) for number, each in enumerate(lines, 1) if each.strip()]
    if line is not None:
        given = [(number, each) for number, each in given if number == line]
        if not given:
            raise BadValue(f"there is no line {line}: the last is {len(lines)}")
    if len(given) > _LINES:
        raise BadValue(f"a file of {len(given):,} requests: at most {_LINES:,} can be looked through")
    for number, each in given:
        try:
            value = json.loads(each)
        except (ValueError, RecursionError):
            raise BadValue(f"line {number} is no JSON") from None
        for found in open_json.requests(value):
            yield found if found.label else _labelled(found, number)


def _labelled(found: Opened, number: int) -> Opened:
    from dataclasses import replace

    return replace(found, label=f"line {number}")


def _with_comments(text: str, error: json.JSONDecodeError) -> object:
    """Read JSON with comments and trailing commas, or an object as JavaScript has it."""
    from . import open_javascript

    if len(text) <= _LARGEST_WITH_COMMENTS:
        try:
            return open_javascript.value(text)
        except BadValue:
            pass
    raise BadValue(f"this is no JSON: {error.msg}, line {error.lineno}, column {error.colno}")


def _program(text: str) -> Iterator[Opened]:
    """Read Python, or JavaScript where it is none."""
    from . import open_javascript, open_python

    if not any(word in text for word in ("messages", "completion", "responses", "input")):
        raise BadValue("this is no request", f"it takes {_FORMS}")
    try:
        yield from open_python.requests(text)
    except BadValue as error:  # a call of fetch may be sound Python, too
        try:
            yield from open_javascript.requests(text)
        except BadValue as other:
            both = isinstance(error, open_python.NotPython)
            said = f"{other.message}; {error.message}" if both else error.message
            raise BadValue(said, f"it takes {_FORMS}") from None
