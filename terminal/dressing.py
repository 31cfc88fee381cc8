"""Ask the terminal for its background once the prompt is up, and dress the prompt and what is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .asked import question
from .streams import Terminal

if TYPE_CHECKING:
    from prompt_toolkit.application import Application


class Dressing:
    """The theme of one shell: of its prompt and of all that it draws."""

    def __init__(self, terminal: Terminal, prompt: Application[str]) -> None:
        self._terminal = terminal
        self._prompt = prompt
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
