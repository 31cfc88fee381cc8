"""What a message holds beside its role: its parts and fields, one declaration each. Pure.

A part is looked at as a frozen `Part`, a call as a `ToolCall`; the message itself stays as the API has it,
so that what is not declared here is kept, and sent back as it came. What an answer has that a later request
must not carry (the bytes of its audio, its annotations) is left out by the field's declaration.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any

from ..base.dataclass import dataclass
from .data import Data, audio_type, data_of, data_url, sized
from .parts import as_json

Form = dict[str, Any]


# ---- parts


@dataclass(frozen=True)
class PartKind:
    """A kind of part. `type` is the API's name of it, under which its fields stand, and `label` a person's.

    `text` is the field that the model reads as text; `data` the one that has its bytes in base64, alone or as
    a data: URL; `named` those that name it, the best first; `media` tells its media type where the bytes
    don't.
    """

    type: str
    label: str
    text: str = ""
    data: str = ""
    named: tuple[str, ...] = ()
    media: Callable[[Mapping[str, Any]], str] = lambda inner: ""


KINDS: dict[str, PartKind] = {
    kind.type: kind
    for kind in (
        PartKind("text", "text", text="text"),
        PartKind("image_url", "image", data="url", named=("url",)),
        PartKind("input_audio", "audio", data="data", media=audio_type),
        PartKind("file", "file", data="file_data", named=("filename", "file_id")),
        PartKind("refusal", "refusal", text="refusal"),
    )
}


@dataclass(frozen=True)
class Part:
    """One part of a message's content. `form` is as the API has it; `kind` None is one that is not known."""

    form: Any = field(hash=False)
    kind: PartKind | None = None

    @property
    def inner(self) -> Mapping[str, Any]:
        """Give the fields that are the part's own, whether they stand in an object of their own or not."""
        if not isinstance(self.form, Mapping):
            return {}
        found = self.form.get(str(self.form.get("type")))
        return found if isinstance(found, Mapping) else self.form

    @property
    def text(self) -> str:
        """Return the part of it that a model reads as text."""
        if isinstance(self.form, str):
            return self.form
        if not isinstance(self.form, Mapping):
            return "" if self.form is None else as_json(self.form)
        found = (self.form.get(each.text) for each in KINDS.values() if each.text)
        return next((text for text in found if isinstance(text, str)), "")

    @property
    def data(self) -> Data | None:
        """Return its bytes, if it has them itself."""
        value = self.inner.get(self.kind.data) if self.kind and self.kind.data else None
        if not isinstance(value, str) or not value:
            return None
        name = self.inner.get("filename")
        return data_of(value, self.kind.media(self.inner) if self.kind else "", str(name or ""))

    @property
    def about(self) -> str:
        """What it is, with the type and size of its bytes: image image/png 12 KB."""
        data, inner = self.data, self.inner
        facts = [self.label, *(str(inner[name]) for name in ("filename", "detail") if inner.get(name))]
        if data:
            facts += [data.media, sized(data.size)]
        return " ".join(filter(None, facts))

    @property
    def label(self) -> str:
        """Name its kind of part, in a person's words."""
        if self.kind:
            return self.kind.label
        return str(self.form.get("type")) if isinstance(self.form, Mapping) else "text"

    @property
    def line(self) -> str:
        """Write it as people read it: its text, or what it is in square brackets."""
        if isinstance(self.form, Mapping) and not self._is_text():
            found = (self.inner.get(name) for name in self.kind.named) if self.kind else iter(())
            named = next((str(each) for each in found if each), "")
            return f"[{self.label}{': ' + named if named and not named.startswith('data:') else ''}]"
        return self.text

    def _is_text(self) -> bool:
        return any(isinstance(self.form.get(each.text), str) for each in KINDS.values() if each.text)


def part_of(form: Any) -> Part:
    """Look at a part of a message's content, whatever it is."""
    kind = form.get("type") if isinstance(form, Mapping) else None
    return Part(form, KINDS.get(kind) if isinstance(kind, str) else None)


def parts_of(form: Mapping[str, Any]) -> tuple[Part, ...]:
    """Give the parts of a message's content; a text alone is one part."""
    content = form.get("content")
    found = content if isinstance(content, list) else () if content is None else (content,)
    return tuple(map(part_of, found))


def text_part(text: str) -> Form:
    return {"type": "text", "text": text}


def image_part(url: str, detail: str = "") -> Form:
    """Make a part of an image by its address, which may be a data: URL."""
    return {"type": "image_url", "image_url": {"url": url, **({"detail": detail} if detail else {})}}


def audio_part(data: bytes, format: str) -> Form:
    return {
        "type": "input_audio",
        "input_audio": {"data": base64.b64encode(data).decode(), "format": format},
    }


def file_part(data: bytes, name: str, media: str) -> Form:
    return {"type": "file", "file": {"filename": name, "file_data": data_url(data, media)}}


# ---- tool calls

#: Fields of a message that call tools.
CALLS = ("tool_calls", "function_call")


@dataclass(frozen=True)
class ToolCall:
    """A call of a tool. `kind` is function or custom, or function_call: the API's older form, without `id`.
    `arguments` are as the model wrote them: mostly JSON, of a custom tool any text. `extra` are fields that
    nobody here knows."""

    id: str
    name: str
    arguments: str
    kind: str = "function"
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def form(self) -> Form:
        """Give the entry of `tool_calls`, or what `function_call` is."""
        inner = {"name": self.name, "input" if self.kind == "custom" else "arguments": self.arguments}
        if self.kind == "function_call":
            return inner
        return {"id": self.id, "type": self.kind, self.kind: inner, **self.extra}

    def result(self, content: str | list[Form]) -> Form:
        """Give the message that answers the call."""
        if self.kind == "function_call":
            return {"role": "function", "name": self.name, "content": content}
        return {"role": "tool", "tool_call_id": self.id, "content": content}


def calls_of(form: Mapping[str, Any]) -> tuple[ToolCall, ...]:
    """Give the tool calls of a message, in their order."""
    listed = form.get("tool_calls")
    found = [_call(each) for each in (listed if isinstance(listed, list) else ())]
    older = form.get("function_call")
    if isinstance(older, Mapping):
        found.append(_call(older, "function_call"))
    return tuple(call for call in found if call)


def _call(entry: Any, kind: str = "") -> ToolCall | None:
    if not isinstance(entry, Mapping):
        return None
    for name in ("function", "custom"):
        if isinstance(entry.get(name), Mapping):
            return _called(entry, entry[name], kind or name)
    return _called(entry, entry, kind or "function")


def _called(entry: Mapping[str, Any], inner: Mapping[str, Any], kind: str) -> ToolCall:
    given = inner.get("input") if kind == "custom" else inner.get("arguments")
    arguments = "" if given is None else given if isinstance(given, str) else as_json(given)
    known = ("id", "type", kind) if entry is not inner else (*entry,)
    extra = {name: value for name, value in entry.items() if name not in known}
    return ToolCall(str(entry.get("id") or ""), str(inner.get("name") or ""), arguments, kind, extra)


def calls_form(calls: Iterable[ToolCall]) -> Form:
    """Give the fields of a message that calls these."""
    calls = tuple(calls)
    found: Form = {}
    listed = [call.form() for call in calls if call.kind != "function_call"]
    if listed:
        found["tool_calls"] = listed
    for call in calls:
        if call.kind == "function_call":
            found["function_call"] = call.form()
    return found


# ---- fields of a message


@dataclass(frozen=True)
class Field:
    """A field of a message beside its role and content: how it is read, and what of it goes back to the
    server with a later request where an answer had it; None leaves it out."""

    name: str
    lines: Callable[[Any], Iterable[str]] = lambda value: ()
    back: Callable[[Any], Any] = lambda value: value


def _text_line(value: Any) -> Iterable[str]:
    return (value,) if isinstance(value, str) and value else ()


def _call_lines(value: Any) -> Iterator[str]:
    for call in calls_of({"tool_calls": value if isinstance(value, list) else [value]}):
        yield f"{call.name} {call.arguments}".strip()


def _audio_lines(value: Any) -> Iterable[str]:
    said = value.get("transcript") if isinstance(value, Mapping) else None
    return (said if isinstance(said, str) and said else "[audio]",) if value else ()


def _audio_back(value: Any) -> Form | None:
    """Keep its number alone: the server has the bytes."""
    found = value.get("id") if isinstance(value, Mapping) else None
    return {"id": found} if found else None


FIELDS: dict[str, Field] = {
    each.name: each
    for each in (
        Field("name"),
        Field("tool_call_id"),
        Field("refusal", _text_line),
        Field("tool_calls", _call_lines),
        Field("function_call", _call_lines),
        Field("audio", _audio_lines, _audio_back),
        Field("annotations", back=lambda value: None),
    )
}


def lines_of(form: Mapping[str, Any]) -> Iterator[str]:
    """Say what a message holds, a line or more for each of its parts and fields."""
    for part in parts_of(form):
        if line := part.line:
            yield line
    for name, each in FIELDS.items():
        if form.get(name):
            yield from each.lines(form[name])


def answer_form(text: str, refusal: str, beside: Mapping[str, Any]) -> Form | None:
    """Give the message that stands for an answer in later requests; None where it is its text alone.
    `beside` is what it had beside that, as the server said it."""
    form: Form = {"role": "assistant", "content": text or None}
    if refusal:
        form["refusal"] = refusal
    for name, value in beside.items():
        back = FIELDS[name].back(value) if name in FIELDS else None
        if back is not None:
            form[name] = back
    if set(form) == {"role", "content"}:
        return None
    audio = beside.get("audio")
    if "audio" in form and isinstance(audio, Mapping) and audio.get("transcript") == text:
        del form["content"]  # it is what the audio says
    return form


# ---- what they count for


def texts_of(form: Mapping[str, Any]) -> list[str]:
    """Give what a model reads of a message, for an estimate: nothing says how it packs parts and calls. What
    stands for bytes is no text."""
    found: list[str] = []
    _gather({name: value for name, value in form.items() if name != "role"}, found)
    return found


def _gather(value: Any, found: list[str]) -> None:
    if isinstance(value, str):
        found += [] if value.startswith("data:") else [value]
    elif isinstance(value, Mapping):
        for name, each in value.items():
            if name not in ("type", "data", "file_data", "image_url"):
                _gather(each, found)
    elif isinstance(value, list):
        for each in value:
            _gather(each, found)
