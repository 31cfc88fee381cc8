"""prompt-toolkit's lexer over a plain function: it colours the name of the command that is typed."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer

Highlight = Callable[[str], tuple[int, str]]


class CommandLexer(Lexer):
    """Colours the command's name, by a function: text -> (its length, style class)."""

    def __init__(self, highlight: Highlight) -> None:
        self._highlight = highlight

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        lines = document.lines
        length, style = self._highlight(document.text)

        def get_line(number: int) -> StyleAndTextTuples:
            line = lines[number] if number < len(lines) else ""
            return (
                [(f"class:{style}", line[:length]), ("", line[length:])]
                if number == 0 and length
                else [("", line)]
            )

        return get_line
