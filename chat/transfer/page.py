"""Write what all pages of HTML have in common: their head, their colours, and a policy for the browser.

A page needs nothing beside itself and fetches nothing. The policy names its one style, and its one script
where it has one, by their digests: a browser applies and runs no other, whatever a text may hold.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape

from ..base.short import shorten
from ..base.tables import TableColumn, TableRow, shown_text
from .transcript import shown

#: Colours by what they are for, light and dark. `line` parts what stands side by side, `edge` is to be seen.
COLOURS = """
:root { color-scheme: light dark; --ink: #1b1b1f; --ground: #fff; --dim: #666b75; --line: #dcdfe5;
  --edge: #8a8f99; --soft: #f4f5f8; --mark: #2f5fd0; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e5ea; --ground: #17181c; --dim: #989da8; --line: #33363e;
    --edge: #6b707c; --soft: #202228; --mark: #8fb0ff; }
}
"""
_TITLE = 70  # characters that a browser's tab may show
#: What a page ends with.
END = "</body>\n</html>\n"


def beginning(
    title: str, style: str, script: str = "", pictures: bool = False, language: str = "", about: str = ""
) -> str:
    """Give a page up to what stands in its body. `script` is the text of the one script that it will have;
    `pictures` lets it show those that it has in itself. `language` is that of its own words; `about` is
    shown below its title."""
    style = COLOURS + style
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f'<meta http-equiv="Content-Security-Policy"\n  content="{_policy(style, script, pictures)}">\n'
        f"<title>{escaped(shorten(shown(title), _TITLE))}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<header>\n<h1 class="title">{escaped(title)}</h1>\n'
        f'<p class="about">{escaped(about)}</p>\n</header>\n'
    )


def escaped(said: str) -> str:
    """Write what anybody said as text of a page: nothing in it is a tag, or steers."""
    return escape(shown(said), quote=True)


def table(heads: Sequence[TableColumn], rows: Iterable[TableRow], named: bool = False) -> str:
    """Write a table; where `named`, the first cell of a row says what the row is of."""
    head = "".join(f'<th scope="col"{_side(each)}>{escaped(each.name)}</th>' for each in heads)
    body = "\n".join(f"<tr>{_cells(heads, row, named)}</tr>" for row in rows)
    return f'<table class="results"><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>'


def _cells(heads: Sequence[TableColumn], row: TableRow, named: bool) -> str:
    found = []
    for place, (each, value) in enumerate(zip(heads, row, strict=True)):
        tag = 'th scope="row"' if named and not place and not each.right else f"td{_side(each)}"
        found.append(f"<{tag}>{escaped(shown_text(each.cell(value)))}</{tag[:2]}>")
    return "".join(found)


def _side(column: TableColumn) -> str:
    return ' class="right"' if column.right else ""


def _policy(style: str, script: str, pictures: bool) -> str:
    found = ["default-src 'none'", f"style-src '{_digest(style)}'"]
    if pictures:
        found.append("img-src data:")
    if script:
        found += [f"script-src '{_digest(script)}'", "require-trusted-types-for 'script'"]
    return "; ".join([*found, "base-uri 'none'", "form-action 'none'"])


def _digest(inside: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
