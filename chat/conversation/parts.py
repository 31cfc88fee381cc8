"""Read the parts of a message or a delta, in whatever shape a server gives it: pairs of kind and text. Pure.

Content is a text, a list of parts (Mistral, Anthropic's shapes behind gateways), one part, a number or an
object; reasoning has a field of its own under many names. A part that is no text has the kind OTHER, and
its text names it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .events import REASONING, REFUSAL, TEXT

OTHER = "other"

#: Where servers put reasoning: DeepSeek, vLLM and llama.cpp the first; OpenRouter and newer vLLM the second;
#: Ollama and Anthropic's shapes the third; LiteLLM and OpenRouter the lists. Some send two of them alike.
_REASONING = (
    *("reasoning_content", "reasoning", "thinking", "reasoning_text", "thought"),
    *("thinking_blocks", "reasoning_details"),
)
#: Where the text of a part stands.
_TEXTS = ("text", "content", "summary", "thinking", "reasoning", "output_text", "value", "parts")
_DEEPEST = 20  # levels that parts are looked through


def said(message: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Return (kind, text) of each part of a message or a delta, reasoning first."""
    reasoning = next((text for key in _REASONING if (text := _plain(message.get(key)))), "")
    if reasoning:
        yield REASONING, reasoning
    yield from _content(message.get("content"))
    if refusal := _plain(message.get("refusal")):
        yield REFUSAL, refusal
    audio = message.get("audio")
    if isinstance(audio, dict):
        if words := _plain(audio.get("transcript")):
            yield TEXT, words
        if audio.get("data"):
            yield OTHER, "audio"
    if message.get("images"):
        yield OTHER, "images"


def as_json(value: Any) -> str:
    """Write a value as JSON, in the letters that it has."""
    return json.dumps(value, ensure_ascii=False)


def _content(value: Any, depth: int = 0) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if value:
            yield TEXT, value
    elif isinstance(value, list) and depth < _DEEPEST:
        for part in value:
            yield from _content(part, depth + 1)
    elif isinstance(value, dict):
        yield from _part(value, depth)
    elif value is not None:
        yield TEXT, as_json(value)


def _part(part: dict[str, Any], depth: int) -> Iterator[tuple[str, str]]:
    kind = str(part.get("type") or "")
    text = _plain(part)
    if kind == "refusal":
        yield REFUSAL, _plain(part.get("refusal")) or text
    elif "thinking" in kind or "reasoning" in kind or "thinking" in part:
        if text:
            yield REASONING, text
    elif "text" in part or "text" in kind:
        if text:
            yield TEXT, text
    elif kind:
        yield OTHER, kind
    elif "parts" in part:
        yield from _content(part["parts"], depth + 1)
    else:
        yield TEXT, as_json(part)


def _plain(value: Any, depth: int = 0) -> str:
    """Return all text of a value, whatever it is wrapped in."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and depth < _DEEPEST:
        return "".join(_plain(each, depth + 1) for each in value)
    if isinstance(value, dict) and depth < _DEEPEST:
        return next((text for key in _TEXTS if (text := _plain(value.get(key), depth + 1))), "")
    if value is None or isinstance(value, bool | list | dict):
        return ""
    return as_json(value)
