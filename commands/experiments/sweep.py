"""/sweep: one message over a grid of values, and what they did."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from chat.base.errors import (
    BadInput,
    Forbidden,
    ModelNotFound,
    NoConnection,
    NotAnApi,
    ParameterRefused,
    QuotaExceeded,
    RequestFailed,
    Unauthorized,
)
from chat.base.near import nearest
from chat.base.short import several
from chat.conversation.experiment import SWEEP, Experiment, missing, turns_of
from chat.conversation.turn import COMPLETE, Turn
from chat.lab import grid as grids
from chat.lab import runner
from chat.lab.results import swept
from chat.session.sending import Prepared
from chat.session.state import Session
from chat.session.worst_case import worst_case

from ..counts.budget import within
from ..declare import Argument, Edit, command
from ..screen import Screen
from ..settings.system import read_file
from . import running
from .running import BATCH
from .sweep_suggest import suggest
from .sweep_table import show

#: Requests under way at once: what rate limits bear as a rule. The embedded model is asked one at a
#: time, though it has 8 slots: what it computes together comes out otherwise, so that not even
#: temperature 0 would give the same answer twice.
AT_ONCE = 4
#: Refusals that the next request will meet as well, and how many of one kind end a sweep.
_HOPELESS = (
    Unauthorized,
    Forbidden,
    QuotaExceeded,
    ModelNotFound,
    ParameterRefused,
    NoConnection,
    NotAnApi,
)
_IN_A_ROW = 3
_RESUME = ("resume", "continue")
#: What looks like an option.
_OPTION = re.compile(r"--[A-Za-z][\w-]*")


@command(
    Argument(
        "grid",
        suggest,
        optional=True,
        rest=True,
        usage="name values [name=values] [xN] [--batch] [-- text]|resume",
    )
)
def sweep(session: Session, screen: Screen, text: str | None) -> Edit | None:
    """Ask one message over a grid of values of one or two parameters, and see what they do.

    /sweep temperature 0..1.5/0.25   the last message again, over a range
    /sweep top_p 0.1,1 seed=1,2 -- Why?     every combination, and a message
    /sweep temperature 0.7 x10       ten times the same (or times=10)
    /sweep system unset,"Be terse.",@long.txt     texts and files; unset: not sent
    /sweep                           the last one's results, and what is missing
    /sweep resume                    asks what is missing
    /sweep temperature 0,1 x500 --batch     by the provider's Batch API: cheaper,
                                     within a day, up to 5,000; see /batch

    Any parameter of single values will do, extra.NAME too. How many requests it
    is and the most they can take is said first. 4 are under way at once (the
    embedded model is asked one at a time, for answers that are computed together
    disturb each other); a rate limit is waited for by all. Ctrl-C loses nothing
    that came. Three refusals in a row of one kind end it. Each answer is a turn
    (/raw, /diff, /switch), and a cell (/pick); /export csv writes them all.
    """
    if text is None:
        _again(session, screen)
        return None
    typed, message = grids.split(text)
    typed, by_batch = parted(typed)
    if message == "":
        raise BadInput("there is no message after --")
    if message and message.split()[-1] == BATCH:
        screen.warn(f"{BATCH} is part of the message, where it stands", "before -- it is an option")
    if typed.lower() in _RESUME and message is None:
        _go_on(session, screen, _last(session), by_batch)
        return None
    if not typed and by_batch and message is None:
        raise BadInput("a sweep wants a parameter and its values", f"/sweep temperature 0..1.5/0.25 {BATCH}")
    grid = grids.read(typed, read_file, grids.MOST_BY_BATCH if by_batch else grids.MOST)
    experiment = runner.planned(
        session, SWEEP, running.asked(session, message, "/sweep"), grid.cells(), str(grid)
    )
    if grid.times > 1 and session.settings.get("seed") is not None and "seed" not in swept(experiment):
        screen.warn("seed is set: servers that honour it repeat the same answer", "/unset seed")
    if not _ask(session, screen, experiment, list(range(len(grid))), by_batch):
        return Edit(f"/sweep {text}")
    return None


def parted(typed: str) -> tuple[str, bool]:
    """Take the options out of a sweep: give (the rest, whether it goes by a batch). Raises BadInput."""
    rest, by_batch, at = "", False, 0
    for part in grids.parts(typed):
        if not _OPTION.fullmatch(part.text):
            continue
        if part.text.lower() != BATCH:
            near = f"; did you mean {BATCH}?" if nearest(part.text.lower(), [BATCH]) else ""
            raise BadInput(
                f"/sweep has no option {part.text}{near}", "a value that begins so stands in quotes"
            )
        rest, by_batch, at = rest + typed[at : part.start], True, part.end
    return (rest + typed[at:]).strip(), by_batch


def _last(session: Session) -> Experiment:
    found = runner.newest(session, SWEEP)
    if found is None:
        raise BadInput("there is no sweep in this conversation", "/sweep temperature 0..1.5/0.25 -- text")
    return found


def _again(session: Session, screen: Screen) -> None:
    """Show the last sweep, and go on with what is missing of it."""
    from . import batch_cells  # late: few sweeps go so

    experiment = _last(session)
    owed = batch_cells.owed(session, experiment)
    show(screen, session.conversation, experiment, len(owed))
    if screen.interactive and set(missing(experiment, session.turns)) - set(owed):
        _go_on(session, screen, experiment)


def _go_on(session: Session, screen: Screen, experiment: Experiment, by_batch: bool = False) -> None:
    """Ask the missing cells: first those that were never tried, since refused ones may be refused again. What
    a batch owes is not asked for."""
    from . import batch_cells

    owed = batch_cells.owed(session, experiment)
    known = turns_of(experiment, session.turns)
    lacks = missing(experiment, session.turns)
    cells = sorted(set(lacks) - set(owed), key=lambda cell: (cell in known, cell))
    if not cells and owed:
        raise BadInput(
            f"{several(len(owed), 'answer')} of it {'is' if len(owed) == 1 else 'are'} in a batch",
            "/batch fetch takes what has come; /batch cancel ends it",
        )
    if not cells:
        screen.say(f"nothing is missing of {experiment.about}")
        return
    _ask(session, screen, experiment, cells, by_batch)


def _ask(
    session: Session, screen: Screen, experiment: Experiment, cells: Sequence[int], by_batch: bool
) -> bool:
    """Ask these cells, directly or by a batch, if they may be sent; tell whether they were."""
    if by_batch:
        from . import batch_cells

        return batch_cells.send(session, screen, experiment, cells)
    agreed = _agreed(session, screen, experiment, cells)
    if agreed:
        runner.keep(session, experiment)
        _run(session, screen, experiment, agreed)
    return bool(agreed)


# ---- before anything is sent


def _agreed(
    session: Session, screen: Screen, experiment: Experiment, cells: Sequence[int]
) -> dict[int, Prepared]:
    """Return the requests of these cells, in their order, if they may be sent, else None. This is the one
    place before a sweep sends: it says what they can take, holds that against the budget, and asks. Raises
    TemperaError."""
    prepared = running.prepared(session, screen, experiment, cells)
    if not prepared:
        return {}
    requests = list(prepared.values())
    running.say_worst(screen, worst_case(session, requests), experiment)
    running.say_no_prefill(session, screen)
    if not within(session, screen, requests):
        return {}
    at_once = min(len(cells), _at_once(requests))
    how = "one at a time" if at_once == 1 else f"{at_once} at once"
    if screen.confirm(f"send {'it' if len(cells) == 1 else f'them, {how}'}?"):
        return prepared
    screen.say("nothing was sent")
    return {}


def _at_once(prepared: Sequence[Prepared]) -> int:
    """Tell how many may be under way."""
    return 1 if any(each.endpoint.is_embedded for each in prepared) else AT_ONCE


# ---- while they answer


class _Refusals:
    """Counts what failed, and ends a sweep that meets the same refusal again and again."""

    def __init__(self, experiment: Experiment) -> None:
        self._swept = swept(experiment)
        self._answered = False
        self._refused: list[RequestFailed] = []
        self.failed: Counter[str] = Counter()
        self.stopped: RequestFailed | None = None

    def over(self, cell: int, turn: Turn) -> None:
        """Take in an answer. Raises Enough."""
        self._answered |= turn.answer.ended == COMPLETE
        if turn.answer.error is None:
            self._refused = []
            return
        self.failed[turn.answer.error.message] += 1
        if not isinstance(turn.answer.error, _HOPELESS) or self._of_one_value(turn.answer.error):
            self._refused = []
            return
        if self._refused and _kind(self._refused[-1]) != _kind(turn.answer.error):
            self._refused = []
        self._refused.append(turn.answer.error)
        if len(self._refused) >= _IN_A_ROW and self.stopped is None:
            self.stopped = turn.answer.error
            raise runner.Enough

    def _of_one_value(self, error: RequestFailed) -> bool:
        """Tell whether a value of the sweep is refused, while others were taken."""
        return self._answered and error.param in self._swept


def _kind(error: RequestFailed) -> tuple[type, str | None]:
    return type(error), error.param


def _run(session: Session, screen: Screen, experiment: Experiment, prepared: dict[int, Prepared]) -> None:
    """Ask these cells, show the progress, and then the results."""
    refusals = _Refusals(experiment)
    labels = [cell.label for cell in experiment.cells]

    def ask(requests: dict[int, Prepared]) -> dict[int, Turn]:
        return running.run(
            session,
            screen,
            requests.items(),
            lambda: screen.progress(labels, list(requests)),
            refusals.over,
            at_once=_at_once(list(requests.values())),
        )

    turns = ask(prepared)
    running.followed(session, screen, experiment, prepared, turns, labels, ask)
    move(session, experiment)
    show(screen, session.conversation, experiment)
    _tell(screen, refusals)


def move(session: Session, experiment: Experiment) -> None:
    """Go on with the first answer of a message that was asked here first."""
    asked = experiment.asked
    if session.branch not in (asked, asked.before):
        return
    turns = [session.turns[place] for place in turns_of(experiment, session.turns).values()]
    first = next((turn for turn in turns if turn.branches and turn.answer.ended == COMPLETE), None)
    if first:
        session.conversation.move(first.branches[0])
        session.store.move_head(session.conversation)


def _tell(screen: Screen, refusals: _Refusals) -> None:
    """Tell why answers are missing."""
    if refusals.stopped:
        screen.fail(f"ended after three refusals in a row: {refusals.stopped.message}", refusals.stopped.hint)
        return
    for message, count in refusals.failed.most_common(_IN_A_ROW):
        screen.warn(f"{several(count, 'request')} failed: {message}")
