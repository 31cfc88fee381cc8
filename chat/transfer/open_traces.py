"""Requests in traces: spans of OpenTelemetry's GenAI conventions, runs of LangSmith, generations of
Langfuse, and logs of llm.

Sources: OpenTelemetry's semantic conventions for generative AI (attributes gen_ai.*), in their present
form (gen_ai.input.messages) and the former ones (gen_ai.prompt.N.…, events), OTLP's JSON encoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..base.errors import BadValue
from ..conversation.body import Body
from ..prompts.prompt import shown
from . import bounded
from .opened import Opened, base_of

#: Attributes of a span -> fields of a request.
_FIELDS = {
    "gen_ai.request.model": "model",
    "gen_ai.request.temperature": "temperature",
    "gen_ai.request.top_p": "top_p",
    "gen_ai.request.top_k": "top_k",
    "gen_ai.request.max_tokens": "max_tokens",
    "gen_ai.request.frequency_penalty": "frequency_penalty",
    "gen_ai.request.presence_penalty": "presence_penalty",
    "gen_ai.request.stop_sequences": "stop",
    "gen_ai.request.seed": "seed",
    "gen_ai.request.choice.count": "n",
    "gen_ai.openai.request.service_tier": "service_tier",
    "gen_ai.openai.request.seed": "seed",
    "openai.request.service_tier": "service_tier",
    "llm.frequency_penalty": "frequency_penalty",
    "llm.presence_penalty": "presence_penalty",
}
_NUMBERED = re.compile(r"gen_ai\.prompt\.(\d+)\.(role|content|tool_call_id)")
_PARAMETERS = (
    "model",
    "model_name",
    "temperature",
    "top_p",
    "n",
    "stop",
    "seed",
    "max_tokens",
    "max_completion_tokens",
    "frequency_penalty",
    "presence_penalty",
    "reasoning_effort",
    "response_format",
    "tools",
    "tool_choice",
)


#: Fields that hold spans, logs, runs or generations, in each other.
_HOLDERS = (
    *("resourceSpans", "scopeSpans", "spans", "resourceLogs", "scopeLogs", "logRecords"),
    *("observations", "runs", "child_runs"),
)


def is_trace(value: dict[str, Any]) -> bool:
    """Tell whether an object is a span, a run or a generation, or holds some."""
    return bool(
        {*_HOLDERS, "event_name", "eventName"} & set(value)
        or isinstance(value.get("attributes"), dict | list)
        or ("run_type" in value and "inputs" in value)
        or str(value.get("type", "")).upper() == "GENERATION"
    )


def requests(value: dict[str, Any] | list[Any]) -> Iterator[Opened]:
    """Find the requests in a trace, or in a list of pieces of one. Raises BadValue if there is none."""
    records = list(_records(value, 0))
    logged = _logged(records)
    found = [one for one in (_one(each, logged) for each in records) if one]
    found += [Opened({"messages": said}, "the messages of a trace") for said in logged.values() if said]
    if not found:
        raise BadValue(
            "this trace has no messages",
            "instrumentation records them only where that is switched on"
            " (OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true)",
        )
    yield from found


def _records(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Walk to the spans, runs and generations, however they are wrapped."""
    if depth > 8:
        return
    if isinstance(value, list):
        for each in value:
            yield from _records(each, depth + 1)
    elif isinstance(value, dict):
        if "attributes" in value or "run_type" in value or str(value.get("type", "")).upper() == "GENERATION":
            yield value
        for name in _HOLDERS:
            yield from _records(value.get(name), depth + 1)


def _logged(records: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Gather the log records of each span: the official instrumentation logs a message as an event."""
    found: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        if said := _events([record]):
            found.setdefault(_span_id(record), []).extend(said)
    return found


def _span_id(record: dict[str, Any]) -> str:
    context = record.get("context")
    ids = {**record, **(context if isinstance(context, dict) else {})}
    return str(ids.get("spanId") or ids.get("span_id") or "")


def _one(record: dict[str, Any], logged: dict[str, list[dict[str, Any]]]) -> Opened | None:
    """Read one record; the messages that it takes are no longer among the `logged` then."""
    if "attributes" in record:
        return _span(record, logged)
    if "run_type" in record:
        return _run(record)
    return _generation(record)


def _span(span: dict[str, Any], logged: dict[str, list[dict[str, Any]]]) -> Opened | None:
    attributes = _attributes(span["attributes"])
    body: Body = {
        field: attributes[name] for name, field in _FIELDS.items() if attributes.get(name) is not None
    }
    messages = _messages(_decoded(attributes.get("gen_ai.system_instructions")), "system")
    messages += _messages(_decoded(attributes.get("gen_ai.input.messages")), "user")
    messages = messages or _numbered(attributes) or _events(span.get("events"))
    if not messages and body:
        messages = logged.pop(_span_id(span), [])
    if not messages:
        return None
    tools = _decoded(attributes.get("gen_ai.tool.definitions"))
    if isinstance(tools, list) and tools:
        body["tools"] = [
            each if "function" in each else {"type": "function", "function": _untyped(each)} for each in tools
        ]
    body["messages"] = messages
    address = attributes.get("url.full") or attributes.get("gen_ai.openai.api_base") or ""
    url = base_of(str(address))[0] if address else ""
    return Opened(body, "a span of a trace", str(span.get("name") or ""), url)


def _untyped(tool: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in tool.items() if name != "type"}


def _attributes(given: Any) -> dict[str, Any]:
    """Read attributes as an object, or as OTLP's list of typed values."""
    if isinstance(given, dict):
        return given
    pairs = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    return {str(each.get("key")): _typed(each.get("value")) for each in pairs}


def _typed(value: Any) -> Any:
    if not isinstance(value, dict) or len(value) != 1:
        return value
    (kind, inner), *_ = value.items()
    if not kind.endswith("Value"):
        return value
    if kind == "arrayValue" and isinstance(inner, dict):
        return [_typed(each) for each in inner.get("values", [])]
    if kind == "kvlistValue" and isinstance(inner, dict):
        return _attributes(inner.get("values"))
    if kind == "intValue" and isinstance(inner, str) and inner.lstrip("-").isdecimal() and len(inner) < 20:
        return int(inner)
    return inner


def _decoded(value: Any) -> Any:
    """Read JSON that stands in an attribute as text."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return bounded.read(value)
        except ValueError:
            return None
    return value


def _messages(value: Any, role: str) -> list[dict[str, Any]]:
    """Read messages as the conventions have them: a role and parts; instructions are parts alone."""
    if isinstance(value, str) and value:
        return [{"role": role, "content": value}]
    entries = [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
    if entries and all("role" not in each for each in entries):
        entries = [{"role": role, "parts": entries}]
    found: list[dict[str, Any]] = []
    for entry in entries:
        if "parts" not in entry:
            found.append({name: each for name, each in entry.items() if name != "finish_reason"})
            continue
        parts = (
            [each for each in entry["parts"] if isinstance(each, dict)]
            if isinstance(entry["parts"], list)
            else []
        )
        text = "".join(str(each.get("content") or "") for each in parts if each.get("type") == "text")
        calls = [_call(each) for each in parts if each.get("type") == "tool_call"]
        results = [each for each in parts if each.get("type") == "tool_call_response"]
        for result in results:
            said = shown(result.get("response", result.get("result", "")))
            found.append({"role": "tool", "tool_call_id": str(result.get("id") or ""), "content": said})
        if calls:
            found.append({"role": "assistant", "content": text or None, "tool_calls": calls})
        elif text or not results:
            found.append({"role": str(entry.get("role") or role), "content": text})
    return found


def _call(part: dict[str, Any]) -> dict[str, Any]:
    function = {"name": str(part.get("name") or ""), "arguments": shown(part.get("arguments", ""))}
    return {"id": str(part.get("id") or ""), "type": "function", "function": function}


def _numbered(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    """Read gen_ai.prompt.0.role and so on, as OpenLLMetry writes them."""
    found: dict[int, dict[str, Any]] = {}
    for name, value in attributes.items():
        if match := _NUMBERED.fullmatch(name):
            found.setdefault(int(match[1]), {})[match[2]] = value
    return [
        {"role": str(each.get("role") or "user"), **{"content": ""}, **each}
        for _, each in sorted(found.items())
    ]


def _events(events: Any) -> list[dict[str, Any]]:
    """Read the events gen_ai.user.message and its kin, in a span or in a log."""
    found = []
    for event in events if isinstance(events, list) else ():
        if not isinstance(event, dict):
            continue
        attributes = _attributes(event.get("attributes") or {})
        name = str(
            event.get("eventName")
            or event.get("event_name")
            or event.get("name")
            or attributes.get("event.name")
            or ""
        )
        if not name.startswith("gen_ai.") or not name.endswith(".message"):
            continue
        body = event.get("body")
        inner = {**attributes, **(_spoken(body) if isinstance(body, dict) else {})}
        content = inner.get("content") or inner.get("gen_ai.event.content")
        role, calls = str(inner.get("role") or name.split(".")[1]), _decoded(inner.get("tool_calls"))
        message: dict[str, Any] = {"role": role, "content": content if content or calls else ""}
        if role == "tool" and inner.get("id"):
            message["tool_call_id"] = inner["id"]
        if isinstance(calls, list):
            message["tool_calls"] = calls
        found.append(message)
    return found


def _spoken(body: dict[str, Any]) -> dict[str, Any]:
    """Read the body of a log: as it is, or as OTLP's typed value."""
    read = _typed(body)
    return read if isinstance(read, dict) else {}


# ---- LangSmith, Langfuse, llm


def _run(run: dict[str, Any]) -> Opened | None:
    inputs = run.get("inputs")
    messages = inputs.get("messages") if isinstance(inputs, dict) else None
    if isinstance(messages, list) and messages and isinstance(messages[0], list):
        messages = messages[0]
    plain = [_plain(each) for each in messages] if isinstance(messages, list) else []
    if not plain or not all(plain):
        return None
    extra = run.get("extra")
    given = extra.get("invocation_params") if isinstance(extra, dict) else None
    return Opened({**_taken(inputs), **_taken(given), "messages": plain}, "a run", str(run.get("name") or ""))


def _generation(record: dict[str, Any]) -> Opened | None:
    given = record.get("input")
    if isinstance(given, dict):
        given = given.get("messages")
    if isinstance(given, str):
        given = [{"role": "user", "content": given}]
    plain = [_plain(each) for each in given] if isinstance(given, list) else []
    if not plain or not all(plain):
        return None
    body = {**_taken(record.get("modelParameters")), "messages": plain}
    if isinstance(record.get("model"), str):
        body["model"] = record["model"]
    return Opened(body, "a generation", str(record.get("name") or ""))


def _taken(given: Any) -> Body:
    """Take the parameters of a request out of a tracer's record. model_name is LangChain's word."""
    if not isinstance(given, dict):
        return {}
    return {
        ("model" if name == "model_name" else name): given[name]
        for name in _PARAMETERS
        if given.get(name) is not None
    }


def _plain(message: Any) -> dict[str, Any]:
    """Read a message in the API's form, or in LangChain's; {} for any other."""
    if not isinstance(message, dict):
        return {}
    if isinstance(message.get("role"), str):
        return message
    inner: dict[str, Any] = message
    for name in ("kwargs", "data"):  # as LangChain's dumps() and messages_to_dict() wrap it
        if isinstance(message.get(name), dict):
            inner = message[name]
    names = {"human": "user", "ai": "assistant", "system": "system", "tool": "tool", "developer": "developer"}
    kinds = message.get("id")
    kind = str(inner.get("type") or message.get("type") or "")
    if isinstance(kinds, list) and kinds:
        kind = str(kinds[-1]).removesuffix("Chunk").removesuffix("Message").lower()
    role = names.get(kind)
    if role is None or not isinstance(inner.get("content"), str | list):
        return {}
    call = {"tool_call_id": inner["tool_call_id"]} if role == "tool" and inner.get("tool_call_id") else {}
    return {"role": role, "content": inner["content"], **call}


def llm_logs(values: list[Any]) -> bool:
    """Tell whether a list is the output of `llm logs --json`."""
    return bool(values) and all(
        isinstance(each, dict)
        and isinstance(each.get("prompt"), str)
        and "response" in each
        and "model" in each
        for each in values
    )


def from_llm(values: list[dict[str, Any]]) -> Iterator[Opened]:
    """Make a request of each answer in llm's logs, with the messages before it in its conversation."""
    before: dict[str, list[dict[str, Any]]] = {}
    for each in values:
        key = str(each.get("conversation_id") or id(each))
        said = before.setdefault(key, [])
        system = [{"role": "system", "content": each["system"]}] if each.get("system") else []
        messages = [*system, *said, {"role": "user", "content": each["prompt"]}]
        options = _decoded(each.get("options_json")) or each.get("options") or {}
        body = {
            "model": each["model"],
            **(options if isinstance(options, dict) else {}),
            "messages": messages,
        }
        yield Opened(body, "an entry of llm's logs", each["prompt"][:60])
        said += [messages[-1], {"role": "assistant", "content": str(each.get("response") or "")}]
