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

#: Lines for the menu of completions.
MENU = 8

EVER, EMACS, VI = "", "emacs", "vi"
#: What a person needs to know of the keys, for /keys and the README: key, what it does, and which keys of
#: /editing_mode have it.
KEYS = (
    ("Enter", "send", EVER),
    ("Alt-Enter, Ctrl-J", "a new line", EVER),
    ("Tab", "complete; in a menu that is longer than it shows, the next page", EVER),
    ("Right, Ctrl-E", "take the grey suggestion from history", EVER),
    ("Up, Down", "earlier lines", EVER),
    ("Ctrl-R", "search earlier lines: those that hold the words typed; Enter takes one", EVER),
    ("Ctrl-X Ctrl-E", "edit the line in $EDITOR; it comes back to the prompt", EVER),
    ("Ctrl-C", "stop an answer; clear the line", EVER),
    ("1 … 9", "stop one of several answers, while they come", EVER),
    ("Ctrl-L", "clear the window", EVER),
    ("Ctrl-Z", "stop the shell; fg goes on", EVER),
    ("Ctrl-D", "leave", EVER),
    ("Ctrl-A, Ctrl-E", "to the beginning, to the end", EMACS),
    ("Alt-B, Alt-F", "a word back, a word on", EMACS),
    ("Ctrl-W, Ctrl-U, Ctrl-K", "cut a word, what is before the cursor, what is after it", EMACS),
    ("Ctrl-Y", "put back what was cut", EMACS),
    ("Ctrl-_", "undo", EMACS),
    ("Esc", "from typing to commands", VI),
    ("i, a, A, o", "type before the cursor, after it, at the end, in a new line", VI),
    ("w, b, e, 0, $", "by words; to the beginning, to the end", VI),
    ("x, dd, cw, p", "delete a character, the line; change a word; put back", VI),
    ("u, Ctrl-R", "undo, redo (among commands)", VI),
    ("/, n", "search earlier lines (among commands)", VI),
)


def _more_than_a_page() -> bool:
    """Tell whether Tab was pressed before, in a menu that does not show all it has."""
    state = get_app().current_buffer.complete_state
    return state is not None and state.complete_index is not None and len(state.completions) > MENU


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

    @keys.add("tab", filter=Condition(_more_than_a_page))
    def _page(event: KeyPressEvent) -> None:
        state = event.current_buffer.complete_state
        assert state and state.complete_index is not None
        after = state.complete_index - state.complete_index % MENU + MENU
        event.current_buffer.go_to_completion(after if after < len(state.completions) else 0)

    @keys.add("escape", filter=has_completions, eager=True)
    def _close_menu(event: KeyPressEvent) -> None:
        event.current_buffer.cancel_completion()

    return keys
