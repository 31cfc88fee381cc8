"""One of several, picked by its number, its name, the beginning of it, or the arrow keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.key_processor import KeyPressEvent
from prompt_toolkit.styles import Style

from ..choices import matching, numbered
from ..drawing import styles

_PLAIN = Style.from_dict({"picked": "reverse"})


def pick(question: str, options: Sequence[str], colour: bool = True, **streams: Any) -> str:
    """Show the options above a line on which one is picked. Return what stands on the line when Enter is
    pressed. The arrow keys put the numbers there. Raises EOFError and KeyboardInterrupt as a prompt
    does."""
    keys = KeyBindings()
    asking: PromptSession[str] = PromptSession(
        lambda: _drawn(question, options, asking.default_buffer.text),
        key_bindings=keys,
        style=Style.from_dict(styles.prompt_rules()) if colour else _PLAIN,
        include_default_pygments_style=False,
        **streams,
    )

    def move(step: int) -> None:
        buffer = asking.default_buffer
        found = matching(buffer.text, options)
        at = found[0] + step if len(found) == 1 else (found or [0 if step > 0 else -1])[0]
        buffer.text = str(at % len(options) + 1)
        buffer.cursor_position = len(buffer.text)

    @keys.add("down")
    @keys.add("c-n")
    @keys.add("tab")
    def _down(event: KeyPressEvent) -> None:
        move(1)

    @keys.add("up")
    @keys.add("c-p")
    @keys.add("s-tab")
    def _up(event: KeyPressEvent) -> None:
        move(-1)

    return asking.prompt()


def _drawn(question: str, options: Sequence[str], typed: str) -> StyleAndTextTuples:
    """Draw the question and the options. Those that the line means so far stand out."""
    found = matching(typed, options)
    drawn: StyleAndTextTuples = []
    for place, option in enumerate(options):
        style = (
            ""
            if not found
            else "class:picked"
            if [place] == found
            else ""
            if place in found
            else "class:other"
        )
        drawn += [(style, numbered(place, option)), ("", "\n")]
    return [*drawn, ("", question)]
