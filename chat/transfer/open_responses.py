"""A body of the Responses API as one of Chat Completions, as far as the one has the other's fields.

Source of the names: openai.types.responses.ResponseCreateParams.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..base.errors import BadValue
from ..conversation.body import Body
from .opened import Opened

#: Fields that are the same in both.
_SAME = (
    "model",
    "temperature",
    "top_p",
    "top_logprobs",
    "parallel_tool_calls",
    "stream",
    "store",
    "metadata",
    "service_tier",
    "user",
    "safety_identifier",
    "prompt_cache_key",
    "prompt_cache_retention",
)
#: What a response says of itself, which is no part of a request.
_OF_THE_ANSWER = (
    "id",
    "object",
    "created_at",
    "completed_at",
    "status",
    "error",
    "incomplete_details",
    "output",
    "output_text",
    "usage",
    "billing",
)
_PARTS = {"input_text": "text", "output_text": "text", "text": "text"}


def opened(body: dict[str, Any]) -> Opened:
    """Map a body, and note each field that has no counterpart. Raises BadValue."""
    notes: list[str] = []
    found: Body = {name: body[name] for name in _SAME if body.get(name) is not None}
    messages: list[Any] = []
    instructions = body.get("instructions")
    if isinstance(instructions, str) and instructions:
        messages.append({"role": "system", "content": instructions})
    elif isinstance(instructions, list):
        messages += _items(instructions, notes)
    elif instructions:
        notes.append("instructions is no text: left out")
    given = body.get("input")
    if isinstance(given, list):
        messages += _items(given, notes)
    elif given not in (None, ""):
        messages.append({"role": "user", "content": given})
    if not messages:
        raise BadValue("this body of the Responses API has no input, and so no messages")
    found["messages"] = messages
    if body.get("max_output_tokens") is not None:
        found["max_completion_tokens"] = body["max_output_tokens"]
    _reasoning(body.get("reasoning"), found, notes)
    _text(body.get("text"), found, notes)
    _tools(body, found, notes)
    if "top_logprobs" in found:
        found["logprobs"] = True
    taken = {
        *_SAME,
        "instructions",
        "input",
        "max_output_tokens",
        "reasoning",
        "text",
        "tools",
        "tool_choice",
    }
    notes += [
        f"{name} has no counterpart in Chat Completions: left out"
        for name, value in body.items()
        if name not in taken and name not in _OF_THE_ANSWER and value not in (None, [], {})
    ]
    return Opened(found, "a body of the Responses API").noting(*notes)


def _items(items: list[Any], notes: list[str]) -> Iterator[dict[str, Any]]:
    """Make messages of input items: calls that follow each other are one message's."""
    calls: list[dict[str, Any]] = []
    for item in items:
        kind = item.get("type", "message") if isinstance(item, dict) else None
        if kind == "function_call":
            function = {"name": item.get("name"), "arguments": item.get("arguments", "")}
            calls.append({"id": item.get("call_id"), "type": "function", "function": function})
            continue
        if calls:
            yield {"role": "assistant", "content": None, "tool_calls": calls}
            calls = []
        if kind == "message":
            yield {"role": item.get("role", "user"), "content": _content(item.get("content"), notes)}
        elif kind == "function_call_output":
            output = item.get("output")
            content = output if isinstance(output, str) else _content(output, notes)
            yield {"role": "tool", "tool_call_id": item.get("call_id"), "content": content}
        else:
            notes.append(f"an input item of type {kind or type(item).__name__} has no counterpart: left out")
    if calls:
        yield {"role": "assistant", "content": None, "tool_calls": calls}


def _content(content: Any, notes: list[str]) -> Any:
    if not isinstance(content, list):
        return content
    parts: list[dict[str, Any]] = []
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind in _PARTS:
            parts.append({"type": "text", "text": part.get("text", "")})
        elif kind == "refusal":
            parts.append({"type": "refusal", "refusal": part.get("refusal", "")})
        elif kind == "input_image" and part.get("image_url"):
            detail = {"detail": part["detail"]} if part.get("detail") else {}
            parts.append({"type": "image_url", "image_url": {"url": part["image_url"], **detail}})
        elif kind == "input_audio":
            parts.append({"type": "input_audio", "input_audio": part.get("input_audio")})
        elif kind == "input_file":
            kept = {name: part[name] for name in ("file_id", "file_data", "filename") if part.get(name)}
            parts.append({"type": "file", "file": kept})
        else:
            notes.append(f"a part of type {kind} has no counterpart: left out")
    if len(parts) == 1 and parts[0]["type"] == "text":
        return parts[0]["text"]
    return parts


def _reasoning(value: Any, found: Body, notes: list[str]) -> None:
    if not isinstance(value, dict):
        return
    if value.get("effort") is not None:
        found["reasoning_effort"] = value["effort"]
    notes += [
        f"reasoning.{name} has no counterpart in Chat Completions: left out"
        for name, each in value.items()
        if name != "effort" and each is not None
    ]


def _text(value: Any, found: Body, notes: list[str]) -> None:
    if not isinstance(value, dict):
        return
    if value.get("verbosity") is not None:
        found["verbosity"] = value["verbosity"]
    form = value.get("format")
    if isinstance(form, dict) and form.get("type") == "json_schema":
        schema = {name: each for name, each in form.items() if name != "type"}
        found["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif isinstance(form, dict) and form.get("type") != "text":
        found["response_format"] = form
    notes += [
        f"text.{name} has no counterpart: left out" for name in value if name not in ("format", "verbosity")
    ]


def _tools(body: dict[str, Any], found: Body, notes: list[str]) -> None:
    tools: list[dict[str, Any]] = []
    for tool in body.get("tools") or ():
        kind = tool.get("type") if isinstance(tool, dict) else None
        if kind == "function":
            function = {name: each for name, each in tool.items() if name != "type" and each is not None}
            tools.append({"type": "function", "function": function})
        elif kind == "custom":
            tools.append({"type": "custom", "custom": {n: each for n, each in tool.items() if n != "type"}})
        else:
            notes.append(f"the tool {kind} is the Responses API's own: left out")
    if tools:
        found["tools"] = tools
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and choice.get("type") in ("function", "custom"):
        kind = choice["type"]
        found["tool_choice"] = {"type": kind, kind: {"name": choice.get("name")}}
    elif isinstance(choice, str) and tools:
        found["tool_choice"] = choice
    elif isinstance(choice, dict):
        notes.append("tool_choice names a tool that Chat Completions does not have: left out")
