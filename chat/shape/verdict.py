"""Judge what an answer is to the format that was asked for: JSON or not, fitting its schema or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..base.dataclass import dataclass
from ..base.short import cut
from ..conversation.turn import Choice, Turn
from . import growing, reading
from .judge import Fault, judge

OBJECT, SCHEMA = "json_object", "json_schema"
#: What an answer is: of the right shape; JSON of the wrong one; no JSON; cut off; a refusal; the call of a
#: tool; nothing at all; JSON of which nothing more can be said.
FITS, OTHER, NO_JSON, CUT = "fits", "other", "no json", "cut"
REFUSED, CALLS, EMPTY, UNKNOWN = "refused", "calls", "empty", "unknown"
#: What an answer may not be that has to have a shape; what can't be told is not held against it.
WRONG = (OTHER, NO_JSON, CUT, REFUSED, EMPTY)
_LARGE = 300_000  # characters of an answer: a second's work on a busy machine
_LONG = 120  # characters of a place that are told


@dataclass(frozen=True)
class Form:
    """A response_format that wants JSON; `schema` None: any object."""

    name: str = ""
    schema: Any = None


@dataclass(frozen=True)
class FormVerdict:
    """What an answer is. `value` is what it holds, where it is JSON; `why` and `faults` tell the rest.
    `place`: where it was cut off."""

    kind: str
    value: Any = None
    why: str = ""
    faults: tuple[Fault, ...] = ()
    count: int = 0
    place: str = ""
    twice: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        return self.kind == FITS

    def said(self, name: str = "") -> str:
        """Say it in one sentence. `name`: the schema's."""
        schema = f"the schema {name}" if name else "its schema"
        if self.kind == FITS:
            return f"the answer fits {schema}" if name else "the answer is JSON"
        if self.kind == OTHER:
            many = "one fault" if self.count == 1 else f"{self.count} faults"
            return f"the answer does not fit {schema}: {many}"
        if self.kind == CUT:
            at = f", at {cut(self.place, _LONG)}" if self.place else ""
            return f"the JSON is cut off{at}: it can't be read"
        if self.kind == UNKNOWN:
            return f"the answer is JSON; whether it fits {schema} can't be told: {self.why}"
        others = {REFUSED: "the model refused", EMPTY: "the answer is empty", CALLS: "the model calls a tool"}
        return others.get(self.kind, f"the answer is no JSON: {self.why}")

    @property
    def short(self) -> str:
        """Say it in a word or two, and the first fault."""
        words = {
            FITS: "fits",
            NO_JSON: "no JSON",
            CUT: "cut off",
            UNKNOWN: "JSON, not checked",
            OTHER: "does not fit",
        }
        told = words.get(self.kind, self.kind)
        return f"{told}: {self.faults[0]}" if self.faults else told


def form_of(response_format: Any) -> Form | None:
    """Give the form that a response_format asks for; None where that is text, or nothing known."""
    if not isinstance(response_format, Mapping):
        return None
    if response_format.get("type") == OBJECT:
        return Form()
    if response_format.get("type") != SCHEMA:
        return None
    given = response_format.get("json_schema")
    given = given if isinstance(given, Mapping) else response_format  # llama.cpp: schema beside type
    return Form(str(given.get("name") or "") or "schema", given.get("schema"))


def of(choice: Choice, form: Form, before: str = "") -> FormVerdict:
    """Judge one answer, with the beginning that was sent along `before` it. Its schema is held against it
    in a process of its own, which takes a while."""
    if choice.refusal and not choice.text.strip():
        return FormVerdict(REFUSED)
    if not choice.text.strip():
        return FormVerdict(CALLS if choice.tool_calls else EMPTY)
    text = before + choice.text
    read = reading.read(text)
    if read.problem:
        large = len(text) > _LARGE  # then where it was cut is not worth the seconds
        place = ("" if read.problem == reading.ENDED else None) if large else growing.stopped(text)
        if place is not None:
            return FormVerdict(CUT, why=read.problem, place=place)
        return FormVerdict(NO_JSON, why=read.problem)
    if form.schema is None:
        if form.name or isinstance(read.value, dict):
            return FormVerdict(FITS, read.value, twice=read.twice)
        return FormVerdict(OTHER, read.value, faults=(Fault("", "it is no object"),), count=1)
    judged = judge(form.schema, read.value)
    if judged.unknown:
        return FormVerdict(UNKNOWN, read.value, judged.unknown, twice=read.twice)
    kind = OTHER if judged.count else FITS
    return FormVerdict(kind, read.value, "", judged.faults, judged.count, twice=read.twice)


#: Judged by now, by the turn's id, with the choices that were: the last few.
_JUDGED: dict[int, tuple[tuple[Choice, ...], tuple[FormVerdict, ...]]] = {}
_KEPT = 12


def of_turn(turn: Turn) -> tuple[FormVerdict, ...]:
    """Judge each choice of a turn; none where it asked for no JSON. A turn is judged once."""
    form = form_of(turn.request.body.get("response_format"))
    if form is None:
        return ()
    choices, before = turn.answer.choices, turn.request.carried.prefill
    kept = _JUDGED.get(turn.id)
    if kept is None or kept[0] != choices:
        while len(_JUDGED) >= _KEPT:
            del _JUDGED[next(iter(_JUDGED))]
        kept = _JUDGED[turn.id] = choices, tuple(of(choice, form, before) for choice in choices)
    return kept[1]
