"""What completes a sweep: parameters, then values worth trying, then how often, then a message."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chat.base import escapes
from chat.base.errors import BadInput
from chat.conversation.experiment import SWEEP, missing
from chat.lab import grid as grids
from chat.lab import runner
from chat.parameters.declaration import Parameter
from chat.parameters.kinds import Text
from chat.parameters.table import find
from chat.session.state import Session

from ..declare import Suggestion, offer
from ..settings.parameters import model_names, names
from ..settings.system import files
from .running import BATCH, BATCH_NOTE

_TIMES = re.compile(r"[x×]\d+|times=\S*", re.IGNORECASE)


def suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    """Suggest what may end the typed text. Suggest nothing within the message."""
    if grids.split(typed)[1] is not None:
        if typed.endswith("--"):
            yield Suggestion("--", "then a message", len(typed) - 2)
            if BATCH not in typed:
                yield Suggestion(BATCH, BATCH_NOTE, len(typed) - 2)
        return
    words = list(grids.parts(typed))
    open_ = bool(words) and words[-1].end == len(typed)
    last = words[-1].text if open_ else ""
    start = words[-1].start if open_ else len(typed)
    before = [word.text for word in (words[:-1] if open_ else words)]
    options = [BATCH] if BATCH in before else []
    before = [word for word in before if word != BATCH]
    if before == ["resume"]:
        found = iter(() if options or not BATCH.startswith(last) else (Suggestion(BATCH, BATCH_NOTE),))
        yield from (Suggestion(each.text, each.note, start) for each in found)
        return
    try:
        swept, awaited = _before(before)
        found = _at_end(session, last, swept, awaited, options)
        yield from (Suggestion(each.text, each.note, start + each.start) for each in found)
    except BadInput:
        return


def _before(words: list[str]) -> tuple[list[str], Parameter | None]:
    """Give (parameters that have their values, the one whose values come next). Raises BadInput."""
    swept: list[str] = []
    awaited: Parameter | None = None
    for word in words:
        name, equals, _ = word.partition("=")
        if awaited is not None:
            awaited = None if word != "=" else awaited
        elif not _TIMES.fullmatch(word):
            parameter = find(name)
            swept.append(parameter.name)
            awaited = None if equals else parameter
    return swept, awaited


def _at_end(
    session: Session, last: str, swept: list[str], awaited: Parameter | None, options: list[str]
) -> Iterator[Suggestion]:
    if awaited is not None:
        yield from _values(session, awaited, last)
        return
    name, equals, value = last.partition("=")
    if equals and name.lower() != "times":
        found = _values(session, find(name), value)
        yield from (Suggestion(each.text, each.note, len(name) + 1 + each.start) for each in found)
        return
    if not swept:
        experiment = runner.newest(session, SWEEP)
        if experiment and missing(experiment, session.turns):
            yield from offer(last, [("resume", "asks what is missing of the last sweep")])
    if len(swept) < grids.AXES:
        for each in names(session, last):
            if each.text not in swept and _sweepable(each.text):
                yield Suggestion(each.text + "=", each.note)
    if swept:
        more = [("x3", "each of them three times"), ("--", "then a message, in place of the last one")]
        more += [] if options else [(BATCH, BATCH_NOTE)]
        yield from (each for each in offer(last, more) if each.text.startswith(last))


def _sweepable(name: str) -> bool:
    try:
        return grids.sweepable(find(name))
    except BadInput:  # a preference
        return False


def _values(session: Session, parameter: Parameter, typed: str) -> Iterator[Suggestion]:
    """Give a whole list or range to begin with; after a comma one more value."""
    if not grids.sweepable(parameter):
        return
    before, comma, value = typed.rpartition(",")
    start = len(typed) - len(value)
    taken = [each.strip() for each in before.split(",")] if comma else []
    if parameter.name == "system" and value.startswith("@"):
        found = ((path, note) for path, note in files(value[1:]) if " " not in path and "," not in path)
        yield from (Suggestion(f"@{path}", note, start) for path, note in found)
        return
    single = [(each, "") for each in _single(session, parameter) if each not in taken]
    many = [(each, "each of them") for each in grids.suggested(parameter)] if not comma else []
    if parameter.name == "model" and not comma:
        many = [(",".join(_single(session, parameter)), "each of them")] if len(single) in (2, 3) else []
    known = dict(single) | dict(many) if comma else dict(many) | dict(single)
    for each in offer(value, known.items()):
        if each.text.startswith(value):
            yield Suggestion(each.text, each.note, start)


def _single(session: Session, parameter: Parameter) -> list[str]:
    """Suggest values that stand alone."""
    found = model_names(session) if parameter.name == "model" else list(parameter.kind.suggest())
    if isinstance(parameter.kind, Text):
        found = [each if not re.search(r"[\s,\"']", each) else escapes.quote(each) for each in found]
    return found
