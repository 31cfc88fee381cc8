"""Draw the rooms and who imports from whom, from the imports themselves.

    python docs/rooms.py      writes docs/rooms.svg

A row is a room. The numbers in it count its imports from the room whose name ends the column, so that a
number right of the stairs would be an import against the order.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.imports import ENGINE, all_imports, modules

PICTURE = ROOT / "docs" / "rooms.svg"
ROWS = (*(f"chat.{room}" for room in ENGINE), "commands", "terminal")
ROW, NAME, CELL = 34, 790, 44
INK, DIM, FILL, LINE = "#1f2328", "#59636e", "#ddf4ff", "#d1d9e0"


def room_of(module: str) -> str:
    """Return the room that a module lies in."""
    return ".".join(module.split(".")[:2]) if module.startswith("chat.") else module.partition(".")[0]


def counts() -> Counter[tuple[str, str]]:
    """Map (importer, imported) to the number of imports."""
    found: Counter[tuple[str, str]] = Counter()
    for name, imported in all_imports().items():
        pairs = {(room_of(name), room_of(other), other) for other, _ in imported if other in modules()}
        found.update((one, other) for one, other, _ in pairs if one != other)
    return found


def purpose(room: str) -> str:
    """Return the first words of a room's docstring."""
    return (ast.get_docstring(modules()[room]) or "").partition("\n")[0]


def draw() -> str:
    """Draw the picture, as SVG."""
    found = counts()
    width, height = NAME + CELL * len(ROWS) + 20, ROW * (len(ROWS) + 2)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]

    def text(x: float, y: float, said: str, colour: str = INK, size: int = 13, more: str = "") -> None:
        parts.append(
            f'<text x="{x:g}" y="{y:g}" fill="{colour}" font-size="{size}" {more}>{escape(said)}</text>'
        )

    text(NAME, 18, "how many imports from the room whose name stands above", DIM, 12)
    for place, room in enumerate(ROWS):
        top = ROW * (place + 1)
        parts.append(f'<rect x="10" y="{top}" width="{NAME - 20}" height="{ROW - 6}" rx="5" fill="{FILL}"/>')
        text(20, top + 19, room.removeprefix("chat."), more='font-weight="bold"')
        text(130, top + 19, purpose(room), DIM, 12)
        for at, other in enumerate(ROWS):
            x = NAME + CELL * at
            if at < place:
                stroke = f'fill="none" stroke="{LINE}"'
                parts.append(f'<rect x="{x}" y="{top}" width="{CELL - 4}" height="{ROW - 6}" {stroke}/>')
            if number := found[room, other]:
                text(x + (CELL - 4) / 2, top + 19, str(number), more='text-anchor="middle"')
        if place < len(ROWS) - 1:
            text(NAME + CELL * place + 2, top + 19, room.removeprefix("chat."), DIM, 12)
    text(20, ROW * (len(ROWS) + 1) + 16, "shell.py wires them all", DIM, 12)
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
