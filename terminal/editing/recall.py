"""Search earlier lines: Ctrl-R shows those that hold what is typed, newest first, in the menu below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition, emacs_insert_mode, vi_insert_mode
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.key_binding.key_processor import KeyPressEvent

#: Lines in the menu at most.
_MOST = 200
HINT = " earlier lines by their words · Ctrl-R: the next · Enter takes it · Esc leaves"


def matching(typed: str, lines: Iterable[str]) -> Iterator[str]:
    """Give each line that holds all words of what is typed, once."""
    words = typed.lower().split()
    seen: set[str] = set()
    for line in lines:
        lower = line.lower()
        if line not in seen and all(word in lower for word in words):
            seen.add(line)
            yield line
            if len(seen) == _MOST:
                return


class Recall:
    """Whether earlier lines are searched, and in what text that began."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._before: Document | None = None

    @property
    def on(self) -> bool:
        return self._before is not None

    def matches(self, typed: str) -> Iterator[str]:
        return matching(typed, reversed(self._history.get_strings()))

    def end(self) -> None:
        self._before = None

    def begin(self, buffer: Buffer) -> None:
        """Begin to search, for what is typed already, too."""
        self._before = buffer.document
        buffer.cursor_position = len(buffer.text)
        buffer.start_completion()

    def take(self, buffer: Buffer) -> None:
        """Take the line that is chosen, or else the newest that fits, into the prompt."""
        state = buffer.complete_state
        found = None if state and state.current_completion else next(self.matches(buffer.text), None)
        buffer.complete_state = None
        if found is not None:
            buffer.document = Document(found)
        self.end()

    def drop(self, buffer: Buffer) -> None:
        """Leave, with the text that was there before."""
        before, self._before = self._before, None
        buffer.complete_state = None
        if before is not None:
            buffer.document = before


def bind(keys: KeyBindings, recall: Recall, starting: Callable[[], bool]) -> None:
    """Bind the keys of the search. They come before others while it is on."""
    searching = Condition(lambda: recall.on)
    inserting = (emacs_insert_mode | vi_insert_mode) & Condition(lambda: not starting())

    @keys.add("c-r", filter=inserting)
    def _recall(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if not recall.on:
            recall.begin(buffer)
        elif buffer.complete_state:
            buffer.complete_next()
        else:
            buffer.start_completion()

    @keys.add("enter", filter=searching, eager=True)
    def _take(event: KeyPressEvent) -> None:
        recall.take(event.current_buffer)

    @keys.add("escape", filter=searching, eager=True)
    @keys.add("c-g", filter=searching, eager=True)
    @keys.add("c-c", filter=searching, eager=True)
    def _drop(event: KeyPressEvent) -> None:
        recall.drop(event.current_buffer)

    @keys.add("c-h", filter=searching, eager=True)
    def _less(event: KeyPressEvent) -> None:
        event.current_buffer.delete_before_cursor(1)
        event.current_buffer.start_completion()
