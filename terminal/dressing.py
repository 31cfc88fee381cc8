"""Ask the terminal for its background once the prompt is up, and dress the prompt and what is drawn."""

from __future__ import annotations

import contextlib
import os
import select
import time
from typing import TYPE_CHECKING

from .asked import question
from .streams import Terminal

if TYPE_CHECKING:
    from prompt_toolkit.application import Application


#: Seconds in which terminals reply, and after which none is waited for.
_SOON, _LATE = 0.1, 1.0


class Dressing:
    """The theme of one shell: of its prompt and of all that it draws."""

    def __init__(self, terminal: Terminal, prompt: Application[str]) -> None:
        self._terminal = terminal
        self._prompt = prompt
        self._asked: float | None = None
        self._questions = [question(terminal.environ)] if terminal.paints else []
        if self._questions:
            terminal.replies.listen(prompt.input)
            terminal.replies.told = self.dress
            # it stays: a handler that takes itself away makes its event leave out the next one
            prompt.after_render += self._ask

    def _ask(self, _: object) -> None:
        if self._questions:
            self._terminal.stdout.write(self._questions.pop())
            self._terminal.stdout.flush()
            self._asked = time.monotonic()

    def leave(self) -> None:
        """Take in a reply that no prompt has read, for a shell that ends at once: else it would be typed into
        what the person does next. Wait for it no longer than replies take."""
        if self._asked is None or self._terminal.replies.background is not None:
            return
        since = time.monotonic() - self._asked
        with contextlib.suppress(OSError, ValueError, NotImplementedError):
            source = self._prompt.input.fileno()
            if since < _LATE and select.select([source], [], [], max(0.0, _SOON - since))[0]:
                self._terminal.replies.typed(os.read(source, 1024).decode("utf-8", "replace"))

    def dress(self) -> None:
        """Draw from now on in the theme that is preferred, or that goes with what the terminal told."""
        if not self._terminal.colour(self._terminal.stdout):
            return
        from prompt_toolkit.styles import Style

        from .drawing import styles

        before = styles.worn()
        styles.dress(self._terminal)
        if styles.worn() != before:
            self._prompt.style = Style.from_dict(styles.prompt_rules())
            self._prompt.invalidate()
