"""One answer on the screen: its text as it arrives, and one line about it when it is over.

On a terminal it is painted (`painted`), elsewhere written as it comes. Several choices are shown
one after the other, each under its number; the one on the screen streams, the others wait.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from chat.base.manner import USUAL, Manner
from chat.conversation.events import CALL, REASONING, TEXT, Event, Finished, Notice, Piece, Waiting
from chat.conversation.turn import Answer

from ..clean import Cleaner, one_line
from ..streams import Terminal, is_tty
from .notify import Long
from .painted import Painted
from .raw import wrapped
from .remarks import remarks, spelt, waiting
from .styles import BOLD, STYLE_OF, WARNING
from .writer import Writer


class Page(Protocol):
    """Where the pieces of an answer go."""

    def text(self, kind: str, text: str) -> None:
        """Show a piece of text. Another kind of text begins a new section."""

    def line(self, text: str, style: str = "") -> None:
        """Show a line of its own."""

    def saying(self, text: str) -> None:
        """Say what is being waited for; "" clears it."""

    def aside(self, write: Callable[[], None]) -> None:
        """Let something that is not part of the answer be written inside this block."""

    def end(self) -> None:
        """End: nothing more comes."""


class Written:
    """Pieces of an answer as they come, for files, pipes and terminals that can't paint."""

    def __init__(self, answer: Writer, aside: Writer, calls_aside: bool = False) -> None:
        self._answer = answer
        self._aside = aside
        self._besides = (REASONING, CALL) if calls_aside else (REASONING,)
        self._kind = ""
        self._said = False

    def text(self, kind: str, text: str) -> None:
        if kind != self._kind:
            if self._kind:
                self._writer.end()
                self._writer.write("\n")
            self._kind = kind
        self._writer.write(text, STYLE_OF.get(kind, ""))

    @property
    def _writer(self) -> Writer:
        """Return where to write now. Reasoning is not the answer, so it goes aside; so do calls of tools that
        run."""
        return self._aside if self._kind in self._besides else self._answer

    def line(self, text: str, style: str = "") -> None:
        self._answer.line(text, style)

    def saying(self, text: str) -> None:
        if text and not self._said:
            self._aside.line(text)
        self._said = bool(text)

    def aside(self, write: Callable[[], None]) -> None:
        write()

    def end(self) -> None:
        self._writer.end()


class Spoken(Written):
    """The same for a screen reader: whole lines, which for Markdown are paragraphs. A voice that gets
    pieces of words reads pieces of words."""

    def __init__(self, answer: Writer, aside: Writer, calls_aside: bool = False) -> None:
        super().__init__(answer, aside, calls_aside)
        self._held = self._held_kind = ""

    def text(self, kind: str, text: str) -> None:
        if kind != self._held_kind:
            self._give()
        done, newline, self._held = (self._held + text).rpartition("\n")
        self._held_kind = kind
        if newline:
            super().text(kind, done + newline)

    def _give(self) -> None:
        held, self._held = self._held, ""
        if held:
            super().text(self._held_kind, held)

    def line(self, text: str, style: str = "") -> None:
        self._give()
        super().line(text, style)

    def end(self) -> None:
        self._give()
        super().end()


class StreamedAnswer:
    """Shows the events of one turn."""

    def __init__(
        self, terminal: Terminal, choices: int, manner: Manner = USUAL, page: Page | None = None
    ) -> None:
        self._terminal = terminal
        writer = Writer(terminal)
        same = terminal.notices is terminal.stdout
        self._aside = writer if same else Writer(terminal, aside=True)
        if page is None and terminal.paints:
            page = Painted(terminal, manner)
        written = Spoken if terminal.accessible else Written
        self._page: Page = page or written(writer, self._aside, terminal.runs_tools)
        self._several = choices > 1
        self._long = Long(terminal)
        self._shown = -1
        self._waiting: dict[int, list[tuple[str, str]]] = {}
        self._ended: set[int] = set()
        self._cleaners: dict[int, Cleaner] = {}
        self._begun: set[tuple[int, str]] = set()

    def feed(self, event: Event) -> None:
        if isinstance(event, Piece):
            self._piece(event)
        elif isinstance(event, Finished):
            self._ended.add(event.index)
            self._go_on()
        elif isinstance(event, Waiting):
            self._page.saying(waiting(event))
        elif isinstance(event, Notice):
            text = one_line(event.text)
            self._page.aside(lambda: self._say(text, WARNING))

    def _piece(self, piece: Piece) -> None:
        index, kind = piece.index, piece.kind
        text = self._cleaners.setdefault(index, Cleaner()).feed(spelt(piece, self._begun))
        if not text:
            return
        self._begun.add((index, kind))
        if not self._several:
            self._page.text(kind, text)
            return
        self._waiting.setdefault(index, []).append((kind, text))
        if self._shown < 0 and index == 0:
            self._show(0)
        elif index == self._shown:
            self._flush(index)
        else:
            self._go_on()

    def _flush(self, index: int) -> None:
        for kind, text in self._waiting.pop(index, []):
            self._page.text(kind, text)

    def _show(self, index: int) -> None:
        self._shown = index
        self._page.line(f"[{index + 1}]", BOLD)
        self._flush(index)

    def _go_on(self) -> None:
        """Go on with the next choice that has begun, once the choice on the screen has ended."""
        while self._several and self._shown in self._ended:
            if self._shown + 1 not in {*self._waiting, *self._ended}:
                return
            self._show(self._shown + 1)

    def close(self, answer: Answer) -> None:
        """Show what is left, and the line about the turn."""
        for index, cleaner in self._cleaners.items():
            held = cleaner.flush()
            if held:
                self._waiting.setdefault(index, []).append((TEXT, held))
        for index in sorted(self._waiting):
            if self._several and index != self._shown:
                self._show(index)
            self._flush(index)
        self._page.end()
        self._aside.end()
        for text, style in remarks(answer):
            self._say(text, style)
        self._long.over("the answer is there")

    def _say(self, text: str, style: str) -> None:
        """Say a line that is not part of the answer. It is broken between words where the window ends."""
        if is_tty(self._aside.stream):
            text = "\n".join(wrapped(text, self._terminal.size()[0]))
        self._aside.told(text, style)
