"""prompt-toolkit's completer over a plain function: text -> (start, completion, note)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from ..clean import one_line

Complete = Callable[[str], Iterable[tuple[int, str, str]]]


class FunctionCompleter(Completer):
    """Completes at the end of what stands before the cursor.

    Total: an exception here would put prompt-toolkit's event loop on the screen.
    """

    def __init__(self, complete: Complete) -> None:
        self._complete = complete

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        text = document.text_before_cursor
        try:
            found = list(self._complete(text))
        except Exception:
            return
        for start, replacement, note in found:
            yield Completion(
                replacement,
                start_position=start - len(text),
                display=one_line(replacement),
                display_meta=one_line(note),
            )
