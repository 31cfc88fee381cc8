"""What commands need of a screen. The terminal, the plain one and the tests' recorder have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from chat.base.manner import USUAL, Manner
from chat.base.tables import TableColumn, TableRow
from chat.conversation.folding import Consumer
from chat.conversation.turn import Answer
from chat.lab.runner import Display
from chat.media.medium import Medium

if TYPE_CHECKING:  # a run that only answers needs none of it
    from chat.evaluation.browsing import RunResults, Wanted
    from chat.evaluation.results import EvalRun, Sample
    from chat.evaluation.states import States
    from chat.lab.chart import Picture
    from chat.lab.live import Source


class AnswerDisplay(Consumer, Protocol):
    """Shows one turn while it happens, and sums it up when it is over."""

    def close(self, answer: Answer) -> None: ...


class CellsDisplay(Display, Protocol):
    """What shows several answers while they come: one a cell, from 0."""

    def close(self) -> None:
        """Close the display: all answers are over."""


class EvalDisplay(Protocol):
    """Shows the run of an evaluation while it is under way. It may be called from several threads."""

    def begin(self, run: EvalRun, states: States, spent: float | None = 0.0) -> None:
        """Begin with what is there already: a byte for each sample, by `chat.evaluation.states`, and what
        these have cost, None where that is not known."""

    def sample(self, sample: Sample) -> None:
        """Take the new state of a sample. It is stored by then."""

    def pace(self, under_way: int, limit: int, waiting: str = "") -> None:
        """Take note how many requests are under way, of how many at most, and what is waited for, as a
        sentence; "" when that is over."""

    def tell(self, text: str) -> None:
        """Say something worth knowing, once; it stays."""

    def close(self) -> None:
        """Close the display: the run is over, or has stopped."""


class Screen(Protocol):
    """Text goes in as it is; what can't be shown safely is made visible by the screen.

    Where it is not interactive, `choose`, `confirm` and `ask` answer None, False and None; in a script
    that is a mistake of the script's, and they and editors raise BadInput, which says what answers.
    `failure` is the first that failed, and the hint, since it was made None; `place` is where a script
    is, and stands before what fails.
    """

    failure: tuple[str, str] | None
    place: str

    @property
    def interactive(self) -> bool:
        """Tell whether a person can be asked."""

    @property
    def scripted(self) -> bool:
        """Whether a script types, and nobody is asked."""

    def say(self, text: str, dim: bool = False) -> None:
        """Say something worth knowing."""

    def warn(self, text: str, hint: str = "") -> None:
        """Warn of something. The shell goes on."""

    def fail(self, text: str, hint: str = "") -> None:
        """Report that something did not happen, and why."""

    def table(self, columns: Sequence[TableColumn], rows: Sequence[TableRow], title: str = "") -> None:
        """Show rows of values, as their columns say."""

    def pieces(self, pieces: Sequence[tuple[str, str]]) -> None:
        """Show a text in pieces, each in a style: "a" and "b" take turns, "0" (unsure) to "4" (sure) shade.
        Without colour, strokes separate the pieces."""

    def changes(self, pieces: Sequence[tuple[str, str]]) -> None:
        """Show the changes between two texts, in pieces: "-" is gone, "+" is new, "" is unchanged."""

    def keys(self) -> None:
        """Show a table of the keys and what they do."""

    def pages(self, parts: Sequence[tuple[str, str, bool]], as_is: bool = False) -> None:
        """Show parts of (head, text, whether to draw it as Markdown), through the person's pager if they do
        not fit. `as_is`: lines are not broken between words."""

    def redraw(self, parts: Sequence[tuple[str, str, bool]]) -> None:
        """Clear the window, and show such parts in it as it is now."""

    def show(self, text: str, drawing: bool = False) -> None:
        """Show a text as it is, without breaking its lines. Those of a `drawing` are cut where the window
        ends."""

    def copy(self, text: str) -> str:
        """Put text on the clipboard. Return a remark on how that was done, or "". Raises TemperaError."""

    def picture(self, medium: Medium) -> None:
        """A picture, small, where the terminal can draw one; nothing elsewhere. Raises TemperaError."""

    def pasted_picture(self) -> bytes:
        """Give the picture on the clipboard, as PNG. Raises TemperaError."""

    def play(self, path: Path) -> str:
        """Play a sound to its end, and give the name of the program that did. Raises TemperaError."""

    def choose(self, question: str, options: Sequence[str]) -> int | None:
        """Return the index of the picked option, picked by its number, its name or the beginning of it.
        None is none."""

    def confirm(self, question: str) -> bool:
        """Ask a question to be answered yes or no. Return False if nobody answers."""

    def ask(self, question: str, hidden: bool = False) -> str | None:
        """Ask for a line. Return None if there is none. `hidden` keeps it off the screen."""

    def edit(self, text: str) -> str | None:
        """Give the text as the person leaves it in their editor; None where it was not saved, or emptied."""

    def edit_file(self, path: str, line: int) -> bool:
        """Open a file in the person's editor, at a line; whether the editor ended well."""

    def run(self, command: Sequence[str]) -> int:
        """Run a program of ours in the open, the terminal its own; its exit status."""

    def answer(self, choices: int, streamed: bool, manner: Manner = USUAL) -> AnswerDisplay:
        """Open a display for the next turn."""

    def together(
        self,
        labels: Sequence[str],
        stop: Callable[[int], None],
        manner: Manner = USUAL,
        blind: bool = False,
    ) -> CellsDisplay:
        """Open a display for several answers at once, each under its label. `stop` is called, from another
        thread, with the number of one that the person wants to end. `blind`: nothing may betray who
        answers."""

    def progress(self, labels: Sequence[str], cells: Sequence[int]) -> CellsDisplay:
        """Open a display for the progress of many requests: `cells` of all that have labels."""

    def dials(self, source: Source) -> Mapping[str, Any] | None:
        """Show the panel of /dials over the whole window, until the person leaves it. Give the values that
        are kept, by the names of parameters; None where they are dropped. Raises TemperaError where there
        is no such screen."""

    def evaluation(self) -> EvalDisplay:
        """Open a display for the run of an evaluation."""

    def browse(self, results: RunResults) -> Wanted | None:
        """Show the results of a run over the whole window, until the person leaves it. Give what they want
        done elsewhere, after which they may come back to `results.at`; None where they have left. Raises
        TemperaError where there is no such screen."""

    def plot(self, pictures: Sequence[Picture]) -> None:
        """Draw pictures, the most telling first: of charts as many as there is room for."""
