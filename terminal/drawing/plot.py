"""Charts of characters: columns of blocks for one series, letters for several. Both axes carry
numbers or names, nothing depends on colour, and a terminal that has no blocks gets signs of ASCII.

Pure: lines come out, none wider than asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from chat.base.dataclass import dataclass
from chat.lab.chart import Chart, Ends, Heatmap, Picture, Scatter, number

from ..cells import get_cwidth
from ..clean import one_line
from ..lines import cut
from . import planes

HEIGHT = 9  # rows of the plane
WIDEST = 76  # columns of one chart
BESIDE = 50  # that it wants at least, beside another
_GAP = "    "
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_PARTS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class PlotSigns:
    """What is drawn with. `parts`: how full a row of a column is, from empty to full."""

    parts: str
    side: str
    tick: str
    corner: str
    line: str


_WHISKERS = {True: "┬│┴", False: "-|-"}  # the ends of an interval, and what is between them

BLOCKS = PlotSigns(_PARTS, "│", "┤", "└", "─")
ASCII = PlotSigns(" #", "|", "+", "+", "-")


def beside(charts: Sequence[Chart], width: int, signs: PlotSigns = BLOCKS) -> list[str]:
    """Draw two charts beside each other if both fit, else the first alone."""
    each = (width - len(_GAP)) // 2
    if len(charts) < 2 or each < BESIDE:
        return drawn(charts[0], width, signs) if charts else []
    left, right = (drawn(chart, each, signs) for chart in charts[:2])
    room = max(map(get_cwidth, left))
    rows = max(len(left), len(right))
    left, right = (side + [""] * (rows - len(side)) for side in (left, right))
    return [f"{a}{' ' * (room - get_cwidth(a))}{_GAP}{b}".rstrip() for a, b in zip(left, right, strict=True)]


def pictures(found: Sequence[Picture], width: int, signs: PlotSigns = BLOCKS) -> list[str]:
    """Draw pictures: charts beside each other as far as they fit, each other one below the last."""
    charts = [each for each in found if isinstance(each, Chart)]
    lines = beside(charts, width, signs)
    for each in found:
        if not isinstance(each, Chart):
            lines += [""] if lines else []
            lines += _plane(each, width, signs is BLOCKS)
    return lines


def _plane(picture: Heatmap | Scatter, width: int, blocks: bool) -> list[str]:
    if isinstance(picture, Heatmap):
        return planes.heatmap(picture, width, blocks)
    return planes.scatter(picture, width, blocks)


def drawn(chart: Chart, width: int, signs: PlotSigns = BLOCKS) -> list[str]:
    """Draw one chart, in at most `width` columns."""
    low, high = chart.bounds
    marks = {0: number(high), HEIGHT // 2: number((low + high) / 2), HEIGHT - 1: number(low)}
    margin = max(map(len, marks.values()))
    room = max(8, min(width, WIDEST) - margin - 2)
    labels, series = _fitted(chart, room)
    slot = min(12, room // max(1, len(labels)))
    if len(series) == 1 and low == 0.0:
        plane = _columns(series[0], slot, high, signs)
        if len(labels) == len(chart.ends):
            plane = _whiskered(plane, chart.ends, slot, high, _WHISKERS[signs is BLOCKS])
    else:
        plane = _letters(series, slot, low, high)
    lines = [cut(f"{' ' * (margin + 2)}{one_line(chart.title)}", width)]
    for row, painted in enumerate(plane):
        axis = signs.tick if row in marks else signs.side
        lines.append(f"{marks.get(row, ''):>{margin}}{axis} {painted}".rstrip())
    lines.append(f"{' ' * margin}{signs.corner}{signs.line * (slot * len(labels) + 1)}"[:width])
    lines.append((" " * (margin + 2) + _names(labels, slot, room)).rstrip())
    across = one_line(chart.across)
    middle = margin + 2 + max(0, (slot * len(labels) - get_cwidth(across)) // 2)
    lines.append(cut(" " * middle + across, width))
    if chart.ends and len(labels) == len(chart.ends):
        ends = f"{_WHISKERS[signs is BLOCKS]} interval at 95%"
        lines.append(cut(" " * (margin + 2) + ends, width))
    return [*lines, *_legend(chart, margin + 2, width)]


def _fitted(chart: Chart, room: int) -> tuple[list[str], list[list[float | None]]]:
    """Fit labels and series; where there are more values than columns, neighbours are averaged."""
    each = -(-len(chart.labels) // room) if chart.labels else 1
    labels = [one_line(label) for label in chart.labels[::each]]
    series = [
        [_mean(values[place : place + each]) for place in range(0, len(values), each)]
        for _, values in chart.series[: len(_LETTERS)]
    ]
    return labels, series


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def _columns(values: Sequence[float | None], slot: int, high: float, signs: PlotSigns) -> list[str]:
    """Draw rows of columns that rise from 0. An unknown value is a gap."""
    wide = max(1, slot - (2 if slot > 4 else 1 if slot > 1 else 0))
    full = len(signs.parts) - 1
    rows = []
    for row in range(HEIGHT):
        line = ""
        for value in values:
            filled = 0.0 if value is None else value / high * HEIGHT - (HEIGHT - 1 - row)
            part = max(0, min(full, round(filled * full)))
            if row == HEIGHT - 1 and value is not None and part == 0:
                line += (signs.parts[1] if full > 1 else "_").ljust(1) * wide  # 0 is something, too
            else:
                line += signs.parts[part] * wide
            line += " " * (slot - wide)
        rows.append(line)
    return rows


def _whiskered(plane: Sequence[str], ends: Ends, slot: int, high: float, whiskers: str) -> list[str]:
    """Draw the intervals of columns over them, where their middles are."""
    rows = [list(row) for row in plane]
    middle = (max(1, slot - (2 if slot > 4 else 1 if slot > 1 else 0)) - 1) // 2
    for place, pair in enumerate(ends):
        if not pair:
            continue
        bottom, top = (HEIGHT - 1 - min(HEIGHT - 1, max(0, int(end / high * HEIGHT))) for end in pair)
        for row in range(top, bottom + 1):
            rows[row][place * slot + middle] = whiskers[0 if row == top else 2 if row == bottom else 1]
    return ["".join(row) for row in rows]


def _letters(series: Sequence[Sequence[float | None]], slot: int, low: float, high: float) -> list[str]:
    """Draw rows with a letter for each series, side by side within a value's slot as far as there is room.
    `*` stands where several fall together."""
    width = slot * max(map(len, series))
    plane = [[" "] * width for _ in range(HEIGHT)]
    for letter, values in enumerate(series):
        within = min(slot - 1, letter % max(1, slot - 1)) if len(series) > 1 else min(1, slot - 1)
        for place, value in enumerate(values):
            if value is None:
                continue
            row = HEIGHT - 1 - round((value - low) / (high - low) * (HEIGHT - 1))
            column = place * slot + within
            sign = _LETTERS[letter] if len(series) > 1 else "o"
            plane[row][column] = sign if plane[row][column] == " " else "*"
    return ["".join(row) for row in plane]


def _names(labels: Sequence[str], slot: int, room: int) -> str:
    """Give the names below their places: cut where they are words, left out where they are numbers and
    would not fit."""
    numbers = all(label.replace("-", "", 1).replace(".", "", 1).isdigit() for label in labels)
    line = ""
    for place, label in enumerate(labels):
        at = place * slot
        if get_cwidth(line) > at or (line and get_cwidth(line) == at):
            continue
        if not numbers:
            label = cut(label, max(3, slot - 1))
        if at + get_cwidth(label) <= room:
            line += " " * (at - get_cwidth(line)) + label
    return line


def _legend(chart: Chart, margin: int, width: int) -> list[str]:
    """Tell which letter is which series."""
    if len(chart.series) < 2:
        return []
    lines = [""]
    for letter, (name, _) in zip(_LETTERS, chart.series, strict=False):
        text = cut(f"{letter} {one_line(name)}", max(8, width - margin))
        if lines[-1] and get_cwidth(lines[-1]) + 2 + get_cwidth(text) > width - margin:
            lines.append("")
        lines[-1] += ("  " if lines[-1] else "") + text
    if len(chart.series) > len(_LETTERS):
        lines.append(cut(f"and {len(chart.series) - len(_LETTERS)} not drawn", max(8, width - margin)))
    return [" " * margin + line for line in lines]
