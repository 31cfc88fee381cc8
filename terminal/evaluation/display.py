"""Paint a run while it is under way, some ten times a second; in a pipe, tell now and then how far it is.

Of each sample one byte is kept. What is painted is drawn by `live` from what is in view.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from chat.evaluation.results import EvalRun, Place, Sample
from chat.evaluation.states import ASKED, ERROR, OPEN, OVER, WORDS, Shape, States, code, shape

from ..clean import one_line
from ..drawing.notify import Long
from ..drawing.raw import wrapped
from ..drawing.region import Region, Ticker
from ..drawing.styles import ERROR as BAD
from ..drawing.styles import WARNING, coloured
from ..drawing.writer import Writer
from ..lines import steady
from ..streams import Terminal
from . import live
from .layout import follow
from .signs import ASCII, CellSigns, case_name, column_name

_LEAST_TOLD = 5.0  # seconds between two lines in a pipe, at least
_SHARE_TOLD = 20  # the longer it runs, the fewer: one in a twentieth of the time so far
_RATED = 20.0  # seconds over which the pace is measured
_NAMED = 4096  # cases whose names are kept


class _Slow(Ticker):
    """A grid needs no more than ten pictures a second."""

    PERIOD = 0.1
    PULSE = 0.5


class EvalGrid:
    """Shows the run of an evaluation."""

    def __init__(
        self, terminal: Terminal, *, clock: Callable[[], float] = time.monotonic, threaded: bool = True
    ) -> None:
        self._terminal = terminal
        self._clock = clock
        self._paints = terminal.paints
        self._signs = CellSigns() if terminal.has_blocks else ASCII
        self._ticker = _Slow(self._paint, clock)
        self._region = Region(terminal)
        self._aside = Writer(terminal, aside=True)
        self._long = Long(terminal, clock)
        self._threaded = threaded
        self._shape = Shape(1, 0)
        self._states = bytearray()
        self._counts = [0] * len(WORDS)
        self._labels: list[str] = []
        self._name: Callable[[int], str] = str
        self._begun = self._told = clock()
        self._overs: deque[tuple[float, int]] = deque()  # when how many samples had come
        self._came = 0  # samples that are over since it began
        self._cost, self._spent, self._unknown = 0.0, 0.0, False
        self._pace = (0, 0, "")
        self._asked: dict[int, int] = {}  # samples that are asked, by case, the case asked first at first
        self._last = Place(0, 0)
        self._top = self._left = 0
        self._trouble = ""
        self._kinds: set[str] = set()
        self._said: set[str] = set()

    def begin(self, run: EvalRun, states: States, spent: float | None = 0.0) -> None:
        """Begin with what is there already. `spent` is what that has cost, None where it is not known."""
        suite = run.suite
        with self._ticker.lock:
            self._shape = shape(suite)
            # what was asked when the program was killed is open again
            self._states = bytearray(states).replace(bytes([ASKED]), bytes([OPEN]))
            self._counts = [self._states.count(each) for each in range(len(WORDS))]
            self._labels = [one_line(column_name(suite.columns, each)) for each in range(self._shape.columns)]
            named = lru_cache(_NAMED)(lambda case: one_line(steady(case_name(suite.cases[case]))))
            self._name = named
            self._begun = self._told = self._clock()
            self._spent, self._unknown = spent or 0.0, spent is None
            self._last = self._shape.place(max(0, self._states.find(OPEN)))
            self._top = self._last.case
            if self._threaded and self._paints:
                self._ticker.start()
            self._changed()

    def sample(self, sample: Sample) -> None:
        """Take the new state of a sample."""
        new, case = code(sample), sample.place.case
        with self._ticker.lock:
            at = self._shape.index(sample.place)
            old = self._states[at]
            self._states[at] = new
            self._counts[old] -= 1
            self._counts[new] += 1
            if new == ASKED != old:
                self._last = sample.place
                self._asked[case] = self._asked.get(case, 0) + 1
            elif old == ASKED != new:
                self._asked[case] = self._asked.get(case, 1) - 1
                if not self._asked[case]:
                    del self._asked[case]
            if new in OVER and old not in OVER:
                self._over(sample)
            if new == ERROR:
                self._failed(sample)
            self._changed()

    def pace(self, under_way: int, limit: int, waiting: str = "") -> None:
        """Say how many requests are under way, how many may be, and what is waited for, if anything is."""
        with self._ticker.lock:
            before, self._pace = self._pace, (under_way, limit, one_line(waiting))
            if not self._paints and waiting and not before[2]:
                self._aside.told(self._pace[2], WARNING)
            self._changed()

    def tell(self, text: str) -> None:
        """Say something worth knowing above what is painted, for good; the same is said once."""
        said = one_line(text)
        with self._ticker.lock:
            if said in self._said:
                return
            self._said.add(said)
            if self._paints:
                lines = wrapped(steady(said), max(1, self._terminal.size()[0] - 1))
                self._region.paint([coloured(line, WARNING) for line in lines], ())
            else:
                self._aside.told(said, WARNING)
            self._changed()

    def close(self) -> None:
        """Take away what was painted: the run is over, or has stopped."""
        self._ticker.stop()
        with self._ticker.lock:
            self._pace = (0, 0, "")  # nothing is under way any more
            if self._paints:
                self._region.clear()
            else:
                self._aside.told(live.told(live.LiveView(tuple(self._counts), self._paced())))
        over = sum(self._counts[each] for each in OVER)
        self._long.over(f"{over:,} of {self._shape.samples:,} answers are there")

    # ---- what is counted

    def _over(self, sample: Sample) -> None:
        self._came += 1
        now = self._clock()
        if not self._overs or now - self._overs[-1][0] >= 1:
            self._overs.append((now, self._came - 1))
            while len(self._overs) > 2 and now - self._overs[1][0] >= _RATED:
                self._overs.popleft()
        cost = sample.answered.cost if sample.answered else 0.0
        for each in (cost, sample.judging):
            self._unknown = self._unknown or each is None
            self._cost += each or 0.0

    def _failed(self, sample: Sample) -> None:
        why = one_line(sample.error[:1000]) or sample.kind or "no answer came"
        label = self._labels[sample.place.column] if len(self._labels) > 1 else ""
        where = " · ".join(filter(None, (f"case {sample.place.case + 1}", label)))
        self._trouble = f"{where}: {why}"
        if not self._paints and sample.kind not in self._kinds:
            self._aside.told(self._trouble, BAD)
        self._kinds.add(sample.kind)

    def _paced(self) -> live.RunProgress:
        now = self._clock()
        over = sum(self._counts[each] for each in OVER)
        left = self._shape.samples - over
        since, before = self._overs[0] if self._overs else (now, 0)
        since = self._begun if before == 0 else since
        rate = (self._came - before) / (now - since) if now - since >= 1 and self._came > before else None
        spent = self._spent + self._cost
        each = self._cost / self._came if self._came else 0.0
        under_way, limit, waiting = self._pace
        return live.RunProgress(
            rate,
            left / rate if rate and left and not waiting else None,
            spent,
            spent + each * left if each and left else None,
            self._unknown,
            under_way,
            limit,
            waiting,
        )

    # ---- what is shown

    def _changed(self) -> None:
        if self._paints:
            self._ticker.changed()
            return
        now = self._clock()
        if now - self._told >= max(_LEAST_TOLD, (now - self._begun) / _SHARE_TOLD):
            self._told = now
            self._aside.told(live.told(live.LiveView(tuple(self._counts), self._paced())))

    def view(self) -> live.LiveView:
        """Give what is to be drawn now."""
        columns, height = self._terminal.size()
        room = max(2, min(height - 2, height * 3 // 5))
        view = live.LiveView(
            tuple(self._counts),
            self._paced(),
            self._shape.cases,
            self._labels,
            self._left,
            (),
            self._shape.repeat,
            self._trouble,
            max(1, columns - 1),
            room,
            self._signs,
        )
        cases = self._in_view(max(0, room - len(live.lines(view)) - 1))
        named = replace(view, rows=[live.CaseRow(each, self._name(each), ()) for each in cases])
        shown = live.fitting(named).shown
        self._left = follow(self._left, shown, self._last.column, self._shape.columns)
        seen = range(self._left, self._left + shown)
        rows = [
            live.CaseRow(each.case, each.name, [self._shape.cell(self._states, each.case, at) for at in seen])
            for each in named.rows
        ]
        return replace(named, rows=rows, first=self._left)

    def _in_view(self, room: int) -> list[int]:
        """Choose the cases: those around the one that was asked last; what is asked for longest and has
        scrolled away takes the place of some that are not under way."""
        if not room:
            return []
        self._top = follow(self._top, room, self._last.case, self._shape.cases)
        cases = range(self._top, min(self._shape.cases, self._top + room))
        away = [case for case in self._asked if case not in cases][: room // 3]
        idle = [case for case in cases if case not in self._asked][: len(away)]
        return sorted([*away[: len(idle)], *(case for case in cases if case not in idle)])

    def _paint(self) -> None:
        self._region.paint((), live.lines(self.view()))
