"""Declare the steps of the lesson about tools: their lines, and what the answers show. Pure but for the
process that holds arguments against a schema."""

from __future__ import annotations

import json

from ..base.errors import BadInput
from ..tools import arguments
from .lesson import Bench, Finding
from .lesson_steps import FAILED, quoted

QUESTION = "What is the weather in Oslo?"

_CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
_TOOLS = {"weather": "Get the weather of a city.", "population": "Count the people of a city."}
#: As /set takes them, in a line of a step.
TOOLS = (
    json.dumps(
        [
            {"type": "function", "function": {"name": name, "description": about, "parameters": _CITY}}
            for name, about in _TOOLS.items()
        ]
    )
    .replace("{", "{{")
    .replace("}", "}}")
)
_RESULT = "4 degrees and rain"


def declared(bench: Bench) -> Finding:
    """Judge an answer where the model may call: whether it does is its own choice."""
    if not bench.last:
        return FAILED
    choice, usage = bench.last[-1].choice, bench.last[-1].answer.usage
    if not choice.said.strip():
        return FAILED
    size = f"; the prompt took {usage.prompt} tokens, tools included" if usage and usage.prompt else ""
    if choice.calls:
        return Finding(
            True, f"it calls {choice.calls[0].name} by itself, and waits for what that gives{size}"
        )
    return Finding(True, f"it calls none and says {quoted(choice.text)}, as it may{size}")


def called(bench: Bench) -> Finding:
    """Judge a call that was required: its form, and what was chosen."""
    if not bench.last:
        return FAILED
    calls = bench.last[-1].choice.calls
    if not calls:
        said = bench.last[-1].choice.text
        return Finding(
            False, f"no call came, though one was required: {quoted(said)}" if said else FAILED.text
        )
    call = calls[0]
    try:
        fault = arguments.check(_CITY, arguments.read(call.arguments))
    except BadInput as error:
        fault = error.message
    form = f"the form is not that of the schema: {fault}" if fault else "the form is that of the schema"
    right = call.name == "weather" and "oslo" in call.arguments.lower()
    choice = "the choice is right" if right else "the choice is wrong: nothing guarantees it"
    told = f"{call.name} {quoted(call.arguments)} is called: {form}, {choice}"
    return Finding(call.name in _TOOLS and not fault, told)


def given(bench: Bench) -> tuple[str, ...]:
    """Write the lines that give each call its result, by hand; none where none was called."""
    calls = bench.last[-1].choice.calls if bench.last else ()
    return (
        ("/set tool_choice none", *([f"/message add tool {_RESULT}"] * len(calls)), "/retry") if calls else ()
    )


def told(bench: Bench) -> Finding:
    """Judge the answer that goes on from the result."""
    if not bench.last or not bench.last[-1].choice.text.strip():
        return FAILED
    text = bench.last[-1].choice.text
    used = "rain" in text.lower() or "4" in text
    how = (
        "what the tool gave is in it"
        if used
        else "what the tool gave is not in it: it was sent, and not used"
    )
    return Finding(used, f"it says {quoted(text, 60)}: {how}")


def called_anyway(bench: Bench) -> Finding:
    """Judge a call that was required where no tool is of use."""
    calls = bench.last[-1].choice.calls if bench.last else ()
    if not calls:
        return Finding(False, "no call came, though one was required") if bench.last else FAILED
    text = quoted(calls[0].arguments)
    return Finding(
        True, f"it calls {calls[0].name} {text}, for it has to call something: the form says nothing of sense"
    )
