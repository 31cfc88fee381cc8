"""Keep texts that wait to stand in the prompt: those typed before it was up, and those that failed."""

from __future__ import annotations

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document


class Standing:
    """Holds the texts, and gives one after the other; none is put together with another.

    A text that came back stands in the prompt to be changed and sent again. Who types a command
    while it stands there as it came back means the command: the text is put aside, and comes back
    after it.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._back: Document | None = None  # a text that came back, as it stood at first

    def begin(self, ahead: str, back: str) -> str:
        """Return the text for the next prompt: first what was typed ahead, since typing may go on; then
        what came back, and what waited already."""
        self.texts = [text for text in (ahead, back, *self.texts) if text]
        text = self.next()
        if ahead:
            self._back = None
        return text

    def next(self) -> str:
        """Return the next text, or "" if none waits."""
        text = self.texts.pop(0) if self.texts else ""
        self._back = Document(text) if text else None
        return text

    def untouched(self, buffer: Buffer) -> bool:
        """Tell whether a text that came back stands there as it did at first."""
        return self._back is not None and buffer.document == self._back

    def aside(self, buffer: Buffer) -> None:
        """Make room for a command."""
        self.texts.insert(0, buffer.text)
        self._back = None
        buffer.reset()
