"""Requests in JSON: bodies, lines of Batch files, stored completions, and what wraps them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..base.errors import BadValue
from ..conversation.body import Body
from . import bounded, open_har, open_responses, open_traces
from .opened import Opened, base_of

#: Names under which a request's body lies in what wraps it.
_WRAPPERS = ("body", "request", "json", "payload", "request_body", "requestBody", "params")
#: What `GET /chat/completions/{id}` says of the request beside the answer.
_STORED = (
    "model",
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "seed",
    "tools",
    "tool_choice",
    "response_format",
    "metadata",
    "service_tier",
    "n",
    "stop",
    "max_tokens",
    "max_completion_tokens",
    "logprobs",
    "top_logprobs",
)


def requests(value: Any) -> Iterator[Opened]:
    """Find the requests in a value of JSON. Raises BadValue if it is none."""
    found = list(_requests(value, "", 0))
    if not found:
        raise BadValue(
            "this JSON is no request: it has no messages", "a body of Chat Completions has a list of them"
        )
    yield from found


def _requests(value: Any, form: str, depth: int) -> Iterator[Opened]:
    if depth > 4:
        return
    if isinstance(value, list):
        yield from _listed(value, form, depth)
    elif isinstance(value, dict):
        yield from _object(value, form, depth)


def _listed(values: list[Any], form: str, depth: int) -> Iterator[Opened]:
    if values and all(isinstance(each, dict) and isinstance(each.get("role"), str) for each in values):
        yield Opened({"messages": values}, form or "a list of messages")
        return
    if open_traces.llm_logs(values):
        yield from open_traces.from_llm(values)
        return
    if any(isinstance(each, dict) and open_traces.is_trace(each) for each in values):
        yield from open_traces.requests(values)
        return
    for number, each in enumerate(values, 1):
        for found in _requests(each, form, depth + 1):
            yield replace(found, label=found.label or f"{number}")


def _object(value: dict[str, Any], form: str, depth: int) -> Iterator[Opened]:
    if isinstance(value.get("log"), dict) and isinstance(value["log"].get("entries"), list):
        yield from open_har.requests(value["log"]["entries"], body)
    elif isinstance(value.get("cells"), list) and "nbformat" in value:
        from . import open_python

        yield from open_python.requests(_cells(value["cells"]))
    elif open_traces.is_trace(value):
        yield from open_traces.requests(value)
    elif isinstance(value.get("body"), dict) and ("custom_id" in value or "url" in value):
        yield from _line(value)
    elif value.get("object") == "chat.completion" and isinstance(value.get("choices"), list):
        yield _stored(value)
    elif value.get("object") == "list" and isinstance(value.get("data"), list):
        yield from _page(value["data"], depth)
    elif isinstance(value.get("messages"), list):
        yield Opened(value, form or "a Chat Completions body")
    elif "input" in value or value.get("object") == "response":
        yield open_responses.opened(value)
    else:
        for name in _WRAPPERS:
            inner = value.get(name)
            if isinstance(inner, str) and inner.lstrip()[:1] in ("{", "["):
                try:
                    inner = bounded.read(inner)
                except ValueError:
                    continue
            if isinstance(inner, dict | list):
                yield from _requests(inner, form, depth + 1)


def body(value: Any, form: str) -> Opened:
    """Take a request's body as it went out. Raises BadValue."""
    found = list(_requests(value, "", 0))
    if len(found) != 1:
        raise BadValue(f"the body of {form} is no request")
    return found[0]


def _line(line: dict[str, Any]) -> Iterator[Opened]:
    """Read a line of a Batch file. Its parts beside the request are not kept."""
    name = str(line.get("custom_id") or "")
    address, path = (
        base_of(str(line.get("url") or "")) if "://" in str(line.get("url")) else ("", line.get("url"))
    )
    if path and str(path).rstrip("/").endswith("/responses"):
        found = open_responses.opened(line["body"])
    else:
        found = body(line["body"], "a line of a Batch file")
    yield replace(found, form="a line of a Batch file", label=name, url=address)


def _stored(value: dict[str, Any]) -> Opened:
    """Read a stored completion: its request, as far as it has it, and its answers as messages."""
    found: Body = {name: value[name] for name in _STORED if value.get(name) is not None}
    messages = value.get("messages")
    found["messages"] = list(messages) if isinstance(messages, list) else []
    answers = [choice.get("message") for choice in value["choices"] if isinstance(choice, dict)]
    found["messages"] += [_said(answer) for answer in answers[:1] if isinstance(answer, dict)]
    note = "a stored completion does not have its messages: GET …/messages gives them"
    return Opened(found, "a stored completion").noting(*([] if messages else [note]))


def _page(data: list[Any], depth: int) -> Iterator[Opened]:
    """Read a page of a list: of stored completions, or of the messages of one."""
    if data and all(isinstance(each, dict) and isinstance(each.get("role"), str) for each in data):
        yield Opened({"messages": [_said(each) for each in data]}, "the messages of a stored completion")
        return
    for number, each in enumerate(data, 1):
        for found in _requests(each, "", depth + 1):
            yield replace(found, label=found.label or str(each.get("id") or number))


def _said(message: dict[str, Any]) -> dict[str, Any]:
    """Make a message that can be sent of one that was stored: without its number and empty fields."""
    parts = message.get("content_parts")
    kept = {
        name: value
        for name, value in message.items()
        if name not in ("id", "content_parts", "annotations") and (value is not None or name == "content")
    }
    return {**kept, "content": parts} if isinstance(parts, list) and parts else kept


def _cells(cells: list[Any]) -> str:
    """Join the code of a notebook, without the notebook's own commands."""
    lines: list[str] = []
    for cell in cells:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source")
            text = "".join(map(str, source)) if isinstance(source, list) else str(source or "")
            lines += [line for line in text.split("\n") if line.lstrip()[:1] not in ("%", "!")]
    return "\n".join(lines)
