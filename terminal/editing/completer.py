"""prompt-toolkit's completer over a plain function: text -> (start, completion, note)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from ..clean import one_line
from .recall import Recall

Complete = Callable[[str], Iterable[tuple[int, str, str]]]


class FunctionCompleter(Completer):
    """Completes at the end of what stands before the cursor; while earlier lines are searched, these.

    Total: an exception here would put prompt-toolkit's event loop on the screen.
    """

    def __init__(self, complete: Complete, recall: Recall | None = None) -> None:
        self._complete = complete
        self._recall = recall

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        text = document.text_before_cursor
        if self._recall and self._recall.on:
            for line in self._recall.matches(text):
                yield Completion(line, start_position=-len(text), display=one_line(line))
            return
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
