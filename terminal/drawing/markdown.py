"""Draw Markdown that is still being written as lines: those that are finished, and those of the open block.

Finished lines are given once and never again; together they are what `Renderer` draws from the
whole text, but for one thing: a link whose target is defined further
down (`[text][name]`) stays as it was written. Only complete lines of source decide what is
finished: every block but the last is. An open block that no longer fits the window hands over
its beginning where that is settled: lines of code, items of a list.

Work is bounded by what is open, and done when `lines` is asked, not for every piece.
"""

from __future__ import annotations

import contextlib
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from chat.base.markdown import parser

from .raw import Undrawn
from .render import Renderer

#: A line that may become a list, a rule or the end of code, but read as it is would turn the
#: paragraph above it into a heading, or stand in the code, for a moment.
_UNDECIDED = re.compile(r" {0,3}(-+|=+|`+|~+)[ \t]*\Z")
#: Ends of what pygments' lexers colour only once it is closed.
_CLOSERS = "\n*/\n\"\"\"\n'''\n-->\n`\n\"\n'\n*)\n]]\n#}\n|#\n%}\n?>\n=end\n=cut\n```\n"
#: Characters of one block, or of text that came at once, beyond which nobody reads Markdown and
#: parsing would take seconds.
LARGEST = 400_000


class Markdown:
    """One text. `feed` takes it in pieces, `lines` gives what can be shown of it by now."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._parser = parser()
        self._references: dict[str, object] = {}
        self._pieces: list[str] = []  # not yet looked at
        self._tail = ""  # source of the open block, from its first line on
        self._after = False  # whether rich parts what follows from what was finished
        self._begun = 0  # lines of code of the open block that are finished
        self._number: int | None = None  # of the first item that is left of an open list
        self._part = False  # whether the open block has finished lines
        self._finished: list[str] = []  # not yet given

    def feed(self, text: str) -> None:
        self._pieces.append(text)

    def lines(self, width: int, room: int) -> tuple[list[str], list[str]]:
        """Return (lines that are finished since the last call, all lines of the open block), of at most
        `width` columns. `room`: how many lines can be painted over. Raises Undrawn."""
        with self._undrawn():
            self._finish_blocks(width)
            open_lines = self._open_lines(width, room)
            return self._taken(), open_lines

    def close(self, width: int) -> list[str]:
        """Give the lines that were left, now that the text is over. Raises Undrawn."""
        with self._undrawn():
            self._finish_blocks(width)
            self._finished += self._drawn(self._parsed(self._tail, self._references), width)
            self._tail = ""
            return self._taken()

    @contextlib.contextmanager
    def _undrawn(self) -> Iterator[None]:
        """Hand the text over as it is where a lexer or parser fails: that costs the style only."""
        try:
            yield
        except Exception as error:
            rest = self._tail + "".join(self._pieces)
            rest = _from_line(rest, (self._begun + 1,)) if self._begun else rest
            raise Undrawn(self._taken(), rest) from error

    def _taken(self) -> list[str]:
        finished, self._finished = self._finished, []
        return finished

    def _open_lines(self, width: int, room: int) -> list[str]:
        text = self._tail
        cut = text.rfind("\n") + 1
        if _UNDECIDED.match(text, cut) and text[:cut].strip():
            text = text[:cut]
        group = self._parsed(text, dict(self._references))
        open_lines = self._drawn(group, width)
        if len(open_lines) > room:
            settled = self._settle(group, text, open_lines, width, room)
            if settled:
                self._finished += settled
                open_lines = self._drawn(self._parsed(self._tail, dict(self._references)), width)
        return open_lines

    # ---- blocks

    def _finish_blocks(self, width: int) -> None:
        """Take in what was fed, and finish all blocks but the last."""
        fed = "".join(self._pieces)
        if len(self._tail) + len(fed) > LARGEST:
            raise ValueError("too large")
        self._pieces = []
        self._tail += fed
        cut = self._tail.rfind("\n") + 1
        if not cut or "\n" not in fed:
            return
        tokens = self._parse(self._tail[:cut], self._references)
        starts = [place for place, token in enumerate(tokens) if token.level == 0 and token.nesting >= 0]
        if len(starts) < 2:
            return
        last = starts[-1]
        self._finished += self._drawn(tokens[:last], width)
        self._after = _parts(tokens[last - 1])
        self._tail = _from_line(self._tail, tokens[last].map)
        self._begun, self._number, self._part = 0, None, False

    def _parse(self, text: str, references: dict[str, object]) -> list[Token]:
        return self._parser.parse(text, {"references": references})

    def _parsed(self, text: str, references: dict[str, object]) -> list[Token]:
        return self._parse(text, references) if text else []

    def _drawn(self, tokens: list[Token], width: int) -> list[str]:
        """Return the lines of these blocks. The first is the open one; leave out its lines that are
        finished."""
        if not tokens:
            return []
        if self._number is not None:
            tokens[0].attrs["start"] = self._number
        lines = self._renderer.lines(tokens, width, self._after)
        if not self._part:
            return lines
        # of a list, only the free line above it is left to leave out
        return lines[self._rows(tokens[0], self._begun, width) if tokens[0].type == "fence" else 1 :]

    # ---- the beginning of a tall block

    def _settle(
        self, group: Sequence[Token], text: str, shown: Sequence[str], width: int, room: int
    ) -> list[str]:
        """Take out the lines of the open block that no longer change."""
        if group[0].type == "fence":
            return self._settle_code(group[0], shown, width, room)
        if group[0].type in ("bullet_list_open", "ordered_list_open"):
            return self._settle_items(group, text, width)
        return []

    def _rows(self, fence: Token, lines: int, width: int) -> int:
        """Tell how many lines of the screen a block of code takes up to this line of it."""
        if not lines:
            return int(self._after) + 1  # the free line above it, and its own edge
        code = fence.content.split("\n")[:lines]
        code[-1] = code[-1] or "-"  # blank lines at the end would not be drawn
        return len(self._renderer.lines([_fence(fence, code)], width, self._after)) - 1

    def _settle_code(self, fence: Token, shown: Sequence[str], width: int, room: int) -> list[str]:
        """Take out all lines of code but the last ones, as far as later code can't change their colours."""
        code = fence.content.split("\n")
        complete = code[: self._tail.count("\n") - 1]
        last = len("\n".join(complete).rstrip().split("\n")) - room // 2
        above = self._rows(fence, self._begun, width) if self._part else 0
        closed = self._renderer.lines([_fence(fence, [*complete, _CLOSERS])], width, self._after)[above:]
        rows = enumerate(zip(shown, closed, strict=False))
        same = next((row for row, (now, then) in rows if now != then), len(shown))
        lines = range(self._begun + 1, last + 1)
        stop = self._begun + bisect_right(
            lines, above + same, key=lambda line: self._rows(fence, line, width)
        )
        if stop == self._begun:
            return []
        finished = list(shown[: self._rows(fence, stop, width) - above])
        self._part, self._begun = True, stop
        self._restart(fence, code, width)
        return finished

    def _restart(self, fence: Token, code: Sequence[str], width: int) -> None:
        """Forget the finished code, if the rest gets the same colours without it."""
        stop = self._begun
        expected = self._drawn([fence], width)
        self._begun = 0
        if self._drawn([_fence(fence, code[stop:])], width) == expected:
            opening, _, rest = self._tail.partition("\n")
            self._tail = opening + "\n" + "\n".join(rest.split("\n")[stop:])
        else:
            self._begun = stop

    def _settle_items(self, group: Sequence[Token], text: str, width: int) -> list[str]:
        """Settle the items of a list, but the last. The numbers of a list are as wide as its last one, so
        that short lists are not handed over in part."""
        items = [token for token in group if token.type == "list_item_open" and token.level == 1]
        start = group[0].attrs.get("start", 1) if self._number is None else self._number
        ordered = group[0].type == "ordered_list_open"
        if len(items) < 2 or (ordered and int(start) + len(items) <= 10):
            return []
        last = items[-1]
        if last.map is None or last.map[0] >= text.count("\n"):
            return []  # its line is not complete: it may not be an item after all
        place = next(n for n, token in enumerate(group) if token is last)
        end = next(
            token for token in group if token.level == 0 and token.nesting < 0
        )  # another block may follow
        finished = self._drawn([*group[:place], end], width)
        self._tail = _from_line(self._tail, last.map)
        self._part = True
        if ordered:
            self._number = int(start) + len(items) - 1
        return finished


def _fence(fence: Token, code: Sequence[str]) -> Token:
    """Give the same block with other code."""
    return fence.copy(content="\n".join(code) + "\n")


def _parts(last: Token) -> bool:
    """Tell whether rich leaves a line free after a block that ends with this token."""
    return last.type != "hr"


def _from_line(text: str, lines: Sequence[int] | None) -> str:
    """Give the text from the first of these lines on."""
    place = 0
    for _ in range(lines[0] if lines else 0):
        place = text.index("\n", place) + 1
    return text[place:]
