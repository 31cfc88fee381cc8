"""Read a node of ChatGPT's mapping: text, thoughts, what was sent to a tool, and what it gave back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..base.dataclass import dataclass
from . import untrusted
from .untrusted import Record, listed, mapping, text

#: The tool that writes documents beside the conversation.
_CANVAS = "canmore."


@dataclass(frozen=True)
class Said:
    """What a node says: `kind` is user, system, assistant, tool, or "" for nothing. `pictures` of a user are
    (what names the file, the line of the text that stands for it)."""

    kind: str
    text: str = ""
    reasoning: str = ""
    call: tuple[str, str] | None = None
    mark: str = ""
    pictures: tuple[tuple[str, str], ...] = ()


def said(message: Record) -> Said:
    """Read a message. A field of the wrong type counts as missing."""
    role = text(mapping(message, "author"), "role") or text(message, "role")
    content, about = _as_content(message.get("content")), mapping(message, "metadata")
    kind = text(content, "content_type")
    body = "\n".join(_content(content, kind))
    names = [text(each, "name") for each in listed(about, "attachments")]
    body = "\n".join([body, *(f"[attached: {name}]" for name in names if name)]).strip("\n")
    hidden = about.get("is_visually_hidden_from_conversation") is True or message.get("weight") == 0
    if role == "system" or kind in ("user_editable_context", "model_editable_context"):
        return Said("system" if body.strip() else "", body)
    if role == "user":
        mark = "hidden" if hidden else ""
        return Said("user", body, mark=mark, pictures=tuple(_pictures(content))) if body else Said("")
    if kind in ("thoughts", "reasoning_recap"):
        return Said("assistant", reasoning=body)
    if role != "assistant":
        return _of_tool(message, role, body)
    recipient = text(message, "recipient")
    if recipient not in ("", "all"):
        return Said(
            "assistant", _written(body) if recipient.startswith(_CANVAS) else "", call=(recipient, body)
        )
    if kind == "code" and body:
        body = f"```{text(content, 'language').replace('unknown', '')}\n{body}\n```"
    return Said("assistant", body)


def _of_tool(message: Record, role: str, body: str) -> Said:
    """Read what a tool gave back, or what an unknown role said. Pictures are the answer; words are what it
    was made of."""
    name = text(mapping(message, "author"), "name") or role or "tool"
    shown = [part for part in listed(_as_content(message.get("content")), "parts") if _is_file(part)]
    made = mapping(mapping(message, "metadata"), "aggregate_result")
    drawn = [text(each, "image_url") for each in listed(made, "messages")]
    pictures = [line for part in shown for line in _part(part)] + [f"[image {url}]" for url in drawn if url]
    words = "\n".join(line for line in body.split("\n") if line not in pictures)
    return Said("tool", "\n".join(pictures), f"[{name}] {words}" if words.strip() else "")


def _written(arguments: str) -> str:
    """Return the text that a call puts into a document, or "" if it is no such call."""
    try:
        call = json.loads(arguments)
    except (ValueError, RecursionError):
        return ""
    updates = [text(each, "replacement") for each in listed(call, "updates")]
    return text(call, "content") or "\n".join(filter(None, updates))


def _as_content(content: Any) -> Record:
    if isinstance(content, str | list):  # other programs write it so
        return {"parts": [content] if isinstance(content, str) else content}
    return content if isinstance(content, Mapping) else {}


def _content(content: Record, kind: str) -> Iterator[str]:
    """Return the texts of a content, whatever its type, with a note for each part that is no text."""
    parts = content.get("parts")
    for part in [parts] if isinstance(parts, str | Mapping) else listed(content, "parts"):
        yield from [part] if isinstance(part, str) and part else _part(part)
    for thought in listed(content, "thoughts"):
        yield from filter(None, (text(thought, "summary"), text(thought, "content")))
    names = ("title", "url", "name", "user_profile", "user_instructions", "model_set_context")
    for name in (*names, "text", "result", "content"):
        if text(content, name):
            yield text(content, name)
    if kind and not any(
        isinstance(value, str | list) for name, value in content.items() if name != "content_type"
    ):
        yield f"[{kind}]"


def _pictures(content: Record) -> Iterator[tuple[str, str]]:
    for part in listed(content, "parts"):
        pointer = text(part, "asset_pointer") if isinstance(part, Mapping) else ""
        if pointer and text(part, "content_type") == "image_asset_pointer" and not text(part, "text"):
            yield pointer, next(_part(part))


def _is_file(part: Any) -> bool:
    return isinstance(part, Mapping) and not text(part, "text")


def _part(part: Any) -> Iterator[str]:
    if not isinstance(part, Mapping):
        return
    kind = text(part, "content_type") or "something"
    if text(part, "text"):  # what was spoken
        yield text(part, "text")
        return
    size = [untrusted.count(part, name) for name in ("width", "height")]
    where = [text(part, "asset_pointer"), "×".join(str(each) for each in size if each)]
    yield f"[{' '.join(filter(None, [kind.removesuffix('_asset_pointer'), *where]))}]"
