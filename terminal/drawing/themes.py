"""All colours of the shell: palettes by theme, and what each kind of text takes from them.

Pure data and its reading: nothing here knows a terminal. A theme is a palette; `ROLES` says which
of its colours, and which attributes, a kind of text has. No role is told from plain text by
colour alone: it has an attribute, a word or a place of its own, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from chat.base.dataclass import dataclass

from ..abilities import CUBE, SIXTEEN
from .palettes import KNOWN, colours

#: SGR parameters of attributes.
_ATTRIBUTES = {"bold": "1", "faint": "2", "italic": "3", "underline": "4", "reverse": "7", "strike": "9"}
_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "gray")
_BRIGHT = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


@dataclass(frozen=True)
class Ink:
    """A colour: as `#rrggbb` where there are many, else by its number among the terminal's sixteen. Either
    may be missing: then the terminal's own stays."""

    hex: str = ""
    number: int | None = None

    def at(self, depth: int) -> str | int | None:
        """Return what stands for it at this depth: `#rrggbb`, a number, or None."""
        return self.hex if self.hex and depth > SIXTEEN else self.number


@dataclass(frozen=True)
class Look:
    """How a kind of text looks."""

    ink: Ink = Ink()
    on: Ink = Ink()
    attributes: tuple[str, ...] = ()
    steady: bool = False  # not bold in one of the sixteen: many terminals brighten those, on white too far

    def at(self, depth: int) -> tuple[str, ...]:
        """Return the attributes at this depth."""
        if self.steady and isinstance(self.ink.at(depth), int):
            return tuple(name for name in self.attributes if name != "bold")
        return self.attributes

    def sgr(self, depth: int) -> str:
        """Write it as the sequence that a terminal takes; "" for plain text."""
        found = [_ATTRIBUTES[name] for name in self.at(depth)]
        found += _parameters(self.ink.at(depth), 30, depth) + _parameters(self.on.at(depth), 40, depth)
        return f"\x1b[{';'.join(found)}m" if found else ""

    def rich(self, depth: int) -> str:
        """Write it as rich's styles are written."""
        names = ["dim" if name == "faint" else name for name in self.at(depth)]
        ink, on = (_rich(each.at(depth)) for each in (self.ink, self.on))
        return " ".join([*names, *([ink] if ink else []), *(["on", on] if on else [])]) or "none"

    def prompt(self, depth: int) -> str:
        """Write it as prompt-toolkit's styles are written, which know nothing faint."""
        ink, on = (_ansi(each.at(depth)) for each in (self.ink, self.on))
        names = [name for name in self.at(depth) if name != "faint"]
        return " ".join([*names, *([f"fg:{ink}"] if ink else []), *([f"bg:{on}"] if on else [])])


def _parameters(colour: str | int | None, base: int, depth: int) -> list[str]:
    if colour is None:
        return []
    if isinstance(colour, int):
        return [str(base + colour if colour < 8 else base + 60 + colour - 8)]
    if depth == CUBE:
        return [str(base + 8), "5", str(nearest(colour))]
    return [str(base + 8), "2", *map(str, rgb(colour))]


def _rich(colour: str | int | None) -> str:
    return f"color({colour})" if isinstance(colour, int) else colour or ""


def _ansi(colour: str | int | None) -> str:
    if isinstance(colour, int):
        return "ansi" + (_NAMES[colour] if colour < 8 else f"bright{_BRIGHT[colour - 8]}").replace(
            "brightwhite", "white"
        )
    return colour or ""


def rgb(colour: str) -> tuple[int, int, int]:
    """Read `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def nearest(colour: str) -> int:
    """Return the number of the colour of xterm's cube and greys that is nearest to this one."""
    wanted = rgb(colour)
    return min(
        range(16, 256), key=lambda n: sum((a - b) ** 2 for a, b in zip(of_cube(n), wanted, strict=True))
    )


def of_cube(number: int) -> tuple[int, int, int]:
    """Return red, green and blue of a number from 16 to 255, as xterm has them."""
    if number >= 232:
        return (8 + 10 * (number - 232),) * 3
    steps = (0, 95, 135, 175, 215, 255)
    number -= 16
    return steps[number // 36], steps[number // 6 % 6], steps[number % 6]


def luminance(colour: tuple[int, int, int]) -> float:
    """Return the relative luminance, from 0 to 1, by WCAG 2."""
    red, green, blue = (
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4
        for part in colour
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# ---- themes

#: What a palette has a colour for.
Palette = Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Theme:
    """A palette and what it is for. `contrast`: the least that any of its pairs has on `backgrounds`, the
    darkest and the lightest background that it is made for; 0 where the terminal's own colours decide."""

    name: str
    palette: Palette
    backgrounds: tuple[str, ...] = ()
    paper: int = 0  # the background where there are sixteen colours
    contrast: float = 0.0

    def look(self, role: str) -> Look:
        """Give the look of a role."""
        return _look(self.name, ROLES[role])


#: Of each role: names of the palette, "on" before the background's, and attributes.
_TEXTS = {
    "": "",
    "dim": "quiet",
    "thought": "quiet italic",
    "bold": "bold",
    "warning": "warn",
    "error": "bad",
    "call": "accent",
    "mark": "warn bold",
    "passed": "good",
    "failed": "bad bold",
    # pieces of a text: two that take turns, and five from unsure to sure
    "a": "paper on first",
    "b": "paper on second",
    "0": "paper on worst",
    "1": "bad underline bold",
    "2": "warn underline",
    "3": "good",
    "4": "",
    "-": "bad strike",
    "+": "good underline",
}
#: The names are rich's.
MARKDOWN = {
    "markdown.code": "code on block bold",
    "markdown.code_block": "code on block",
    "markdown.block_quote": "special",
    "markdown.list": "accent",
    "markdown.item.bullet": "bold",
    "markdown.item.number": "accent",
    "markdown.hr": "quiet",
    "markdown.h1": "bold underline",
    "markdown.h2": "special underline",
    "markdown.h3": "special bold",
    "markdown.h4": "special italic",
    "markdown.h5": "italic",
    "markdown.h6": "quiet",
    "markdown.h7": "quiet italic",
    "markdown.link": "link",
    "markdown.link_url": "link underline",
    "markdown.table.border": "quiet",
    "markdown.table.header": "accent bold",
    "markdown.kbd": "bold",
}
#: After the point: what pygments calls the parts of code.
CODE = {
    "code": "ink on block",
    "code.Comment": "hush on block italic",
    "code.Keyword": "key on block bold",
    "code.Name.Function": "name on block",
    "code.Name.Class": "name on block bold",
    "code.Name.Decorator": "name on block",
    "code.Name.Builtin": "name on block",
    "code.Name.Tag": "key on block",
    "code.Name.Attribute": "name on block",
    "code.Literal.String": "string on block",
    "code.Literal.Number": "number on block",
    "code.Generic.Deleted": "key on block strike",
    "code.Generic.Inserted": "string on block",
    "code.Generic.Heading": "ink on block bold",
}
#: The prompt and what hangs on it. The names are prompt-toolkit's classes.
PROMPT = {
    "prompt": "bold",
    "continuation": "quiet",
    "bottom-toolbar": "still",
    "toolbar.profile": "bold",
    "toolbar.set": "accent",
    "toolbar.high": "warn",
    "toolbar.full": "bad bold",
    "command": "accent",
    "unknown": "bad underline",
    "picked": "bold reverse",
    "other": "still",
    "auto-suggestion": "still italic",
    "completion-menu": "menu on board",
    "completion-menu.completion": "menu on board",
    "completion-menu.completion.current": "board on menu",
    "completion-menu.meta.completion": "menu on board",
    "completion-menu.meta.completion.current": "board on menu",
}
ROLES = {**_TEXTS, **MARKDOWN, **CODE, **PROMPT}

#: Blocks of code bring their own background with them, where there are colours for it.
_CODE_ON_DARK = {
    "block": "#262626/0",
    "ink": "#eeeeee/7",
    "hush": "#b2b2b2/7",
    "key": "#ff87af/13",
    "name": "#87d7d7/14",
    "string": "#d7d787/11",
    "number": "#d7afff/10",
}
_CODE_ON_LIGHT = {
    "block": "#eeeeee",
    "ink": "#121212",
    "hush": "#585858",
    "key": "#87005f/5",
    "name": "#005f87/4",
    "string": "#005f00/1",
    "number": "#5f00af/4",
}
_BOARDS = {"paper": "#ffffff/15", "first": "#005f87/4", "second": "#87005f/5", "worst": "#af0000/1"}

DARK = Theme(
    "dark",
    {
        **_CODE_ON_DARK,
        **_BOARDS,
        "quiet": "#b2b2b2/7",
        "still": "#b2b2b2/7",
        "warn": "#ffd75f/11",
        "bad": "#ff8787/9",
        "good": "#87d787/10",
        "accent": "#5fd7d7/14",
        "special": "#d7afff/13",
        "link": "#87afff/14",
        "code": "#87d7d7/14",
        "menu": "#eeeeee/15",
        "board": "#3a3a3a/0",
    },
    ("#000000", "#2e3440"),
    paper=0,
    contrast=4.5,
)
LIGHT = Theme(
    "light",
    {
        **_CODE_ON_LIGHT,
        **_BOARDS,
        "quiet": "#585858",
        "still": "#585858",
        "warn": "#875f00/5",
        "bad": "#af0000/1",
        "good": "#005f00",
        "accent": "#005f87/4",
        "special": "#87005f/5",
        "link": "#005faf/4",
        "code": "#005f87/4",
        "menu": "#121212/0",
        "board": "#d0d0d0/15",
    },
    ("#eee8d5", "#ffffff"),
    paper=15,
    contrast=4.5,
)
#: Attributes alone.
MONO = Theme("mono", {"quiet": "faint", "still": "", "special": "italic", "menu": "", "board": "reverse"})
#: The terminal's own sixteen colours, whatever its background: for where that is not known.
TERMINAL = Theme(
    "terminal",
    {
        **_CODE_ON_DARK,
        "paper": "/15",
        "first": "/4",
        "second": "/5",
        "worst": "/1",
        "quiet": "faint",
        "still": "/8",
        "warn": "/3",
        "bad": "/1",
        "good": "/2",
        "accent": "/6",
        "special": "/5",
        "link": "/12",
        "code": "#87d7d7/6",
        "menu": "#121212/0",
        "board": "#bcbcbc/7",
    },
)


def _known(name: str) -> Theme:
    """Make a theme of the colours that people know by its name; with sixteen it is DARK or LIGHT."""
    background, code, texts = KNOWN[name]
    base = DARK if luminance(rgb(background)) < 0.5 else LIGHT
    found = {**colours(code), **colours(texts)}
    found |= {"still": found["quiet"], "menu": found["ink"], "board": found["block"]}
    numbers = {word: colour.partition("/") for word, colour in base.palette.items()}
    palette = {word: f"{found.get(word, own)}{mark}{number}" for word, (own, mark, number) in numbers.items()}
    return Theme(name, palette, (background,), base.paper, base.contrast)


THEMES = {theme.name: theme for theme in (LIGHT, DARK, MONO, TERMINAL, *map(_known, KNOWN))}


@cache
def _look(theme: str, role: str) -> Look:
    palette = THEMES[theme].palette
    inks: list[Ink] = [Ink(), Ink()]
    attributes: list[str] = []
    place = 0
    for word in role.split():
        if word == "on":
            place = 1
            continue
        if word in _ATTRIBUTES:
            attributes.append(word)
            continue
        found = palette.get(word, "")
        if found in _ATTRIBUTES:
            attributes.append(found)
        elif found:
            colour, _, number = found.partition("/")
            inks[place] = Ink(colour, int(number) if number else None)
    return Look(inks[0], inks[1], tuple(dict.fromkeys(attributes)), steady=THEMES[theme].paper == 15)


def by_background(background: tuple[int, int, int]) -> Theme:
    """Return the theme for a background: the one whose text stands out more."""
    found = luminance(background)
    return DARK if (1.05 / (found + 0.05)) > ((found + 0.05) / 0.05) else LIGHT


def chosen(
    preferred: str | None, background: tuple[int, int, int] | None, environ: Mapping[str, str]
) -> Theme:
    """Return the theme that is preferred, by its name. For none or "auto" go by the background that the
    terminal told, or by COLORFGBG, which some set. Leave the colours to the terminal if neither is known."""
    if preferred in THEMES:
        return THEMES[preferred]
    if background is not None:
        return by_background(background)
    number = environ.get("COLORFGBG", "").rpartition(";")[2]
    if not number.isdecimal() or int(number) > 15:
        return TERMINAL
    return LIGHT if int(number) in (7, *range(9, 16)) else DARK
