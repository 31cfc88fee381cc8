"""Run Python of an evaluation file, where the person allows it, in a process of its own, `python_server`."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...base.child import Child, NoAnswer
from ...base.files import reason
from .declaration import Found, Held, NotChecked, Type

#: Seconds that one answer's check may take, with starting the process.
SECONDS = 20.0
_MOST = 4_000_000  # bytes of what it gives back

#: One for the program.
PROCESS = Child.serving(Path(__file__).with_name("python_server.py"), most=_MOST)


def _check(held: Held) -> Found:
    if not held.allowed.python:
        raise NotChecked("it is Python of the file's, which runs only where it is allowed")
    order = json.loads(json.dumps(_order(held), default=str))  # YAML has dates
    try:
        reply = PROCESS.ask(order, SECONDS)
    except NoAnswer as error:
        raise NotChecked(error.told(SECONDS)) from None
    except (OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else str(error)
        raise NotChecked(f"its process can't be asked: {why}") from None
    if "failed" in reply:
        return Found(False, 0.0, f"the Python fails: {reply['failed']}")
    return read(reply.get("result"), held.assertion.threshold)


def _order(held: Held) -> dict[str, Any]:
    """Say what is run: promptfoo's expression or lines, the source of a file that whoever read it put into
    the assertion's config as `source` (with `function`), or that of OpenAI's grader."""
    value, config, answered = held.value, held.assertion.config, held.answered
    if isinstance(value, Mapping):
        source = value.get("source")
        sample = {"output_text": answered.text, "output_tools": answered.message.get("tool_calls") or []}
        arguments: list[Any] = [sample, dict(held.case.variables)]
        return _sound({"source": source, "call": "grade", "arguments": arguments})
    context = {
        "prompt": answered.prompt,
        "vars": dict(held.case.variables),
        "config": dict(config),
        "logProbs": list(answered.logprobs),
        "providerResponse": {
            "output": held.output,
            "cost": answered.cost,
            "tokenUsage": dict(answered.usage),
        },
    }
    if "source" in config:
        function = str(config.get("function") or "get_assert")
        return _sound({"source": config["source"], "call": function, "arguments": [held.output, context]})
    source = lines(value) if isinstance(value, str) else None
    return _sound({"source": source, "call": "main", "arguments": [held.output, context]})


def _sound(order: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(order["source"], str) or not order["source"].strip():
        raise NotChecked("it has no Python")
    return order


def lines(code: str) -> str:
    """Make a function of an expression, or of several lines with a return."""
    if "\n" not in code:
        return f"import json\n\ndef main(output, context):\n    return {code}\n"
    indented = (line for line in code.split("\n") if line[:1].isspace() and line.strip())
    first = next(indented, "    ")
    indent = first[: len(first) - len(first.lstrip())]
    body = "\n".join(indent + line for line in code.split("\n"))
    return f"import json\n\ndef main(output, context):\n{body}\n"


def read(result: Any, threshold: float | None) -> Found:
    """Read what the Python gave back: yes or no, a score, or an object with `pass`, `score` and `reason`.
    Raises NotChecked where it is none of these."""
    if isinstance(result, str) and result.lower() in ("true", "false"):
        result = result.lower() == "true"
    if isinstance(result, bool):
        return Found(result, float(result), "" if result else "the Python says no")
    if isinstance(result, str):
        result = _text(result)
    if isinstance(result, int | float) and math.isfinite(result):
        passed = result > 0 if threshold is None else result >= threshold
        return Found(passed, _share(result), "" if passed else f"the Python gives {result:g}")
    if isinstance(result, Mapping):
        passed, score = result.get("pass", result.get("pass_")), result.get("score")
        if isinstance(passed, bool) and isinstance(score, int | float) and math.isfinite(score):
            passed = passed and (threshold is None or score >= threshold)
            why = "" if passed else str(result.get("reason") or f"the Python gives {score:g}")[:300]
            return Found(passed, _share(score), why)
    raise NotChecked("the Python gives back no yes or no, no number, and no {pass, score, reason}")


def _text(result: str) -> Any:
    from .values import parsed

    try:
        return parsed(result) if result.startswith("{") else float(result)
    except (ValueError, RecursionError):
        return None


def _share(score: float) -> float:
    return min(1.0, max(0.0, float(score)))


TYPES = (
    Type("python", "an expression, lines with a return, or `source`", _check, "what it gives, from 0 to 1"),
)
