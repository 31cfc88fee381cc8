"""What commands need of a screen. The terminal, the plain one and the tests' recorder have it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypedDict

from chat.base.tables import Column, Row
from chat.conversation.turn import Answer, Consumer
from chat.lab.chart import Chart
from chat.lab.runner import Display


class AnswerDisplay(Consumer, Protocol):
    """What shows one turn while it happens, and sums it up when it is over."""

    def close(self, answer: Answer) -> None: ...


class Manner(TypedDict):
    """How answers are drawn. `plain`: as they were written, not as Markdown; `fold`: reasoning is
    counted, not shown."""

    plain: bool
    fold: bool


class Together(Display, Protocol):
    """What shows several answers while they come: one a cell, from 0."""

    def close(self) -> None:
        """All are over."""


class Screen(Protocol):
    """Text goes in as it is; what can't be shown safely is made visible by the screen.

    Where it is not interactive, `choose`, `confirm` and `ask` answer None, False and None.
    """

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked."""

    def say(self, text: str, dim: bool = False) -> None:
        """Something worth knowing."""

    def warn(self, text: str, hint: str = "") -> None:
        """Something to look at; the shell goes on."""

    def fail(self, text: str, hint: str = "") -> None:
        """What was asked for did not happen, and why."""

    def table(self, columns: Sequence[Column], rows: Sequence[Row], title: str = "") -> None:
        """Rows of values, as their columns show them."""

    def pieces(self, pieces: Sequence[tuple[str, str]]) -> None:
        """A text in pieces, each in a style: "a" and "b" take turns, "0" (unsure) to "4" (sure)
        shade. Where there is no colour, strokes part the pieces."""

    def changes(self, pieces: Sequence[tuple[str, str]]) -> None:
        """Two texts in one, in pieces: "-" is gone, "+" new, "" as it was."""

    def keys(self) -> None:
        """A table of what the keys do here."""

    def pages(self, parts: Sequence[tuple[str, str, bool]], as_is: bool = False) -> None:
        """Parts of (head, text, whether it is to be drawn as Markdown), through the person's pager
        where they do not fit. `as_is`: lines are not broken between words."""

    def show(self, text: str, drawing: bool = False) -> None:
        """Text as it is, its lines not broken; those of a `drawing` are cut where the window ends."""

    def copy(self, text: str) -> str:
        """Put text on the clipboard; how, as far as that is worth saying. Raises TemperaError."""

    def choose(self, question: str, options: Sequence[str]) -> int | None:
        """Give the index of the option picked, by its number, its name or the beginning of it; None for
        none."""

    def confirm(self, question: str) -> bool:
        """Yes or no; no where nobody answers."""

    def ask(self, question: str, hidden: bool = False) -> str | None:
        """Give a line, or None; `hidden` keeps what is typed off the screen."""

    def edit(self, text: str) -> str | None:
        """Give the text as the person leaves it in their editor; None where it was not saved, or emptied."""

    def edit_file(self, path: str, line: int) -> bool:
        """Open a file in the person's editor, at a line; whether the editor ended well."""

    def run(self, command: Sequence[str]) -> int:
        """Run a program of ours in the open, the terminal its own; its exit status."""

    def answer(
        self, choices: int, streamed: bool, *, plain: bool = False, fold: bool = False
    ) -> AnswerDisplay:
        """Give what is to show the next turn. `plain`: as it was written, not as Markdown; `fold`:
        reasoning is counted, not shown."""

    def together(
        self,
        labels: Sequence[str],
        stop: Callable[[int], None],
        *,
        plain: bool = False,
        fold: bool = False,
        blind: bool = False,
    ) -> Together:
        """Give what is to show several answers at once, each under its label. `stop` is called, from
        another thread, with the one that a person wants to end; `blind`: nothing betrays who answers."""

    def progress(self, labels: Sequence[str], cells: Sequence[int]) -> Together:
        """Give what is to show how far many requests are: `cells` of all that have labels."""

    def plot(self, charts: Sequence[Chart]) -> None:
        """Charts, the most telling first: as many as there is room for."""
