"""Themes: every pair of colours can be read, at every depth, and nothing hangs on colour alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chat.endpoint.memory import PREFERENCES
from terminal.abilities import ALL, CUBE, SIXTEEN
from terminal.drawing import styles, themes
from terminal.drawing.render import Renderer
from terminal.drawing.themes import DARK, LIGHT, MONO, ROLES, TERMINAL, THEMES, Theme, chosen

from ...support.screen import Window

#: The sixteen colours as xterm and the console of Linux have them.
XTERM = "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff"
CONSOLE = "000000 aa0000 00aa00 aa5500 0000aa aa00aa 00aaaa aaaaaa 555555 ff5555 55ff55 ffff55 5555ff ff55ff 55ffff ffffff"
PALETTES = [[themes.rgb(f"#{each}") for each in palette.split()] for palette in (XTERM, CONSOLE)]


@pytest.fixture(autouse=True)
def theme_as_before() -> Iterator[None]:
    """What a test wears, the next one does not."""
    before = styles.worn()
    yield
    styles.wear(*before)


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """The contrast of two colours, by WCAG 2: 1 to 21."""
    low, high = sorted(map(themes.luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def shown(
    colour: str | int | None, depth: int, palette: list[tuple[int, int, int]]
) -> tuple[int, int, int] | None:
    """What a terminal of this depth shows."""
    if colour is None or isinstance(colour, int):
        return None if colour is None else palette[colour]
    return themes.of_cube(themes.nearest(colour)) if depth == CUBE else themes.rgb(colour)


def test_contrast_is_computed_as_wcag_has_it() -> None:
    """Black on white is 21, a colour on itself 1, and the grey that is known as the last to pass passes."""
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((9, 9, 9), (9, 9, 9)) == 1
    assert contrast((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("depth", [SIXTEEN, CUBE, ALL])
@pytest.mark.parametrize(
    "theme", [each for each in THEMES.values() if each.contrast], ids=lambda theme: theme.name
)
def test_each_pair_can_be_read(theme: Theme, depth: int) -> None:
    """A colour stands out from its background, or from the darkest and the lightest that the theme is for."""
    faint = []
    for role in ROLES:
        look = theme.look(role)
        for palette in PALETTES if depth == SIXTEEN else PALETTES[:1]:
            ink, on = (shown(each.at(depth), depth, palette) for each in (look.ink, look.on))
            number = look.ink.at(depth)
            if isinstance(number, int) and "bold" in look.at(depth):
                ink = palette[number | 8]  # as xterm and many others show it
            if ink is None:
                assert on is None, f"{role}: text of the terminal's own colour on a background of ours"
                continue
            sixteen = depth == SIXTEEN
            papers = [palette[theme.paper]] if sixteen else [themes.rgb(each) for each in theme.backgrounds]
            faint += [
                f"{role}: {contrast(ink, paper):.2f}"
                for paper in ([on] if on else papers)
                if contrast(ink, paper) < theme.contrast
            ]
    assert not faint and theme.contrast >= 4.5


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_code_can_be_read_where_it_brings_its_background(theme: Theme) -> None:
    """A block of code has one background, and the parts of code stand out from it in every theme."""
    for role in themes.CODE:
        look = theme.look(role)
        assert look.on == theme.look("code").on
        if look.ink.hex:
            assert contrast(themes.rgb(look.ink.hex), themes.rgb(look.on.hex)) >= 4.5
        for palette in PALETTES if look.on.number is not None else []:
            assert look.ink.number is not None
            assert contrast(palette[look.ink.number], palette[look.on.number]) >= 4.5


@pytest.mark.parametrize(
    "roles", [("warning", "error", "call"), ("0", "1", "2", "3"), ("-", "+", ""), ("command", "unknown")]
)
def test_nothing_is_told_apart_by_colour_alone(roles: tuple[str, ...]) -> None:
    """What colours tell apart is told by words, by signs where there is no colour, or by attributes."""
    if roles[0] == "warning":
        assert len({*roles}) == 3  # each is a sentence of its own
        return
    looks = [DARK.look(role) for role in roles]
    told = [(look.attributes, bool(look.on.hex)) for look in looks]
    assert len(set(told)) == len(told)


def test_mono_has_no_colours() -> None:
    """Mono is attributes alone, and then signs tell pieces and changes apart."""
    for role in ROLES:
        assert MONO.look(role).ink.at(ALL) is None is MONO.look(role).on.at(ALL)
    styles.wear(MONO, ALL)
    assert styles.colourless()
    assert ";5;" not in "".join(Renderer().lines([], 40, after=False))


def test_each_theme_can_be_preferred() -> None:
    """The preference names all themes, and auto."""
    kind = next(each.kind for each in PREFERENCES if each.name == "theme")
    for name in ("auto", *THEMES):
        assert kind.read(name) == name


@pytest.mark.parametrize(
    ("preferred", "told", "environ", "theme"),
    [
        (None, None, {}, TERMINAL),
        ("auto", (0, 0, 0), {}, DARK),
        ("auto", (255, 255, 255), {}, LIGHT),
        ("auto", (0x00, 0x2B, 0x36), {"COLORFGBG": "0;15"}, DARK),
        ("auto", (0xFD, 0xF6, 0xE3), {}, LIGHT),
        ("auto", None, {"COLORFGBG": "0;15"}, LIGHT),
        ("auto", None, {"COLORFGBG": "15;default;0"}, DARK),
        ("auto", None, {"COLORFGBG": "default"}, TERMINAL),
        ("light", (0, 0, 0), {}, LIGHT),
        ("mono", None, {}, MONO),
        ("no such", None, {}, TERMINAL),
    ],
)
def test_which_theme(
    preferred: str | None, told: tuple[int, int, int] | None, environ: dict[str, str], theme: Theme
) -> None:
    """What is preferred comes first, then what the terminal said, then COLORFGBG, then its own colours."""
    assert chosen(preferred, told, environ) is theme


@pytest.mark.parametrize(
    ("depth", "begun"), [(SIXTEEN, "\x1b[91m"), (CUBE, "\x1b[38;5;210m"), (ALL, "\x1b[38;2;255;135;135m")]
)
def test_what_is_written(depth: int, begun: str) -> None:
    """The same role is written for as many colours as there are, and rich draws in the same ones."""
    styles.wear(DARK, depth)
    assert styles.coloured("x", styles.ERROR) == f"{begun}x\x1b[0m"
    assert styles.coloured("", styles.ERROR) == "" and styles.coloured("x", "") == "x"


def test_the_theme_goes_with_what_the_terminal_told() -> None:
    """What a window told of itself decides, unless the person does."""
    window = Window()
    window.replies.background = (255, 255, 255)
    styles.dress(window)
    assert styles.worn() == (LIGHT, CUBE)
    window.preferred = {"theme": "dark"}.get
    styles.dress(window)
    assert styles.worn() == (DARK, CUBE)


def test_the_prompt_has_the_same_colours() -> None:
    """Its styles are those of the theme, as prompt-toolkit reads them."""
    from prompt_toolkit.styles import Style

    for theme in THEMES.values():
        for depth in (SIXTEEN, CUBE, ALL):
            styles.wear(theme, depth)
            made = Style.from_dict(styles.prompt_rules())
            assert made.get_attrs_for_style_str("class:prompt").bold
    styles.wear(LIGHT, ALL)
    made = Style.from_dict(styles.prompt_rules())
    assert made.get_attrs_for_style_str("class:unknown").color == "af0000"
