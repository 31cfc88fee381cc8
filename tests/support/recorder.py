"""A screen that writes down what it is told, and answers questions as a test says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chat.base.errors import TemperaError
from chat.base.manner import USUAL, Manner
from chat.base.tables import Cell, TableColumn, TableRow
from chat.conversation.events import Event
from chat.conversation.turn import Answer
from chat.evaluation.browsing import RunResults, Wanted
from chat.evaluation.results import EvalRun, Sample
from chat.evaluation.states import States
from chat.lab.chart import Picture
from chat.lab.live import Source
from chat.media.medium import Medium


@dataclass
class RecordedAnswer:
    """What an answer was fed, and what it was closed with."""

    events: list[Event] = field(default_factory=list)
    came: Answer | None = None

    def feed(self, event: Event) -> None:
        self.events.append(event)

    def close(self, answer: Answer) -> None:
        self.came = answer


@dataclass
class RecordedTogether:
    """What a comparison was fed, and its answers."""

    labels: Sequence[str]
    stop: Callable[[int], None]
    blind: bool
    events: list[tuple[int, Event]] = field(default_factory=list)
    came: dict[int, Answer] = field(default_factory=dict)
    closed: bool = False

    def feed(self, cell: int, event: Event) -> None:
        self.events.append((cell, event))

    def done(self, cell: int, answer: Answer) -> None:
        self.came[cell] = answer

    def close(self) -> None:
        self.closed = True


@dataclass
class RecordedRun:
    """What the display of an evaluation was told."""

    run: EvalRun | None = None
    states: bytes = b""
    spent: float | None = None
    samples: list[Sample] = field(default_factory=list)
    paces: list[tuple[int, int, str]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    closed: bool = False

    def begin(self, run: EvalRun, states: States, spent: float | None = 0.0) -> None:
        self.run, self.states, self.spent = run, bytes(states), spent

    def sample(self, sample: Sample) -> None:
        self.samples.append(sample)

    def pace(self, under_way: int, limit: int, waiting: str = "") -> None:
        self.paces.append((under_way, limit, waiting))

    def tell(self, text: str) -> None:
        self.told.append(text)

    def close(self) -> None:
        self.closed = True


def _marked(cell: Cell) -> str:
    """A cell with its marked pieces between stars."""
    return cell if isinstance(cell, str) else "".join(f"*{text}*" if hit else text for text, hit in cell)


@dataclass
class RecordingScreen:
    """`answers` are given in order to ask, confirm and choose; no more answers means None."""

    answers: list[object] = field(default_factory=list)
    interactive: bool = True
    scripted: bool = False
    failure: tuple[str, str] | None = None
    place: str = ""
    said: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    tables: list[tuple[Sequence[str], Sequence[Sequence[str]]]] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    offered: list[Sequence[str]] = field(default_factory=list)
    shown: list[RecordedAnswer] = field(default_factory=list)
    compared: list[RecordedTogether] = field(default_factory=list)
    evaluated: list[RecordedRun] = field(default_factory=list)
    plotted: list[list[Picture]] = field(default_factory=list)
    edited: list[tuple[str, int]] = field(default_factory=list)
    ran: list[Sequence[str]] = field(default_factory=list)
    copied: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    pictures: list[Medium] = field(default_factory=list)
    played: list[Path] = field(default_factory=list)
    clipboard: bytes = b""

    def say(self, text: str, dim: bool = False) -> None:
        self.said.append(text)

    def warn(self, text: str, hint: str = "") -> None:
        self.warned.append(text)

    def fail(self, text: str, hint: str = "") -> None:
        self.failure = self.failure or (text, hint)
        placed = f"{self.place}: {text}" if self.place else text
        self.failed.append(placed if not hint else f"{placed} ({hint})")

    def table(self, columns: Sequence[TableColumn], rows: Sequence[TableRow], title: str = "") -> None:
        names = tuple(column.name for column in columns)
        cells = [tuple(_marked(c.cell(value)) for c, value in zip(columns, row, strict=True)) for row in rows]
        self.tables.append((names, cells))

    def pieces(self, pieces: Sequence[tuple[str, str]]) -> None:
        self.said.append("|".join(text for text, _ in pieces))

    def changes(self, pieces: Sequence[tuple[str, str]]) -> None:
        self.said.append("".join({"-": f"[-{t}-]", "+": f"{{+{t}+}}", "": t}[style] for t, style in pieces))

    def keys(self) -> None:
        self.said.append("keys")

    def pages(self, parts: Sequence[tuple[str, str, bool]], as_is: bool = False) -> None:
        self.said.append("\n\n".join(f"[{head}]\n{body}" for head, body, _ in parts))

    def redraw(self, parts: Sequence[tuple[str, str, bool]]) -> None:
        self.said.append("cleared")
        self.pages(parts)

    def show(self, text: str, drawing: bool = False) -> None:
        self.raw.append(text)

    def copy(self, text: str) -> str:
        self.copied.append(text)
        return ""

    def picture(self, medium: Medium) -> None:
        self.pictures.append(medium)

    def pasted_picture(self) -> bytes:
        if not self.clipboard:
            raise TemperaError("the clipboard holds no picture")
        return self.clipboard

    def play(self, path: Path) -> str:
        self.played.append(path)
        return "player"

    def choose(self, question: str, options: Sequence[str]) -> int | None:
        self.questions.append(question)
        self.offered.append(options)
        answer = self._answer()
        return answer if isinstance(answer, int) else None

    def confirm(self, question: str) -> bool:
        self.questions.append(question)
        return self._answer() is True

    def ask(self, question: str, hidden: bool = False) -> str | None:
        self.questions.append(question)
        answer = self._answer()
        return answer if isinstance(answer, str) else None

    def edit(self, text: str) -> str | None:
        answer = self._answer()
        return answer if isinstance(answer, str) else None

    def edit_file(self, path: str, line: int) -> bool:
        self.edited.append((path, line))
        answer = self._answer()
        if callable(answer):
            answer()
        return answer is not None

    def run(self, command: Sequence[str]) -> int:
        self.ran.append(command)
        answer = self._answer()
        return answer if isinstance(answer, int) else 0

    def answer(self, choices: int, streamed: bool, manner: Manner = USUAL) -> RecordedAnswer:
        self.shown.append(RecordedAnswer())
        return self.shown[-1]

    def together(
        self,
        labels: Sequence[str],
        stop: Callable[[int], None],
        manner: Manner = USUAL,
        blind: bool = False,
    ) -> RecordedTogether:
        self.compared.append(RecordedTogether(labels, stop, blind))
        return self.compared[-1]

    def progress(self, labels: Sequence[str], cells: Sequence[int]) -> RecordedTogether:
        self.compared.append(RecordedTogether([labels[cell] for cell in cells], lambda cell: None, False))
        return self.compared[-1]

    def dials(self, source: Source) -> Mapping[str, Any] | None:
        """The next answer is what a person does at the panel: a function of the source."""
        if not self.interactive:
            raise TemperaError("/dials needs a terminal of its own")
        answer = self._answer()
        return answer(source) if callable(answer) else None

    def evaluation(self) -> RecordedRun:
        self.evaluated.append(RecordedRun())
        return self.evaluated[-1]

    def browse(self, results: RunResults) -> Wanted | None:
        """The next answer is what a person does in the browser: a function of the results."""
        if not self.interactive:
            raise TemperaError("this terminal has no full screen")
        answer = self._answer()
        return answer(results) if callable(answer) else None

    def plot(self, pictures: Sequence[Picture]) -> None:
        self.plotted.append(list(pictures))

    def _answer(self) -> object:
        return self.answers.pop(0) if self.answers and self.interactive else None

    @property
    def transcript(self) -> str:
        """All that was said, warned and failed, and all cells of tables, a line each."""
        rows = [" | ".join(row) for _, table in self.tables for row in table]
        return "\n".join([*self.said, *self.warned, *self.failed, *rows])
