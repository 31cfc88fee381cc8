"""Pictures in two dimensions, of characters: heatmaps by shaded blocks with their figures, points by
braille. Nothing depends on colour; a terminal without such characters gets signs of ASCII.

Pure: lines come out, none wider than asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from chat.lab.chart import Heatmap, Scatter, number

from ..cells import get_cwidth
from ..clean import one_line
from ..lines import cut, padded

_SHADES, _ASCII_SHADES = " ░▒▓█", " .:*#"
_UNKNOWN = "?"
_ROWS, _WIDEST = 10, 60  # of the plane of points
_NAME = 24  # columns of a row's name at most
_FULL, _BARE = 8, 2  # columns of a cell with its figure, and of one without


def heatmap(picture: Heatmap, width: int, blocks: bool = True) -> list[str]:
    """Draw a heatmap: a shaded cell for each pair of values, with its figure where there is room."""
    shades = _SHADES if blocks else _ASCII_SHADES
    low, high = picture.bounds
    names = [cut(one_line(name), _NAME) for name in picture.names]
    margin = max(map(get_cwidth, [*names, cut(one_line(picture.down), _NAME)]), default=0) + 1
    count = max(1, len(picture.labels))
    room = max(_BARE, width - margin - 1)
    cell = _FULL if room >= _FULL * count else max(_BARE, room // count)
    kept = min(count, room // cell)
    lines = [cut(one_line(picture.title), width)]
    heads = "".join(padded(cut(one_line(label), cell - 1), cell) for label in picture.labels[:kept])
    lines.append(cut(padded(cut(one_line(picture.down), _NAME), margin) + heads, width).rstrip())
    for name, row in zip(names, picture.values, strict=True):
        drawn = "".join(_cell(value, low, high, cell, shades) for value in row[:kept])
        lines.append(cut(padded(name, margin) + drawn, width).rstrip())
    lines.append(cut(" " * margin + one_line(picture.across), width))
    if kept < count:
        lines.append(cut(f"{' ' * margin}and {count - kept} more that have no room", width))
    steps = len(shades) - 1
    scale = (f"{shades[at]} {number(low + (high - low) * at / steps)}" for at in range(steps + 1))
    lines.append(cut(" " * margin + "  ".join(scale), width))
    return lines


def _cell(value: float | None, low: float, high: float, cell: int, shades: str) -> str:
    """Draw one cell: two columns of shade, and the figure after them if it fits."""
    if value is None:
        return padded(_UNKNOWN, cell)
    share = (value - low) / (high - low) if high > low else 0.0
    shade = shades[round(share * (len(shades) - 1))]
    figure = number(value) if abs(value) >= 1 or value == 0 else f"{value:.2g}"
    if 2 + len(figure) + 1 < cell:
        return padded(f"{shade * 2} {figure}", cell)
    return padded(shade * max(1, min(2, cell - 1)), cell)


def scatter(picture: Scatter, width: int, blocks: bool = True) -> list[str]:
    """Draw points on a plane with two axes: dots of braille, eight to a character."""
    (left, right), (low, high) = picture.axes()
    marks = {0: number(high), _ROWS // 2: number((low + high) / 2), _ROWS - 1: number(low)}
    margin = max(map(len, marks.values()))
    columns = max(8, min(_WIDEST, width - margin - 2))
    points = [
        ((x - left) / ((right - left) or 1), 1 - (y - low) / ((high - low) or 1))
        for x, y, _ in picture.points
    ]
    plane = _braille(points, columns) if blocks else _signs(points, columns)
    side, tick, corner, line = "│┤└─" if blocks else "|++-"
    lines = [cut(" " * (margin + 2) + one_line(picture.title), width)]
    for row, painted in enumerate(plane):
        axis = tick if row in marks else side
        lines.append(f"{marks.get(row, ''):>{margin}}{axis} {painted}".rstrip())
    lines.append(f"{' ' * margin}{corner}{line * (columns + 1)}"[:width])
    first, last = number(left), number(right)
    gap = max(1, columns - len(first) - len(last))
    lines.append(cut(" " * (margin + 2) + first + " " * gap + last, width))
    lines.append(cut(f"{' ' * (margin + 2)}{one_line(picture.across)}; up: {one_line(picture.up)}", width))
    return lines


#: The bits of braille's dots, by row and column of a character (Unicode 15, chapter 21).
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


def _braille(points: Sequence[tuple[float, float]], columns: int) -> list[str]:
    plane = [[0] * columns for _ in range(_ROWS)]
    for across, down in points:
        x, y = round(across * (columns * 2 - 1)), round(down * (_ROWS * 4 - 1))
        plane[y // 4][x // 2] |= _DOTS[y % 4][x % 2]
    return ["".join(chr(0x2800 + bits) if bits else " " for bits in row) for row in plane]


def _signs(points: Sequence[tuple[float, float]], columns: int) -> list[str]:
    """Draw an o for a point, and a * for several in one place."""
    plane = [[" "] * columns for _ in range(_ROWS)]
    for across, down in points:
        x, y = round(across * (columns - 1)), round(down * (_ROWS - 1))
        plane[y][x] = "o" if plane[y][x] == " " else "*"
    return ["".join(row) for row in plane]
