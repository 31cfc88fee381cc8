"""Draw pictures as SVG: in a page, or as a file of its own. Pure.

Colours are Okabe and Ito's, and viridis for figures (Okabe and Ito 2008; van der Walt and Smith 2015):
readers who see fewer colours can tell both apart. Nothing is told by colour alone: series differ in dashes
and in the forms of their points, cells have their figures in them, and each mark has a title.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..base.short import shorten
from ..lab.chart import Chart, Ends, Heatmap, Picture, Scatter, number
from .page import escaped

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 640, 260, 56, 30, 46
#: Okabe and Ito's colours, but for the yellow, which does not stand out on white.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_DASHES = ("", "6 3", "2 3", "8 3 2 3", "12 4", "4 2", "1 4")
_VIRIDIS = ("#440154", "#3b528b", "#21918c", "#5ec962", "#fde725")
_NAME, _ROW = 120, 34  # columns of a row's name in a heatmap, and the height of a row

STYLE = """
svg.chart { display: block; max-width: 40rem; width: 100%; margin: .8rem 0; }
svg.chart text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg.chart text.end { text-anchor: end; }
svg.chart text.mid { text-anchor: middle; }
svg.chart text.pale { fill: #fff; }
svg.chart text.dark { fill: #000; }
svg.chart line.grid { stroke: var(--line); }
svg.chart line.whisker { stroke: var(--ink); stroke-width: 1.5; }
"""
#: A file of its own is for programs that know no variables of CSS, too.
_FILE_STYLE = STYLE.replace("var(--ink)", "#1b1b1f").replace("var(--line)", "#dcdfe5")


def page_of(pictures: Sequence[Picture]) -> str:
    """Give pictures as one file of SVG, one below another, which needs nothing beside it."""
    parts, at = [], 0
    for picture in pictures:
        parts.append(f'<g transform="translate(0 {at})">\n{_inside(picture)}\n</g>')
        at += _height(picture) + 16
    inside = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" width="{_WIDTH}" height="{at}"'
        f' viewBox="0 0 {_WIDTH} {at}" role="img">\n<style>{_FILE_STYLE}</style>\n'
        f'<rect width="{_WIDTH}" height="{at}" fill="#fff"/>\n{inside}\n</svg>\n'
    )


def svg(picture: Picture) -> str:
    """Give a picture for a page, which has STYLE."""
    box = f"0 0 {_WIDTH} {_height(picture)}"
    return f'<svg class="chart" viewBox="{box}" role="img">\n{_inside(picture)}\n</svg>'


def _height(picture: Picture) -> int:
    if isinstance(picture, Heatmap):
        return _TOP + 22 + _ROW * len(picture.names) + _BOTTOM
    return _HEIGHT + _legend_height(picture)


def _inside(picture: Picture) -> str:
    draw = (
        _heatmap(picture)
        if isinstance(picture, Heatmap)
        else (_scatter(picture) if isinstance(picture, Scatter) else _chart(picture))
    )
    return "\n".join(draw)


def _titled(title: str, across: str) -> list[str]:
    return [
        f"<title>{escaped(f'{title} by {across}')}</title>",
        f'<text x="{_LEFT}" y="16">{escaped(title)}</text>',
    ]


# ---- charts


def _chart(chart: Chart) -> list[str]:
    """Draw columns for one series, points and lines for several."""
    low, high = chart.bounds
    plane = _WIDTH - _LEFT - 12
    slot = plane / max(1, len(chart.labels))
    y = _scale(low, high)
    base = _HEIGHT - _BOTTOM
    out = [*_titled(chart.title, chart.across), *_grid(low, high)]
    every = max(1, round(len(chart.labels) * 44 / plane + 0.49))
    for place, label in enumerate(chart.labels):
        if place % every == 0:
            text = escaped(shorten(label, max(4, int(slot * every / 7))))
            out.append(
                f'<text class="mid" x="{_LEFT + (place + 0.5) * slot:.1f}" y="{base + 18}">{text}</text>'
            )
    out.append(_across(chart.across))
    for series, (name, values) in enumerate(chart.series):
        points = [
            (_LEFT + (place + 0.5) * slot, value) for place, value in enumerate(values) if value is not None
        ]
        if len(chart.series) == 1:
            out += _columns(points, slot, y)
            middles = [_LEFT + (place + 0.5) * slot for place in range(len(chart.labels))]
            out += _whiskers(chart.ends, middles, y)
        else:
            out += _line(points, y, series)
            out += _named(series, name)
    return out


def _scale(low: float, high: float) -> Callable[[float], float]:
    base = _HEIGHT - _BOTTOM
    return lambda value: base - (value - low) / ((high - low) or 1) * (base - _TOP)


def _grid(low: float, high: float) -> list[str]:
    """Draw three lines across, with their values."""
    y, out = _scale(low, high), []
    for value in (low, (low + high) / 2, high):
        at = y(value)
        out.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - 12}" y1="{at:.1f}" y2="{at:.1f}"/>')
        out.append(f'<text class="end" x="{_LEFT - 6}" y="{at + 4:.1f}">{number(value)}</text>')
    return out


def _across(text: str) -> str:
    middle = _LEFT + (_WIDTH - _LEFT - 12) / 2
    return f'<text class="mid" x="{middle:.1f}" y="{_HEIGHT - 8}">{escaped(text)}</text>'


def _columns(points: list[tuple[float, float]], slot: float, y: Callable[[float], float]) -> list[str]:
    found = []
    for x, value in points:
        top, bottom = sorted((y(value), y(0.0)))
        wide = slot * 0.7
        place = f'x="{x - wide / 2:.1f}" y="{top:.1f}" width="{wide:.1f}"'
        high = f'height="{max(1.0, bottom - top):.1f}"'
        found.append(f'<rect {place} {high} fill="{COLOURS[0]}"><title>{number(value)}</title></rect>')
    return found


def _whiskers(ends: Ends, across: Sequence[float], y: Callable[[float], float]) -> list[str]:
    """Draw intervals at these places across, with their ends."""
    found = []
    for pair, x in zip(ends, across, strict=False):
        if pair:
            low, high = pair
            said = f"<title>interval at 95%: {number(low)} to {number(high)}</title>"
            upright = f'x1="{x:.1f}" x2="{x:.1f}" y1="{y(low):.1f}" y2="{y(high):.1f}"'
            found.append(f'<line class="whisker" {upright}>{said}</line>')
            for end in pair:
                flat = f'x1="{x - 5:.1f}" x2="{x + 5:.1f}" y1="{y(end):.1f}" y2="{y(end):.1f}"'
                found.append(f'<line class="whisker" {flat}/>')
    return found


def _line(points: list[tuple[float, float]], y: Callable[[float], float], series: int) -> list[str]:
    colour, dash = COLOURS[series % len(COLOURS)], _DASHES[series % len(_DASHES)]
    path = " ".join(f"{x:.1f},{y(value):.1f}" for x, value in points)
    dots = [_mark(x, y(value), series, f"<title>{number(value)}</title>") for x, value in points]
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"{dashes}/>',
        *dots,
    ]


def _mark(x: float, y: float, series: int, inside: str = "") -> str:
    """Draw a point in the form of its series: a circle, a square, a triangle, a diamond."""
    colour = f'fill="{COLOURS[series % len(COLOURS)]}"'
    if series % 4 == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" {colour}>{inside}</circle>'
    corners = {
        1: ((-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)),
        2: ((0, -4.5), (4.5, 3.5), (-4.5, 3.5)),
        3: ((0, -5), (5, 0), (0, 5), (-5, 0)),
    }[series % 4]
    path = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
    return f'<polygon points="{path}" {colour}>{inside}</polygon>'


def _named(series: int, name: str) -> list[str]:
    """Give a line of the legend."""
    at = _HEIGHT + 14 + series * 18
    return [
        _mark(_LEFT + 4, at - 4, series),
        f'<text x="{_LEFT + 14}" y="{at}">{escaped(shorten(name, 80))}</text>',
    ]


def _legend_height(picture: Chart | Scatter) -> int:
    if isinstance(picture, Scatter):
        return 18 * len(picture.points) + 6 if picture.named else 0
    return 18 * len(picture.series) + 6 if len(picture.series) > 1 else 0


# ---- planes


def _scatter(picture: Scatter) -> list[str]:
    (left, right), (low, high) = picture.axes()
    y, plane = _scale(low, high), _WIDTH - _LEFT - 12
    out = [
        f"<title>{escaped(picture.title)}</title>",
        f'<text x="{_LEFT}" y="16">{escaped(picture.title)}</text>',
        *_grid(low, high),
    ]
    for value in (left, (left + right) / 2, right):
        at = _LEFT + (value - left) / ((right - left) or 1) * plane
        out.append(f'<text class="mid" x="{at:.1f}" y="{_HEIGHT - _BOTTOM + 18}">{number(value)}</text>')
    out.append(_across(picture.across))
    places = [_LEFT + (x - left) / ((right - left) or 1) * plane for x, _, _ in picture.points]
    out += _whiskers(picture.ends, places, y)
    for series, (at, (x, up, name)) in enumerate(zip(places, picture.points, strict=True)):
        said = f"<title>{escaped(f'{name}: {number(x)}, {number(up)}')}</title>"
        out.append(_mark(at, y(up), series if picture.named else 0, said))
        out += _named(series, name) if picture.named else []
    return out


def _heatmap(picture: Heatmap) -> list[str]:
    low, high = picture.bounds
    slot = (_WIDTH - _NAME - 12) / max(1, len(picture.labels))
    longest = max(3, int(slot / 7))
    out = _titled(picture.title, f"{picture.across} and {picture.down}")
    for place, label in enumerate(picture.labels):
        x = _NAME + (place + 0.5) * slot
        out.append(f'<text class="mid" x="{x:.1f}" y="{_TOP + 12}">{escaped(shorten(label, longest))}</text>')
    for row, (name, values) in enumerate(zip(picture.names, picture.values, strict=True)):
        y = _TOP + 20 + row * _ROW
        shown = escaped(shorten(f"{picture.down} {name}", 17))
        out.append(f'<text class="end" x="{_NAME - 8}" y="{y + _ROW / 2 + 4:.1f}">{shown}</text>')
        for place, value in enumerate(values):
            out += _cell(value, (low, high), _NAME + place * slot, y, slot)
    at = _TOP + 20 + _ROW * len(picture.names) + 20
    middle = _NAME + (_WIDTH - _NAME - 12) / 2
    out.append(f'<text class="mid" x="{middle:.1f}" y="{at}">{escaped(picture.across)}</text>')
    return out


def _cell(value: float | None, bounds: tuple[float, float], x: float, y: float, slot: float) -> list[str]:
    middle = f'x="{x + slot / 2:.1f}" y="{y + _ROW / 2 + 4:.1f}"'
    if value is None:
        return [f'<text class="mid" {middle}>?</text>']
    low, high = bounds
    share = (value - low) / (high - low) if high > low else 0.0
    figure = number(value) if abs(value) >= 1 or value == 0 else f"{value:.2g}"
    return [
        f'<rect x="{x + 1:.1f}" y="{y + 1}" width="{max(1.0, slot - 2):.1f}" height="{_ROW - 2}"'
        f' fill="{viridis(share)}"><title>{number(value)}</title></rect>',
        f'<text class="mid {"dark" if share > 0.6 else "pale"}" {middle}>{figure}</text>',
    ]


def viridis(share: float) -> str:
    """Give the colour of a share of one: dark for 0, light for 1, so that it tells in grey, too."""
    place = max(0.0, min(1.0, share)) * (len(_VIRIDIS) - 1)
    below = min(int(place), len(_VIRIDIS) - 2)
    parts = (
        round(int(a, 16) + (int(b, 16) - int(a, 16)) * (place - below))
        for a, b in ((_VIRIDIS[below][at : at + 2], _VIRIDIS[below + 1][at : at + 2]) for at in (1, 3, 5))
    )
    return "#" + "".join(f"{part:02x}" for part in parts)
