"""A text with what is gone and what is new in it, as lines of the window: colours tell, or signs do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from ..cells import get_cwidth
from ..clean import clean
from .pieces import BREAK, Styled

#: What stands around a piece that is gone, new or as it was: as git's word diff has it, in words for a screen
#: reader, or nothing where colours tell.
STROKES = {"-": ("[-", "-]"), "+": ("{+", "+}"), "": ("", "")}
WORDS = {"-": ("[gone: ", "]"), "+": ("[new: ", "]"), "": ("", "")}
BARE = dict.fromkeys(("-", "+", ""), ("", ""))


def lines(pieces: Sequence[Styled], width: int, strokes: Mapping[str, tuple[str, str]]) -> Iterator[Styled]:
    """Give the pieces with the line breaks that `width` columns want."""
    column = 0
    for text, style in pieces:
        before, after = strokes[style]
        for word in re.findall(r"\n|[^\S\n]+|\S+", before + clean(text) + after):
            wide = get_cwidth(word)
            if word == "\n" or (column and column + wide > width):
                yield BREAK
                column = 0
                if word.isspace():
                    continue
            yield word, style
            column += wide
