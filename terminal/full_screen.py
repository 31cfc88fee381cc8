"""The frame of what takes the whole window: prompt-toolkit's Application, with named keys, a mouse, and a
picture of lines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.key_processor import KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, Layout, Window
from prompt_toolkit.mouse_events import MouseEvent
from prompt_toolkit.styles import Style

from .lines import Line

R = TypeVar("R")

#: Seconds that prompt-toolkit waits after Esc for the rest of a longer key.
_ESCAPE = 0.05
#: Keys by prompt-toolkit's names: those that move and edit, and those that leave whatever is up.
EDITING = tuple("up down left right pageup pagedown home end enter escape backspace".split())
LEAVING = ("c-c", "c-d", "<sigint>")


class FullScreen(ABC, Generic[R]):
    """What is shown until it is left with a result. `names` has the names of keys by prompt-toolkit's; a
    character is its own."""

    def __init__(self, names: Mapping[str, str], style: Style, **streams: Any) -> None:
        self.app: Application[R | None] = Application(
            layout=Layout(Window(_Picture(self), wrap_lines=False, always_hide_cursor=True)),
            key_bindings=self._keys(names),
            style=style,
            include_default_pygments_style=False,
            mouse_support=True,
            full_screen=True,
            **streams,
        )
        self.app.ttimeoutlen = self.app.timeoutlen = _ESCAPE

    def run(self) -> R | None:
        """Show it until it is left. Raises EOFError where the terminal is closed."""
        return self.app.run()

    @abstractmethod
    def lines(self) -> Iterable[Line]:
        """Draw it."""

    @abstractmethod
    def press(self, key: str) -> None:
        """Do what a key says."""

    @abstractmethod
    def paste(self, text: str) -> None:
        """Take a text that was pasted."""

    @abstractmethod
    def point(self, event: MouseEvent) -> None:
        """Do what the mouse says."""

    def fragments(self) -> StyleAndTextTuples:
        """Give what is drawn as prompt-toolkit has it."""
        drawn: StyleAndTextTuples = []
        for number, line in enumerate(self.lines()):
            drawn += [("", "\n")] if number else []
            drawn += line
        return drawn

    def leave(self, result: R | None) -> None:
        """End it, once."""
        if self.app.future and not self.app.future.done():
            self.app.exit(result=result)

    def _keys(self, names: Mapping[str, str]) -> KeyBindings:
        keys = KeyBindings()
        for pressed, name in names.items():
            keys.add(pressed, eager=True)(lambda event, name=name: self.press(name))

        @keys.add(Keys.Any)
        def _typed(event: KeyPressEvent) -> None:
            if len(event.data) == 1:
                self.press(event.data)

        @keys.add(Keys.BracketedPaste)
        def _pasted(event: KeyPressEvent) -> None:
            self.paste(event.data)

        return keys


class _Picture(FormattedTextControl):
    """The picture, which the mouse can click on."""

    def __init__(self, screen: FullScreen[Any]) -> None:
        super().__init__(screen.fragments, focusable=True, show_cursor=False)
        self._screen = screen

    def mouse_handler(self, mouse_event: MouseEvent) -> None:
        self._screen.point(mouse_event)
