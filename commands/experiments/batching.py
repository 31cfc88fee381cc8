"""Batches that went out: how far they are, and what they bring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chat.base.errors import BadInput, TemperaError
from chat.base.short import several, shorten
from chat.base.tables import Cut, TableColumn
from chat.batch.remote import Life
from chat.batch.state import CARRIED, WRITING, Batch
from chat.session.state import Session

from ..screen import Screen
from .evaluating import keeping

if TYPE_CHECKING:
    from .eval_words import Words

_LIST = (
    TableColumn("batch", right=True),
    TableColumn("of", cut=Cut.LONG),
    TableColumn("part", right=True),
    TableColumn("state"),
    TableColumn("answered", right=True),
    TableColumn("failed", right=True),
    TableColumn("model", cut=Cut.LONG),
    TableColumn("where", cut=Cut.LONG),
    TableColumn("sent"),
    TableColumn("expires"),
)


def show_list(session: Session, screen: Screen) -> None:
    """List the batches, the newest first, as they were when last looked at."""
    life = Life(session, keeping(session))
    found = life.of()
    if not found:
        screen.say(
            "no batch was sent yet: /eval FILE --batch and /sweep … --batch send one, /batch write FILE"
            " OUT.jsonl writes one"
        )
        return
    parts = Counter(each.run for each in found)
    rows = [
        (
            each.number,
            whole(life, each.run),
            each.part if parts[each.run] > 1 else None,
            _state(each),
            f"{each.asked:,}" if each.state == CARRIED else f"{each.completed:,}/{each.asked:,}",
            each.failed or None,
            shorten(each.model),
            shorten(each.endpoint or "carried by hand"),
            _when(each.at),
            "" if each.over else _when(each.expires),
        )
        for each in found[::-1][:100]
    ]
    screen.table(_LIST, rows)
    if any(not each.over and each.state != CARRIED for each in found):
        newest = max(each.updated for each in found)
        screen.say(f"as of {_when(newest)}; /batch fetch asks anew", dim=True)


def json_of(session: Session, words: Words) -> dict[str, Any]:
    """Give batches as an object of JSON: those that are named, or all."""
    from chat.transfer import batch_json

    from . import batch_words

    life = Life(session, keeping(session))
    action, names = batch_words.action(words.words)
    wanted = set(names) if action in ("fetch", "watch", "cancel") else set()
    found = [each for each in life.of() if not wanted or str(each.number) in wanted]
    runs = {number: life.keeping.get(number, parts=True) for number in {each.run for each in found}}
    return batch_json.record(found, runs, session.secrets())


def of(life: Life, batch: Batch) -> str:
    """Name what a batch is part of."""
    return f"{whole(life, batch.run)}, part {batch.part}"


def whole(life: Life, run: int) -> str:
    """Name a run as a person knows it."""
    part = life.keeping.get(run, parts=True).part
    return f"{part.kind} of conversation {part.conversation}" if part else f"run {run}"


def _state(batch: Batch) -> str:
    if batch.over and batch.state == CARRIED:
        return "read"
    return f"{batch.state}, fetched" if batch.over else batch.state


def _when(at: float) -> str:
    with suppress(OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(at).strftime("%Y-%m-%d %H:%M") if at else ""
    return ""


def meant(life: Life, names: Sequence[str]) -> list[Batch]:
    """Give the batches that are meant: those of these numbers, or all that are open. Raises BadInput."""
    every = life.of()
    if not names:
        return [each for each in every if not each.over and each.state not in (CARRIED, WRITING)]
    found = [each for each in every if str(each.number) in names]
    for name in names:
        if name not in {str(each.number) for each in found}:
            raise BadInput(f"there is no batch {shorten(name)}", "/batch lists them")
    return found


def cancel(session: Session, screen: Screen, words: Words, names: Sequence[str]) -> None:
    """End batches early. Raises TemperaError."""
    if not names:
        raise BadInput("say which batch", "/batch lists them")
    life = Life(session, keeping(session))
    for batch in meant(life, names):
        if batch.over:
            raise BadInput(f"batch {batch.number} is over: {_state(batch)}")
        name = whole(life, batch.run)
        if batch.has_come:  # its results can't be had, or are not wanted
            life.end(batch)
            left = "is missing" if name != f"run {batch.run}" else "is named"
            screen.say(f"batch {batch.number} is given up: what it did not bring {left} in {name}")
            continue
        after = life.cancel(batch)
        if after.over:
            screen.say(
                f"batch {batch.number} is forgotten: {several(life.reopened, 'request')} of {name}"
                " are open again"
            )
        else:
            screen.say(f"batch {batch.number}: {after.state}; /batch fetch takes what it has answered")


def known(session: Session) -> str:
    """Say what is known of batches that are under way, without asking anybody; "" for nothing."""
    try:
        if not session.places.batches.is_dir():
            return ""
        life = Life(session, keeping(session))
        open_ = [each for each in life.of() if not each.over and each.state != CARRIED]
        come = [each for each in open_ if each.has_come]
        named = {each.run: whole(life, each.run) for each in come}
    except TemperaError:
        return ""
    if come:
        names = ", ".join(named[number] for number in sorted(named))
        which = "a batch has" if len(come) == 1 else f"{len(come):,} batches have"
        return f"{which} come for {names}: /batch fetch takes the answers"
    if not open_:
        return ""
    which = "a batch is" if len(open_) == 1 else f"{len(open_):,} batches are"
    return f"{which} under way ({open_[-1].state} when last asked): /batch fetch looks"


def look(session: Session) -> None:
    """Ask how far batches are, and keep it: for the next start, or the next line. What fails is not said."""
    with suppress(TemperaError):
        if known(session):
            life = Life(session, keeping(session))
            for batch in life.of():
                with suppress(TemperaError):
                    life.look(batch)
