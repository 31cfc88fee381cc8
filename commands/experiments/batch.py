"""/batch: requests that went out many at once, and come back within a day."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from chat.base import escapes
from chat.base.errors import BadInput
from chat.base.short import shorten
from chat.session.state import Session

from ..declare import Argument, Suggestion, command, offer
from ..screen import Screen
from ..settings.system import files

if TYPE_CHECKING:
    from .eval_words import Words
    from .evaluating import Done


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    from .batch_words import ACTIONS

    first, space, rest = typed.partition(" ")
    start = len(typed) - len(rest)
    open_ = [row for row in session.store.runs.batches.rows() if not row["over"]]
    if not space:
        known = [each for each in ACTIONS if open_ or each[0] not in ("fetch", "watch", "cancel")]
        yield from (each for each in offer(typed, known) if each.text.startswith(typed))
    elif first in ("fetch", "watch", "cancel"):
        parts = {each["number"]: f"{each['kind']} {each['name']}" for each in session.store.runs.parts()}
        for row in open_:
            if str(row["number"]).startswith(rest):
                of = shorten(parts.get(row["run"], f"run {row['run']}"), 40)
                yield Suggestion(str(row["number"]), f"of {of}, {row['state']}", start)
    elif first in ("read", "write"):
        for path, note in files(rest):
            yield Suggestion(escapes.quote(path) if " " in path else path, note, start)


@command(Argument("WHAT", _suggest, optional=True, rest=True, usage="list|fetch|watch|cancel|write|read"))
def batch(session: Session, screen: Screen, text: str | None) -> None:
    """Many requests by the provider's Batch API, or by files for engines of your own.

    /eval cases.yaml --batch   sends one: cheaper, and answered within a day;
                               /sweep … --batch and /replay … --batch do, too
    /batch                     lists them, and how far each is known to be
    /batch fetch [ID]          takes what has come, judges it, shows the tables; what
                               answers a sweep becomes turns of its conversation
    /batch watch [ID]          waits for that; Ctrl-C stops the waiting alone
    /batch cancel ID           ends one early; what it has answered is kept
    /batch write cases.yaml out.jsonl [--provider azure|mistral|…]
    /batch write 12 --vllm DIR    what run 12 lacks: requests, command, README
    /batch write 12 --ray DIR     the same, with a script for Ray Data LLM
    /batch read results.jsonl  takes a file's answers back to their run
    Each answer is kept before it counts, and counts once, whatever is killed
    meanwhile.
    """
    from . import batch_words

    typed = [word.text for word in escapes.split(text or "")]
    do(session, screen, batch_words.read(typed))


def do(session: Session, screen: Screen, words: Words, told: bool = True) -> Done | None:
    """Do what was typed; a list is shown if it is not `told` in another way. Give the evaluation that came of
    it, if one alone did. Raises TemperaError."""
    from . import batch_fetching, batch_sending, batch_words, batching

    action, names = batch_words.action(words.words)
    if action == "list":
        if names:
            raise BadInput(f"list takes nothing more: {shorten(names[0])}", "/batch fetch ID looks at one")
        if told:
            batching.show_list(session, screen)
    elif action == "write":
        batch_sending.write(session, screen, words, names)
    elif action == "read":
        return batch_fetching.read(session, screen, words, names)
    elif action == "cancel":
        batching.cancel(session, screen, words, names)
    else:
        return batch_fetching.fetch(session, screen, words, names, waits=action == "watch")
    return None
