"""What the keys do at the prompt, beyond prompt-toolkit's own emacs or vi keys."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from prompt_toolkit.application import get_app
from prompt_toolkit.document import Document
from prompt_toolkit.filters import (
    Condition,
    emacs_insert_mode,
    has_completions,
    is_searching,
    vi_insert_mode,
)
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.key_processor import KeyPressEvent
from prompt_toolkit.keys import Keys

from .standing import Standing

#: What a person needs to know of the keys, for /help and the README.
KEYS = (
    ("Enter", "send"),
    ("Alt-Enter, Ctrl-J", "a new line"),
    ("Tab", "complete"),
    ("Right, Ctrl-E", "take the grey suggestion from history"),
    ("Up, Down", "earlier lines"),
    ("Ctrl-R", "search earlier lines"),
    ("Ctrl-X Ctrl-E", "edit the line in $EDITOR; it comes back to the prompt"),
    ("Ctrl-C", "stop an answer; clear the line"),
    ("1 … 9", "stop one of several answers, while they come"),
    ("Ctrl-Z", "stop the shell; fg goes on"),
    ("Ctrl-D", "leave"),
)


def bindings(
    standing: Standing,
    *,
    starting: Callable[[], bool],
    command: Callable[[str], bool],
    echo: Callable[[str], None],
) -> KeyBindings:
    """Bind the keys: Enter sends, Alt-Enter and Ctrl-J make a new line, Ctrl-C clears, Tab completes. A
    command that is typed or pasted over a text that came back takes its place. `starting`: while the shell
    starts, no key loses anything; `command`: tells whether a text is one; `echo`: shows a text on a
    terminal that is not painted."""
    keys = KeyBindings()
    came_back = Condition(lambda: standing.untouched(get_app().current_buffer))

    @keys.add("enter", filter=~is_searching)
    def _send(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @keys.add("escape", "enter", filter=~is_searching)
    @keys.add("c-j", filter=~is_searching)
    def _new_line(event: KeyPressEvent) -> None:
        event.current_buffer.newline()

    @keys.add("c-x", "c-e")
    def _edit(event: KeyPressEvent) -> None:
        event.current_buffer.open_in_editor()  # and not sent: what is sent may cost

    @keys.add("c-c")
    @keys.add(Keys.SIGINT)
    def _clear(event: KeyPressEvent) -> None:
        buffer = event.app.current_buffer
        if event.app.layout.is_searching:
            event.app.layout.focus(event.app.layout.search_target_buffer_control or buffer)
        if starting():
            return
        if buffer.text or standing.texts:
            buffer.reset(Document(standing.next()))
            echo(f"\n> {buffer.text}")
        elif event.app.is_running and not event.app.is_done:  # a second one may come while it ends
            event.app.exit(exception=KeyboardInterrupt())

    @keys.add("/", filter=came_back & (emacs_insert_mode | vi_insert_mode))
    def _command(event: KeyPressEvent) -> None:
        standing.aside(event.current_buffer)
        echo("\n> ")
        event.current_buffer.insert_text("/")

    @keys.add(Keys.BracketedPaste)
    def _paste(event: KeyPressEvent) -> None:
        text = event.data.replace("\r\n", "\n").replace("\r", "\n")
        if came_back() and command(text):
            standing.aside(event.current_buffer)
            echo("\n> ")
        echo(text[:-1])  # the last one is shown as a key is
        event.current_buffer.insert_text(text)

    if hasattr(signal, "SIGTSTP"):

        @keys.add("c-z")
        def _stop(event: KeyPressEvent) -> None:
            os.kill(os.getpid(), signal.SIGTSTP)

    @keys.add("escape", filter=has_completions, eager=True)
    def _close_menu(event: KeyPressEvent) -> None:
        event.current_buffer.cancel_completion()

    return keys
