"""Write the branch in force as Markdown, for people, and as OpenAI's JSONL, for fine-tuning. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..base.short import fenced
from ..conversation.content import ToolCall, calls_form
from ..conversation.tree import Conversation
from .transcript import TranscriptMessage, heading, in_force, parts, shown, summary

_NAMES = {"user": "User", "assistant": "Assistant"}


def markdown(conversation: Conversation) -> str:
    """Write the conversation: who says what, model and parameters where they change, and what each turn
    took."""
    title, about = heading(conversation)
    blocks = [f"# {title}", about]
    before: tuple[str, ...] = ()
    for part in parts(conversation):
        if part.system is not None:
            blocks += ["## System", shown(part.system) or "*none*"]
        head = f"## {_NAMES.get(part.role, part.role)}"
        notes = [shown(each) for each in (part.named, part.mark) if each]
        if part.choice and part.several > 1:
            notes.append(f"choice {part.choice.index + 1} of {part.several}")
        blocks.append(head + (f" ({', '.join(notes)})" if notes else ""))
        blocks += _said(part)
        if part.turn is None:
            continue
        now = (part.turn.model, *in_force(part.turn))
        lines = [*([now] if now != before else []), tuple(summary(part.turn))]
        before = now
        told = (" · ".join(filter(None, line)) for line in lines)  # another program's turn may know nothing
        blocks += [f"*{_inside(line)}*" for line in told if line]
    return "\n\n".join(blocks) + "\n"


def _said(part: TranscriptMessage) -> list[str]:
    said = []
    if part.choice and part.choice.reasoning:
        said.append("\n".join(f"> {line}".rstrip() for line in shown(part.choice.reasoning).split("\n")))
    for each in part.parts:
        link = str(each.inner.get("url") or "") if each.kind and each.kind.type == "image_url" else ""
        if each.text:
            said.append(shown(each.text).strip("\n"))
        elif link.startswith(("http://", "https://")):
            said.append(f"[image](<{shown(link).replace('>', '%3E')}>)")
        else:
            said.append(f"*{_inside(each.about)}*")
    if part.text and not part.parts:
        said.append(shown(part.text).strip("\n"))
    return said + [fenced(shown(f"{call.name} {call.arguments}")) for call in part.calls]


def _inside(text: str) -> str:
    """Make a text safe to stand between stars, on one line."""
    return " ".join(shown(text).split()).replace("\\", "\\\\").replace("*", "\\*").replace("_", "\\_")


def jsonl(conversation: Conversation) -> str:
    """Write one example: the system message in force, then the branch up to its last answer."""
    found = parts(conversation)
    while found and found[-1].role != "assistant":
        found.pop()
    if not found:
        return ""
    messages: list[dict[str, Any]] = [_message(part) for part in found]
    example: dict[str, Any] = {"messages": messages}
    last = next((part.turn for part in reversed(found) if part.turn), None)
    if last and last.request.carried.system:
        messages.insert(0, {"role": "system", "content": last.request.carried.system})
    for name in ("tools", "parallel_tool_calls"):
        if last and last.request.body.get("tools") and last.request.body.get(name) is not None:
            example[name] = last.request.body[name]
    return json.dumps(example) + "\n"


def _message(part: TranscriptMessage) -> dict[str, Any]:
    """Give a message as the API has it."""
    if part.node.last is not None and part.node.last.form is not None:
        return part.node.last.sent()
    return {"role": part.role, "content": part.text, **calls_form(_numbered(part))}


def _numbered(part: TranscriptMessage) -> Iterator[ToolCall]:
    """Give the calls of an answer that another program kept, which had no numbers."""
    for at, call in enumerate(part.calls, 1):
        yield replace(call, id=f"call_{part.number}_{at}")
