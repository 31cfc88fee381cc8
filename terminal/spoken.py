"""Put into words what a screen shows by signs and places: for screen readers, which read one line after
another. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from chat.base.tables import Cell, TableColumn, TableRow

from .clean import clean, one_line

if TYPE_CHECKING:
    from chat.lab.chart import Picture

#: Signs that a reader skips, or calls by a name that says nothing here.
_SIGNS = (
    (re.compile(r"\s*·\s*"), ", "),
    (re.compile(r"≈\s*"), "about "),
    (re.compile(r"\s*→\s*"), " to "),
    (re.compile(r"\s*×\s*"), " times "),
    (re.compile(r"(?<=\d)–(?=\d)"), " to "),
    (re.compile(r"…"), "..."),
    (re.compile(r"\btok/s\b"), "tokens a second"),
    (re.compile(r"\bchunks/s\b"), "chunks a second"),
)
#: The lines of a tree, and the mark of where one is, before what a turn's line says.
_STEM = re.compile(r"^(?P<below>(?:[│ ] )*?)(?P<fork>[├└]─)?(?P<mark>[● ]) +(?=\S)")


def worded(text: str) -> str:
    """Give a sentence of the shell's own without signs: "12 in · ≈3 out" is "12 in, about 3 out"."""
    if text.isascii() and "/s" not in text:
        return text
    for sign, word in _SIGNS:
        text = sign.sub(word, text)
    return text.removeprefix(", ").removesuffix(", ")


def records(columns: Sequence[TableColumn], rows: Sequence[TableRow], title: str = "") -> Iterator[str]:
    """Give a table as sentences, one a row: a text in the first column as it is, all else behind its name.
    What is empty is left out."""
    if title:
        yield one_line(title)
    if not rows:
        yield "no rows"
    for row in rows:
        told: list[str] = []
        for column, value in zip(columns, row, strict=True):
            text = _cell(column.cell(value))
            if text:
                name = one_line(column.name)
                told.append(f"{name} {text}" if name and (told or column.right) else text)
        yield worded("; ".join(told))


def _cell(cell: Cell) -> str:
    """Give a cell's text on one line. Marked pieces are said to be."""
    if isinstance(cell, str):
        return one_line(cell)
    return " ".join("".join(f"[{text}]" if marked else text for text, marked in cell).split())


def values(picture: Picture) -> Iterator[str]:
    """Give a picture as sentences, one for each value of what goes across, or for each point."""
    from chat.lab.chart import Chart, Scatter, number

    if isinstance(picture, Scatter):
        yield one_line(picture.title)
        for x, y, name in picture.points:
            where = f"{one_line(picture.across)} {number(x)}, {one_line(picture.up)} {number(y)}"
            yield f"{one_line(name)}: {where}"
        return
    series = (
        picture.series
        if isinstance(picture, Chart)
        else tuple(
            (f"{picture.down} {name}:", row) for name, row in zip(picture.names, picture.values, strict=True)
        )
    )
    yield f"{one_line(picture.title)}, by {one_line(picture.across)}:"
    for place, label in enumerate(picture.labels):
        known = ((name, row[place]) for name, row in series)
        told = [
            f"{one_line(name)} {'unknown' if value is None else number(value)}".strip()
            for name, value in known
        ]
        ends = picture.ends[place] if isinstance(picture, Chart) and picture.ends else None
        interval = f", interval {number(ends[0])} to {number(ends[1])}" if ends else ""
        yield f"{one_line(picture.across)} {one_line(label)}: {', '.join(told)}{interval}"


def tree(drawing: str) -> str:
    """Give the lines of a tree with the depth of each in words, and where one is."""
    return "\n".join(map(_branch, drawing.split("\n")))


def _branch(line: str) -> str:
    found = _STEM.match(line)
    if not found:
        return worded(clean(line))
    depth = len(found["below"]) // 2 + bool(found["fork"])
    here = "you are here: " if found["mark"] == "●" else ""
    return f"{f'branch, level {depth}: ' if depth else ''}{here}{worded(clean(line[found.end() :]))}"
