"""Parse Markdown as models write it: CommonMark with tables and strikethrough, and what else answers hold.

Mathematics (`\\(x\\)`, `\\[x\\]`, `$x$`, `$$x$$`, environments) stays as it was written: Markdown would take
its backslashes and stars for its own. Bold and italics hold beside Chinese, Japanese and Korean
characters, which stand without blanks, as the field's "CJK-friendly" amendment has it. `<br>` breaks a
line within the cell of a table; all other HTML is text.

Footnotes and definitions stay as they were written, too, each on a line of its own: CommonMark
would run their lines together, or take a footnote for the target of a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock, reference
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token

#: Characters up to which the end of a formula is looked for.
_LONGEST = 4000
_OPENED = re.compile(r"\\\(|\\\[|\\begin\{([A-Za-z]+\*?)\}|\$\$?")
#: As pandoc has it: no blank within the dollars, no digit behind them, so that prices are none.
_DOLLARS = re.compile(r"\$(?![\s$])(?:\\.|[^$\\\n])*?(?<![\s\\])\$(?!\d)", re.DOTALL)
_DISPLAYED = re.compile(r"\$\$|\\\[|\\begin\{[A-Za-z]+\*?\}")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_CJK = re.compile(
    "[\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef"
    "\U00016fe0-\U00018dff\U0001aff0-\U0001b2ff\U00020000-\U0003ffff]"
)


def parser() -> MarkdownIt:
    """Give a parser."""
    found = MarkdownIt("commonmark", {"html": False}).enable("strikethrough").enable("table")
    inline = _Inline()
    inline.ruler.enableOnly(found.inline.ruler.get_active_rules())
    inline.ruler2.enableOnly(found.inline.ruler2.get_active_rules())
    inline.ruler.before("escape", "math", _math)
    found.inline = inline
    found.block.ruler.before("fence", "math", _math_block, {"alt": ["paragraph", "blockquote", "list"]})
    found.block.ruler.at("reference", _reference)
    found.core.ruler.before("text_join", "breaks", _breaks)
    found.core.ruler.before("text_join", "lines", _own_lines)
    return found


# ---- mathematics


def _math(state: StateInline, silent: bool) -> bool:
    end = _end_of_math(state.src[state.pos : min(state.posMax, state.pos + _LONGEST)])
    if not end:
        return False
    if not silent:
        for number, line in enumerate(state.src[state.pos : state.pos + end].split("\n")):
            if number:
                state.push("hardbreak", "br", 0)
            state.append_pending(line)
    state.pos += end
    return True


def _end_of_math(text: str) -> int:
    """Find the end of the formula that a text begins with. Return 0 if it begins with none."""
    opened = _OPENED.match(text)
    if not opened:
        return 0
    if opened[0] == "$":
        found = _DOLLARS.match(text)
        return found.end() if found else 0
    closing = _closing(opened[0])
    end = text.find(closing, opened.end())
    return 0 if end <= opened.end() else end + len(closing)


def _closing(opening: str) -> str:
    if opening == "$$":
        return "$$"
    return (
        opening.replace("begin", "end")
        if opening.startswith("\\begin")
        else {"(": "\\)", "[": "\\]"}[opening[1]]
    )


def _math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Take the lines from one that opens a formula to the one that closes it as a paragraph, whatever they
    look like. A blank line always ends it, as in TeX, so that lines already read never change."""
    if state.is_code_block(start):
        return False
    opened = _DISPLAYED.match(state.src, state.bMarks[start] + state.tShift[start], state.eMarks[start])
    if not opened:
        return False
    closing, line, place = _closing(opened[0]), start, opened.end()
    if state.src.find(closing, place, state.eMarks[start]) >= 0:
        return False  # a formula in a line is no block
    while state.src.find(closing, place, state.eMarks[line]) < 0:
        if line + 1 >= end or state.isEmpty(line + 1) or state.sCount[line + 1] < state.blkIndent:
            break
        line += 1
        place = state.bMarks[line] + state.tShift[line]
    if silent:
        return True
    state.line = line + 1
    for kind, nesting in (("paragraph_open", 1), ("inline", 0), ("paragraph_close", -1)):
        token = state.push(kind, "p" if nesting else "", nesting)  # type: ignore[arg-type]
        if nesting >= 0:
            token.map = [start, state.line]
        if not nesting:
            token.content = state.getLines(start, state.line, state.blkIndent, False).strip()
            token.children = []
    return True


# ---- bold beside Chinese, Japanese and Korean


class _Inline(ParserInline):
    """Finds emphasis where punctuation stands between it and a character that stands without blanks."""

    def parse(
        self, src: str, md: MarkdownIt, env: MutableMapping[str, Any], tokens: list[Token]
    ) -> list[Token]:
        state = _InlineState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


class _InlineState(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        found = super().scanDelims(start, canSplitWord)
        before = self.src[start - 1 : start]
        after = (
            self.src[start + found.length : start + found.length + 1]
            if start + found.length < self.posMax
            else ""
        )
        opens = bool(_CJK.match(before)) and bool(after.strip())
        closes = bool(_CJK.match(after)) and bool(before.strip())
        if not canSplitWord:
            return found
        return Scanned(found.can_open or opens, found.can_close or closes, found.length)


# ---- lines within cells


def _breaks(state: StateCore) -> None:
    cell = False
    for token in state.tokens:
        if token.type in ("td_open", "th_open"):
            cell = True
        elif token.type in ("td_close", "th_close"):
            cell = False
        elif cell and token.type == "inline" and token.children:
            token.children = [part for child in token.children for part in _broken(child)]


def _broken(token: Token) -> Iterator[Token]:
    """Give a text with a line break for each `<br>` in it."""
    if token.type != "text" or not _BREAK.search(token.content):
        yield token
        return
    for number, text in enumerate(_BREAK.split(token.content)):
        if number:
            yield Token("hardbreak", "br", 0, level=token.level)
        yield token.copy(content=text)


# ---- lines that are their own

_FOOTNOTE = re.compile(r"\[\^[^\]\s]{1,80}\]:")
_DEFINITION = re.compile(r":[ \t]+\S")


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Take the target of links, but no footnote."""
    if state.src.startswith("[^", state.bMarks[start] + state.tShift[start]):
        return False
    return reference(state, start, end, silent)


def _own_lines(state: StateCore) -> None:
    """Break the line before a footnote or a definition within a paragraph; a single line before its first
    definition is the term, in bold."""
    for token in state.tokens:
        if token.type == "inline" and token.children and "\n" in token.content:
            lines = token.content.split("\n")
            if any(_FOOTNOTE.match(line) or _DEFINITION.match(line) for line in lines[1:]):
                token.children = _on_own_lines(token.children)


def _on_own_lines(children: list[Token]) -> list[Token]:
    out: list[Token] = []
    term = True
    for place, token in enumerate(children):
        after = children[place + 1] if place + 1 < len(children) else None
        text = after.content if after and after.type == "text" and token.type == "softbreak" else ""
        rest = "".join(each.content for each in children[place + 1 : place + 6]) if text else ""
        if _DEFINITION.match(rest) and term and token.level == 0:
            out = [Token("strong_open", "strong", 1), *out, Token("strong_close", "strong", -1)]
        if _DEFINITION.match(rest) or _FOOTNOTE.match(rest):
            token = token.copy(type="hardbreak")
        term = term and token.type not in ("softbreak", "hardbreak")
        out.append(token)
    return out


# ---- for those who draw tokens


def plain_links(children: list[Token]) -> Iterator[Token]:
    """Return the tokens of a line, with images as links in their place, and without links whose text is
    only their address."""
    place = 0
    while place < len(children):
        token = children[place]
        target = str(token.attrs.get("href", ""))
        if token.type == "image":
            yield from _linked(
                f"[image: {token.content}]" if token.content else "[image]", str(token.attrs["src"])
            )
        elif (
            token.type == "link_open"
            and place + 2 < len(children)
            and children[place + 1].type == "text"
            and children[place + 2].type == "link_close"
            and (token.markup == "autolink" or children[place + 1].content == target)
        ):
            yield children[place + 1]
            place += 2
        else:
            yield token
        place += 1


def image_text(image: Token) -> str:
    """Return the text that stands in for an image."""
    return f"[image: {image.content}]" if image.content else "[image]"


def _linked(text: str, target: str) -> Iterator[Token]:
    if target:
        yield Token("link_open", "a", 1, attrs={"href": target})
    yield Token("text", "", 0, content=text)
    if target:
        yield Token("link_close", "a", -1)
