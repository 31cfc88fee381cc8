"""Declare the steps of the lesson about answers in JSON: their lines, and what the answers show. Pure but
for the process that holds an answer against the schema."""

from __future__ import annotations

import json

from ..shape import verdict
from ..shape.verdict import FormVerdict
from .lesson import Bench, Finding
from .lesson_steps import FAILED, quoted

CAT = "Invent a cat and tell me about it as JSON, with its name, age and colour."

_CAT = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 12},
        "age": {"type": "integer", "minimum": 0, "maximum": 20},
        "colour": {"enum": ["black", "white", "ginger"]},
    },
    "required": ["name", "age", "colour"],
    "additionalProperties": False,
}
#: As /format takes it, in a line of a step.
CAT_FORM = (
    json.dumps({"type": "json_schema", "json_schema": {"name": "cat", "strict": True, "schema": _CAT}})
    .replace("{", "{{")
    .replace("}", "}}")
)


def _cat(bench: Bench) -> tuple[str, FormVerdict] | None:
    """Give the last answer, and what it is to the schema."""
    if not bench.last or not bench.last[-1].choice.text.strip():
        return None
    choice = bench.last[-1].choice
    return choice.text, verdict.of(choice, verdict.Form("cat", _CAT))


def without_form(bench: Bench) -> Finding:
    found = _cat(bench)
    if found is None:
        return FAILED
    return Finding(True, f"{found[1].said('cat')}: {quoted(found[0])}")


def with_form(bench: Bench) -> Finding:
    found = _cat(bench)
    if found is None:
        return FAILED
    reason = bench.last[-1].choice.finish_reason
    told = f"{found[1].said('cat')}, finish reason {reason}: {quoted(found[0], 60)}"
    return Finding(found[1].sound, told if found[1].sound else f"the schema is not enforced here; {told}")


def cut_form(bench: Bench) -> Finding:
    found = _cat(bench)
    if found is None:
        return FAILED
    return Finding(found[1].kind == verdict.CUT, f"{found[1].said('cat')}: {quoted(found[0])}")
