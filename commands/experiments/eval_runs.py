"""Runs of evaluations that are kept: listed, shown, compared, handed on."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from chat.base import files
from chat.base.errors import BadFile, BadInput, TemperaError
from chat.base.places import named
from chat.base.short import shorten
from chat.base.tables import Cut, TableColumn
from chat.evaluation import figures, turning
from chat.evaluation.browsing import Bookmark, Open, Retry, RunResults
from chat.evaluation.keeping import Keeping
from chat.evaluation.results import EvalRun, Place, Sample
from chat.session.state import Session
from chat.tokens.prices import COST

from ..screen import Screen
from .eval_words import OUTPUTS
from .evaluating import Done, keeping, not_in_batches, say, shown, tell

if TYPE_CHECKING:
    from .eval_words import Words

_LIST = (
    TableColumn("run", right=True),
    TableColumn("evaluation", cut=Cut.LONG),
    TableColumn("begun"),
    TableColumn("state"),
    TableColumn("answers", right=True),
    TableColumn("passed", right=True),
    TableColumn("errors", right=True),
    COST,
)


def number(text: str) -> int:
    """Read the number of a run. Raises BadInput."""
    if not text.isdecimal() or len(text) > 15:
        raise BadInput(f"{text} is no number of a run", "/eval list shows all runs")
    return int(text)


def show_list(session: Session, screen: Screen) -> None:
    """List the runs, the newest first."""
    found = keeping(session).newest(100)
    if not found:
        screen.say("no evaluation was run yet: /eval new writes an example, /eval FILE runs one")
        return
    rows = [
        (
            each.number,
            shorten(each.name),
            datetime.fromtimestamp(each.at).strftime("%Y-%m-%d %H:%M"),
            each.state,
            f"{each.judged + each.failed:,}/{each.asked:,}",
            each.passed or None,
            each.failed or None,
            each.cost,
        )
        for each in found
    ]
    screen.table(_LIST, rows)


def do(session: Session, screen: Screen, action: str, names: Sequence[str], words: Words) -> Done | None:
    """Show, compare or delete runs. Give what was shown. Raises TemperaError."""
    kept = keeping(session)
    if action == "delete":
        for each in [kept.get(number(name)) for name in names] or _none():
            if kept.runs.is_taken(each.number):
                raise BadInput(f"run {each.number} is under way")
            not_in_batches(kept, each)
            kept.delete(each.number)
            screen.say(f"run {each.number}, {shorten(each.name)}, is deleted")
    elif action == "diff":
        if len(names) != 2:
            raise BadInput("it compares two runs", "/eval diff 3 4; /eval list shows all runs")
        compare(screen, source(kept, names[0]), source(kept, names[1]))
    else:
        wanted = number(names[0]) if names else _newest(kept)
        return after(session, screen, words, shown(kept, wanted))
    return None


def _none() -> list[EvalRun]:
    raise BadInput("say which run", "/eval list shows all runs")


def _newest(kept: Keeping) -> int:
    found = kept.newest(1)
    if not found:
        raise BadInput("no evaluation was run yet", "/eval FILE runs one")
    return found[0].number


def after(session: Session, screen: Screen, words: Words, done: Done | None) -> Done | None:
    """Show what a run came to, write what is asked for, and let a person look through it."""
    if done is None:
        return None
    tell(screen, done)
    if words.against:
        kept = keeping(session)
        worse = compare(screen, source(kept, words.against), source(kept, str(done.number)))
        done = replace(done, worse=worse)
    write(session, screen, words, done)
    if screen.interactive:
        screen.say(f"run {done.number} is kept: /eval show {done.number} looks through its answers", dim=True)
        if words.words[:1] == ["show"]:
            with suppress(TemperaError):  # without a full screen, what was said has to do
                browse(session, screen, keeping(session).get(done.number))
    return done


def look(session: Session, words: Words) -> None:
    """See beforehand that what a run is to leave can be written, and what it is held against is there. Raises
    TemperaError."""
    for option in OUTPUTS:
        if wanted := getattr(words, option):
            path = named(wanted)
            if path.is_dir():
                raise BadFile(path, "is a folder")
            if not path.parent.is_dir():
                raise BadFile(path, "there is no such folder")
            if not os.access(path.parent, os.W_OK):
                raise BadFile(path, "its folder can't be written to")
    if words.against:
        source(keeping(session), words.against)


def write(session: Session, screen: Screen, words: Words, done: Done) -> None:
    """Write the files that are asked for. Raises BadFile."""
    if not any(getattr(words, name) for name in OUTPUTS):
        return
    for option in OUTPUTS:
        wanted = getattr(words, option)
        if wanted:
            path = named(wanted)
            files.write_pieces(path, _pieces(session, done, option))
            screen.say(f"{path} is written")


def _pieces(session: Session, done: Done, option: str) -> Iterable[str]:
    """Give the pieces of a file that a run leaves."""
    from chat.transfer import eval_csv, eval_html, eval_junit, eval_promptfoo

    kept, secrets = keeping(session), session.secrets()
    run = kept.get(done.number)
    if option == "html":
        return eval_html.pieces(run, kept.samples(run), figures.of(run, kept.samples(run)), secrets)
    writers = {"junit": eval_junit.pieces, "csv": eval_csv.pieces, "promptfoo": eval_promptfoo.pieces}
    return writers[option](run, kept.samples(run), secrets)


def json_of(session: Session, done: Done) -> Iterator[str]:
    """Give a run as one object of JSON, in pieces."""
    from chat.transfer import eval_json

    kept = keeping(session)
    run = kept.get(done.number)
    return eval_json.pieces(run, kept.samples(run), done.figures["statistics"], session.secrets())


Source = tuple[EvalRun, Sequence[Sample]]


def source(kept: Keeping, name: str) -> Source:
    """Give a run that is kept, by its number, or one that a file holds. Raises TemperaError."""
    path = named(name)
    if name.isdecimal() and not path.exists():
        run = kept.get(number(name))
        return run, list(kept.samples(run))
    from chat.transfer import eval_results

    return eval_results.read(path)


def compare(screen: Screen, before: Source, now: Source) -> bool:
    """Say which cases turned between two runs. Tell whether any column is worse, beyond chance."""
    found = turning.against(before, now)
    table = turning.table(found)
    if table.rows:
        screen.table(table.columns, table.rows, table.title)
    say(screen, turning.said(found))
    return turning.is_worse(found)


# ---- looking through a run


def browse(session: Session, screen: Screen, run: EvalRun) -> None:
    """Let a person look through a run; ask again, or go on with, what they pick."""
    kept = keeping(session)
    at: Bookmark | None = None
    while True:
        results = RunResults(
            run,
            kept.states(run),
            lambda place: kept.sample(run, place),
            lambda place, rating: kept.rate(run, place, rating),
            lambda text: kept.search(run, text),
            at,
        )
        wanted = screen.browse(results)
        if isinstance(wanted, Retry):
            _again(session, screen, run, wanted.place)
            at = wanted.seen
        elif isinstance(wanted, Open):
            _open(session, screen, run, kept.sample(run, wanted.place))
            return
        else:
            return


def _again(session: Session, screen: Screen, run: EvalRun, place: Place) -> None:
    """Ask a sample again; its former answer is gone."""
    from . import eval_words, evaluating

    evaluating.asked_again(session, screen, eval_words.read(["go"]), run, place)


def _open(session: Session, screen: Screen, run: EvalRun, sample: Sample) -> None:
    """Go on with a sample in the conversation: its messages, and its parameters as they were sent."""
    from chat.session import opening

    if not sample.request:
        raise BadInput("it was not asked yet: there is nothing to open")
    request = dict(sample.request)
    if request.get("stream") is False:
        del request["stream"]  # in the conversation an answer is watched
    opening.take(session, request, f"run {run.number}")
    screen.say("its request is in force: send a message, or /retry asks it again")
