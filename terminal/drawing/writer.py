"""Write text as it comes, to a terminal or a pipe. What was written is never touched again."""

from __future__ import annotations

from ..spoken import worded
from ..streams import Terminal
from .styles import coloured


class Writer:
    """Writes styled text to one stream. Knows whether the line is open, so that nothing is glued on."""

    def __init__(self, terminal: Terminal, aside: bool = False) -> None:
        self.stream = terminal.notices if aside else terminal.stdout
        self._terminal = terminal
        self.open = False

    @property
    def styled(self) -> bool:
        return self._terminal.colour(self.stream)

    def write(self, text: str, style: str = "") -> None:
        """Write a text in the style of a role."""
        if not text:
            return
        self.open = not text.endswith("\n")  # first: Ctrl-C may come between the two
        self.stream.write(coloured(text, style) if self.styled else text)
        self.stream.flush()

    def line(self, text: str, style: str = "") -> None:
        self.end()
        self.write(text, style)
        self.write("\n")

    def told(self, text: str, style: str = "") -> None:
        """Write a line of the shell's own: in words where a screen reader reads it."""
        self.line(worded(text) if self._terminal.accessible else text, style)

    def end(self) -> None:
        """End the open line, if there is one."""
        if self.open:
            self.write("\n")
