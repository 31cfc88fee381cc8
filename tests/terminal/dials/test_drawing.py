"""The panel as text: every line as wide as the window, and what is cut off says by what."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.endpoint.memory import IGNORED, ProbeVerdict
from chat.lab.dials import dials, sampler
from chat.lab.live import Continuation
from chat.lab.next_token import TokenPlace
from chat.lab.sampling import LLAMA_CPP, TEMPERATURE_FIRST, Candidate, distribution
from chat.parameters.settings import Settings
from terminal.cells import get_cwidth
from terminal.clean import clean
from terminal.dials.drawing import hit, lines
from terminal.dials.state import PanelState, begun, choose, press
from terminal.dials.text import ASCII, PanelSigns, bar, wrapped
from terminal.dials.view import PanelView
from terminal.lines import ending, fit

DEFAULTS = {"temperature": 0.8, "top_k": 40, "top_p": 0.95, "min_p": 0.05, "typical_p": 1.0}
DIALS = dials(Settings(), "llama.cpp", False, DEFAULTS, {"top_p": ProbeVerdict(IGNORED, "", "2026-11-26")})
#: 200 candidates, each three quarters as likely as the one before: 25 %, 19 %, 14 % …
CANDIDATES = tuple(
    Candidate(number, f" word{number}", math.log(0.25 * 0.75**number)) for number in range(200)
)
PLACE = TokenPlace("Once upon", "", CANDIDATES, said=(0, 1), said_how="the last 9 tokens")
SIZES = [(80, 24), (140, 40)]


def view(
    state: PanelState | None = None,
    place: TokenPlace = PLACE,
    size: tuple[int, int] = (80, 24),
    **more: object,
) -> PanelView:
    state = state or begun(DIALS, {})
    wanted = sampler(DIALS, state.values, {})
    found = distribution(place.candidates, wanted, LLAMA_CPP, place.said)
    made = PanelView(
        state, place, found, "a-model", "Tell a story.", LLAMA_CPP, True, width=size[0], height=size[1]
    )
    return replace(made, **more)  # type: ignore[arg-type]


def text(seen: PanelView) -> str:
    return "\n".join("".join(piece for _, piece in line).rstrip() for line in lines(seen))


@pytest.mark.parametrize("size", SIZES)
def test_a_dial_shows_what_it_does(size: tuple[int, int]) -> None:
    """min_p at 0.5 leaves three tokens; the fourth is struck out by its name, and a sentence says how many."""
    state = choose(begun(DIALS, {"min_p": 0.5}), 5)
    drawn = text(view(state, size=size))
    row = next(line for line in drawn.splitlines() if "␣word3" in line)
    assert "✗␣word3" in row and "min_p" in row and "10.5%" in row
    assert "3 of 200 left" in drawn and "now: it cuts off" in drawn
    assert "▸ min_p" in drawn and " 0.5 " in drawn and "(0.8)" in drawn
    assert "a-model · after “Once upon”" in drawn and "greedy would say ␣word0" in drawn


def test_what_is_cut_far_down_is_shown_all_the_same() -> None:
    """top_k 40 of 200 cuts what no window has room for: the likeliest of it stands below the others."""
    state = choose(begun(DIALS, {"min_p": 0.0, "top_p": 1.0}), 2)
    drawn = text(view(state))
    assert "✗␣word40" in drawn and "… 35 more" in drawn and "top_k 160" in drawn


def test_temperature_is_seen_in_the_bars() -> None:
    """Colder makes the likeliest bar longer, hotter makes it shorter than the model's own, which stays behind."""

    def first(temperature: float) -> str:
        state = begun(DIALS, {"temperature": temperature, "top_p": 1.0, "min_p": 0.0})
        return text(view(state)).splitlines()[2].split("│")[1]

    assert first(0.4).count("█") > first(1.0).count("█") > first(1.8).count("█")
    assert "░" in first(1.8) and "░" not in first(0.4)


def test_every_sign_has_words() -> None:
    """What the endpoint does with a dial, the order and who says so, is written out."""
    state = choose(begun(DIALS, {}), 4)
    drawn = text(view(state))
    assert "ignored (2026-11-26)" in drawn and "server's default 0.95" in drawn
    assert "penalties › top_k › typical_p" in drawn and "server's order" in drawn
    assumed = view(state, order=TEMPERATURE_FIRST, order_told=False)
    assert "an order assumed" in text(assumed)
    assert "at work and not drawn: mirostat 2" in text(view(state, not_drawn=("mirostat 2",)))


def test_a_bias_that_is_not_drawn_says_so() -> None:
    """Where the ids of the words are not known, the picture is without the bias, and tells."""
    assert "bias              cat +5 (not drawn)" in text(view(bias="cat +5"))
    assert "not drawn" not in text(view(bias="cat +5", place=replace(PLACE, bias={1: 5.0})))


def test_why_there_is_no_picture() -> None:
    """Without candidates the dials stay, with the reason, and that the rest works without it."""
    drawn = text(view(place=TokenPlace(why="this model gives no log probabilities")))
    assert (
        "gives no log probabilities" in drawn and "samples (space) work" in drawn and "▸ temperature" in drawn
    )
    assert "asking the server" in text(view(place=TokenPlace(waiting=True)))


def test_three_samples_stand_side_by_side() -> None:
    """Each under what was set for it; one that failed says why; wide characters keep the columns."""
    samples = [
        Continuation("temp 0.2", "海は青い。" * 9, "cut"),
        Continuation("temp 1", "It is blue."),
        Continuation("temp 2", "", "the server is gone"),
    ]
    drawn = text(view(samples=samples)).splitlines()
    head = next(line for line in drawn if "temp 0.2" in line)
    assert "temp 1" in head and "temp 2" in head
    body = drawn[drawn.index(head) + 1]
    assert "It is blue." in body and "✗ the server is gone" in body
    places = {get_cwidth(line[: line.index("│")]) for line in drawn[drawn.index(head) :] if "│" in line}
    assert len(places) == 1


@pytest.mark.parametrize("size", [*SIZES, (72, 20), (71, 24), (80, 19), (200, 60), (20, 3)])
def test_lines_fit_the_window(size: tuple[int, int]) -> None:
    """There are as many lines as the window has, and each takes its width; too small a one is told."""
    samples = [Continuation("x" * 300, "y" * 3000 + "\n\n" + "海" * 400)]
    for row in range(len(DIALS) + 1):
        state = choose(begun(DIALS, {}), row)
        drawn = lines(view(state, size=size, samples=samples, bias="cat +5"))
        assert len(drawn) == size[1] or size < (72, 20) or size[1] < 20
        assert len(drawn) <= size[1]
        assert {sum(get_cwidth(piece) for _, piece in line) for line in drawn} <= {size[0]}


@given(st.text(max_size=30), st.text(max_size=30), st.sampled_from([PanelSigns(), ASCII]))
def test_a_model_s_text_can_not_steer_or_shift_the_panel(token: str, before: str, signs: PanelSigns) -> None:
    """Whatever a token or a sample holds, no control character is drawn, and the columns stand."""
    place = TokenPlace(before, token, (Candidate(0, token, -0.1), Candidate(1, "b", -3.0)))
    seen = view(place=place, samples=[Continuation(before, token, token)], signs=signs)
    for line in lines(seen):
        joined = "".join(piece for _, piece in line)
        assert get_cwidth(joined) == 80
        assert clean(joined) == joined and not joined.count("\n") and "\t" not in joined


def test_a_click_finds_its_slider() -> None:
    """The first row is the token's; a slider's ends are 0 and 1; beside it a click only chooses."""
    seen = view()
    assert hit(seen, 5, 1) == (0, None)
    assert hit(seen, 20, 2) == (1, 0.0) and hit(seen, 20 + seen.slider - 1, 2) == (1, 1.0)
    assert hit(seen, 60, 2) is None and hit(seen, 5, 0) is None and hit(seen, 5, 23) is None


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 40), st.sampled_from([PanelSigns(), ASCII]))
def test_bars_have_their_length(share: float, before: float, width: int, signs: PanelSigns) -> None:
    """A bar and what it lost fill their columns, whole at 1, and what can come is never nothing."""
    full, ghost = bar(share, before, width, signs)
    assert get_cwidth(full + ghost) == width
    assert bar(1.0, 0.0, width, signs)[0] == signs.parts[-1] * width
    assert not share or full or signs is ASCII


@given(st.text(max_size=40), st.integers(1, 12))
def test_texts_keep_to_their_columns(given_text: str, width: int) -> None:
    """Cut at the end, at the beginning, or broken into lines: never wider than asked."""
    assert get_cwidth(fit(given_text, width)) <= width
    assert get_cwidth(ending(given_text, width)) <= width
    for line in wrapped(given_text, max(2, width), 50):
        assert get_cwidth(line) <= max(2, width)


def test_typing_is_seen() -> None:
    """A number that is being typed stands in the place of the value."""
    assert " 1._" in text(view(press(press(begun(DIALS, {}), "1"), ".")))
