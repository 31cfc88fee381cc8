"""Values held against a JSON Schema, by jsonschema in a process of its own: `judge_server`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .child import Child, ChildFailed

#: Seconds that one may take, with starting it: 0.3 s, more on a busy machine.
SECONDS = 12.0


@dataclass(frozen=True)
class Fault:
    """What does not fit: the JSON Pointer of the place, and a sentence."""

    place: str
    said: str

    def __str__(self) -> str:
        return f"{self.place or 'the whole'}: {self.said}"


@dataclass(frozen=True)
class Judged:
    """`faults` are the foremost of `count`; `unknown`: why nothing can be said."""

    faults: tuple[Fault, ...] = ()
    count: int = 0
    unknown: str = ""


#: One for the program.
PROCESS = Child(Path(__file__).with_name("judge_server.py"), SECONDS)


def judge(schema: Any, value: Any) -> Judged:
    """Hold a value against a schema. Total: what can't be done is told."""
    return _asked({"schema": schema, "value": value})


def check(schema: Any) -> Judged:
    """Tell whether this is a JSON Schema, which is `unknown` where it is none."""
    return _asked({"schema": schema})


def _asked(order: dict[str, Any]) -> Judged:
    try:
        reply = PROCESS.ask(order)
    except ChildFailed as error:
        return Judged(unknown=error.message)
    except RecursionError:
        return Judged(unknown="it is nested too deeply")
    if "failed" in reply:
        return Judged(unknown=reply["failed"])
    if "bad" in reply:
        fault = Fault(**reply["bad"])
        return Judged(unknown=f"it is no JSON Schema: {fault}" if fault.place else fault.said)
    return Judged(tuple(Fault(**each) for each in reply["faults"]), reply["count"])
