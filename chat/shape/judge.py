"""Hold values against a JSON Schema, by jsonschema in a process of its own: `judge_server`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..base.child import Child, NoAnswer
from ..base.dataclass import dataclass
from ..base.files import reason

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
class Validation:
    """`faults` are the foremost of `count`; `unknown`: why nothing can be said."""

    faults: tuple[Fault, ...] = ()
    count: int = 0
    unknown: str = ""


#: One for the program.
PROCESS = Child.serving(Path(__file__).with_name("judge_server.py"))


def judge(schema: Any, value: Any, formats: bool = False) -> Validation:
    """Hold a value against a schema, and texts against the `formats` it names, which JSON Schema leaves open.
    Total: what can't be done is told."""
    return _asked({"schema": schema, "value": value, "formats": formats})


def check(schema: Any) -> Validation:
    """Tell whether this is a JSON Schema, which is `unknown` where it is none."""
    return _asked({"schema": schema})


def warm() -> None:
    """Start the process, so that it is loaded when it is asked."""
    _asked({"schema": {}})


def _asked(order: dict[str, Any]) -> Validation:
    try:
        reply = PROCESS.ask(order, SECONDS)
    except NoAnswer as error:
        return Validation(unknown=error.told(SECONDS))
    except OSError as error:
        return Validation(unknown=f"no process can be started: {reason(error)}")
    except RecursionError:
        return Validation(unknown="it is nested too deeply")
    if "failed" in reply:
        return Validation(unknown=reply["failed"])
    if "bad" in reply:
        fault = Fault(**reply["bad"])
        return Validation(unknown=f"it is no JSON Schema: {fault}" if fault.place else fault.said)
    return Validation(tuple(Fault(**each) for each in reply["faults"]), reply["count"])
