"""Check the tools that an answer calls: that they were offered, fit their schemas, and are the right ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from . import values
from .declaration import Found, Held, NotChecked, Type, found, graded
from .jsons import fault


def _functions(held: Held) -> list[Mapping[str, Any]]:
    """Give the functions that were offered, as tools or in the older form. Raises NotChecked."""
    offered = held.answered.parameters
    tools = offered.get("tools")
    functions = [tool.get("function") for tool in _mappings(tools)] or offered.get("functions")
    found_ones = list(_mappings(functions))
    if not found_ones:
        raise NotChecked("the request offered no functions to call")
    return found_ones


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list | tuple) else []


def _wrong(call: Any, functions: list[Mapping[str, Any]]) -> str:
    """Say what is wrong with a call; nothing where nothing is."""
    if not isinstance(call, Mapping) or not all(isinstance(call.get(x), str) for x in ("name", "arguments")):
        return "it is no call of a function"
    name = call["name"]
    schema = next((each.get("parameters") for each in functions if each.get("name") == name), None)
    if not isinstance(schema, Mapping) and not isinstance(schema, bool):
        offered = any(each.get("name") == name for each in functions)
        return f"{name} was offered without a schema" if offered else f"no function {name} was offered"
    try:
        arguments = values.parsed(call["arguments"])
    except (ValueError, RecursionError):
        return f"the arguments of {name} are no JSON"
    if isinstance(schema, bool):
        return "" if schema else f"{name} takes no arguments"
    wrong = fault({"$schema": "http://json-schema.org/draft-07/schema#", **schema}, arguments)
    return f"the arguments of {name} do not fit: {wrong}" if wrong else ""


def _is_tools_call(held: Held) -> Found:
    output = held.output
    calls = output.get("tool_calls") if isinstance(output, Mapping) else output
    if not isinstance(calls, list | tuple) or not calls:
        return found(False, "the answer calls no tool")
    functions = _functions(held)
    for call in calls:
        inner = call.get("function") if isinstance(call, Mapping) else None
        wrong = _wrong(inner, functions)
        if wrong:
            return found(False, wrong)
    return found(True)


def _is_function_call(held: Held) -> Found:
    output = held.output
    call = output.get("function_call", output) if isinstance(output, Mapping) else output
    if not isinstance(call, Mapping):
        return found(False, "the answer is no call of a function")
    wrong = _wrong(call, _functions(held))
    return found(not wrong, wrong)


def _expected(held: Held) -> set[str]:
    value = held.value.split(",") if isinstance(held.value, str) else held.value
    if not isinstance(value, list):
        raise NotChecked("its value has to be names of tools: a list, or with commas between")
    names = {values.trimmed(values.said(each)) for each in value} - {""}
    if not names:
        raise NotChecked("it names no tool")
    return names


def called(output: Any) -> set[str]:
    """Give the names of the tools that are called, in OpenAI's forms: calls, a message, items of a response;
    a text may hold them as JSON."""
    if isinstance(output, str):
        try:
            output = values.parsed(output)
        except (ValueError, RecursionError):
            return set()
    if isinstance(output, Mapping):
        calls = output.get("tool_calls")
        if isinstance(calls, list | tuple):
            return _names(calls)
        kind = output.get("type")
        return _names([output]) if kind in ("function_call", "tool_use", "function") else set()
    return _names(output) if isinstance(output, list | tuple) else set()


def _names(calls: Iterable[Any]) -> set[str]:
    names = set()
    for call in calls:
        if isinstance(call, Mapping):
            inner = call.get("function")
            name = inner.get("name") if isinstance(inner, Mapping) else call.get("name")
            if isinstance(name, str):
                names.add(name)
    return names


def _f1(held: Held) -> Found:
    expected, names = _expected(held), called(held.output)
    score = 2 * len(expected & names) / (len(expected) + len(names))
    made = graded(score, held.threshold(1), "F1 of the tools called")
    return made if made.passed else Found(False, score, f"{made.why}: {', '.join(sorted(names)) or 'none'}")


TYPES = (
    Type("is-valid-openai-tools-call", "nothing: the tools that were offered", _is_tools_call),
    Type("is-valid-openai-function-call", "nothing: the functions that were offered", _is_function_call),
    Type("is-valid-function-call", "the same", _is_function_call),
    Type(
        "tool-call-f1",
        "names of tools: a list, or with commas between",
        _f1,
        "F1 of the names; passes from `threshold` (1) on",
    ),
)
