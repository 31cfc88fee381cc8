"""One answer on the screen: its text as it arrives, and one line about it when it is over.

Append-only: what is printed is never touched again. Several choices are shown one after the
other, each under its number; the one on the screen streams, the others wait their turn.
"""

from __future__ import annotations

from chat.events import (
    Event,
    Finished,
    Notice,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    Waiting,
)
from chat.turn import COMPLETE, INTERRUPTED, Turn
from chat.usage import money

from .clean import Cleaner, one_line
from .streams import Terminal, is_tty
from .wrap import Wrapper

DIM, YELLOW, RED, CYAN, BOLD, RESET = "\x1b[2m", "\x1b[33m", "\x1b[31m", "\x1b[36m", "\x1b[1m", "\x1b[0m"


class Writer:
    """Styled text to one stream. Knows whether the line is open, so that nothing is glued on."""

    def __init__(self, terminal: Terminal, aside: bool = False) -> None:
        self.stream = terminal.notices if aside else terminal.stdout
        self.styled = terminal.colour(self.stream)
        self.open = False

    def write(self, text: str, style: str = "") -> None:
        if not text:
            return
        self.open = not text.endswith("\n")  # first: Ctrl-C may come between the two
        self.stream.write(f"{style}{text}{RESET}" if style and self.styled else text)
        self.stream.flush()

    def line(self, text: str, style: str = "") -> None:
        self.end()
        self.write(text, style)
        self.write("\n")

    def end(self) -> None:
        """End the line that is open, if one is."""
        if self.open:
            self.write("\n")


class StreamedAnswer:
    """Shows the events of one turn."""

    def __init__(self, terminal: Terminal, choices: int) -> None:
        self._answer = Writer(terminal)
        same = terminal.notices is terminal.stdout
        self._aside = self._answer if same else Writer(terminal, aside=True)
        self._several = choices > 1
        self._shown = -1
        self._waiting: dict[int, list[tuple[str, str]]] = {}
        self._ended: set[int] = set()
        self._reasoned = False
        self._cleaners: dict[int, Cleaner] = {}
        self._wrapper = Wrapper(lambda: terminal.size()[0]) if self._answer.styled else None
        self._counting = False
        self._heads: dict[int, str] = {}

    def feed(self, event: Event) -> None:
        if isinstance(event, Text):
            self._piece(event.index, self._cleaned(event.index, event.text), "")
        elif isinstance(event, Reasoning):
            self._piece(event.index, self._cleaned(event.index, event.text), DIM)
        elif isinstance(event, Refusal):
            self._piece(event.index, self._cleaned(event.index, event.text), YELLOW)
        elif isinstance(event, ToolCall):
            name = one_line(event.name)
            self._piece(event.index, f"\n[calls {name}] " if name else "", CYAN)
            self._piece(event.index, self._cleaned(event.index, event.arguments), CYAN)
        elif isinstance(event, Finished):
            self._ended.add(event.index)
            self._go_on()
        elif isinstance(event, Waiting):
            self._countdown(event)
        elif isinstance(event, Notice):
            self._aside.line(one_line(event.text), YELLOW)

    def head(self, index: int, about: str) -> None:
        """What stands beside the number of a choice when it is shown."""
        self._heads[index] = f" {about}"

    def _cleaned(self, index: int, text: str) -> str:
        return self._cleaners.setdefault(index, Cleaner()).feed(text)

    def _piece(self, index: int, text: str, style: str) -> None:
        if not self._several:
            self._print(text, style)
            return
        if text:
            self._waiting.setdefault(index, []).append((text, style))
        if self._shown < 0 and index == 0:
            self._show(0)
        elif index == self._shown:
            self._flush(index)
        else:
            self._go_on()

    def _print(self, text: str, style: str) -> None:
        writer = self._aside if style == DIM else self._answer
        if style == DIM:
            self._reasoned = True
        elif self._reasoned and text:
            self._reasoned = False
            self._aside.end()
            self._aside.write("\n")
        writer.write(self._wrapper.feed(text) if self._wrapper else text, style)

    def _flush(self, index: int) -> None:
        for text, style in self._waiting.pop(index, []):
            self._print(text, style)

    def _show(self, index: int) -> None:
        self._shown = index
        self._answer.end()
        self._answer.write(f"[{index + 1}]", BOLD)
        self._answer.write(self._heads.get(index, ""), DIM)
        self._answer.end()
        if self._wrapper:
            self._wrapper.feed("\n")
        self._flush(index)

    def _go_on(self) -> None:
        """The choice on the screen has ended: the next one that has begun takes its place."""
        while self._several and self._shown in self._ended:
            if self._shown + 1 not in {*self._waiting, *self._ended}:
                return
            self._show(self._shown + 1)

    def _countdown(self, event: Waiting) -> None:
        left = f"{one_line(event.why)}; trying again in {event.seconds:.0f} s, Ctrl-C stops"
        if not is_tty(self._aside.stream):
            if not self._counting:
                self._aside.line(left)
        else:
            columns = max(20, self._columns())
            self._aside.stream.write("\r\x1b[K" + (left[: columns - 1] if event.seconds else ""))
            self._aside.stream.flush()
        self._counting = event.seconds > 0

    def _columns(self) -> int:
        import shutil

        return shutil.get_terminal_size().columns

    def close(self, turn: Turn) -> None:
        """What is left to show, and the line about the turn."""
        if self._counting and is_tty(self._aside.stream):
            self._aside.stream.write("\r\x1b[K")
        for index, cleaner in self._cleaners.items():
            self._piece(index, cleaner.flush(), "")
        for index in sorted(self._waiting):
            if index != self._shown:
                self._show(index)
            self._flush(index)
        self._answer.end()
        self._aside.end()
        if turn.ended == INTERRUPTED:
            self._aside.line("interrupted" + ("; what arrived is kept" if turn.answered else ""), YELLOW)
        elif turn.ended == COMPLETE and not any(c.text or c.tool_calls or c.refusal for c in turn.choices):
            self._aside.line("the answer is empty", YELLOW)
        if turn.usage:
            self._aside.line(summary(turn), DIM)
        if any(choice.finish_reason == "length" for choice in turn.choices):
            self._aside.line("cut off at the limit of tokens (finish reason length)", YELLOW)


def summary(turn: Turn) -> str:
    """One line about a turn: tokens in and out, time to the first, speed, finish reason, cost."""
    used = turn.usage
    parts: list[str] = []
    if used:
        mark = "≈" if used.estimated else ""
        cached = f" ({used.cached} cached)" if used.cached else ""
        reasoning = f" ({used.reasoning} reasoning)" if used.reasoning else ""
        parts.append(f"{mark}{used.prompt} in{cached}, {mark}{used.completion} out{reasoning}")
    if turn.first_token is not None:
        parts.append(f"first token {turn.first_token:.2f} s")
    if turn.speed:
        parts.append(f"{turn.speed:.0f} tok/s")
    reasons = "/".join(dict.fromkeys(one_line(c.finish_reason) for c in turn.choices if c.finish_reason))
    parts.append(reasons or turn.ended)
    if used:
        mark = "≈" if used.estimated and turn.cost else ""
        parts.append("cost unknown" if turn.cost is None else mark + money(turn.cost))
    return " · ".join(parts)
