"""The line below the prompt: what the next message will be sent with, in the room there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from terminal.editing.toolbar import Facts, fragments, short


def shown(facts: Facts, width: int) -> str:
    return "".join(text for _, text in fragments(facts, width))


def facts_of(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Facts]:
    return st.builds(
        Facts,
        profile=texts,
        changed=st.booleans(),
        model=texts,
        set=st.lists(st.tuples(texts, texts), max_size=12),
        tokens=st.one_of(st.none(), st.integers(0, 10**9)),
        exact=st.booleans(),
        window=st.one_of(st.none(), st.integers(0, 10**9)),
        cost=texts,
    )


NARROW = st.text(
    alphabet=st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=("Cc", "Cf"))
)


@given(facts_of(st.one_of(NARROW, st.text(alphabet="\n\t\x1b\x9b\u202ex"))), st.integers(1, 300))
def test_it_is_never_wider_than_the_window(facts: Facts, width: int) -> None:
    """Whatever there is to tell, it fits on one line of the window, and holds nothing unsafe."""
    line = shown(facts, width)
    assert sum(map(get_cwidth, line)) <= width
    assert not {"\n", "\t", "\x1b", "\x9b", "\u202e"} & set(line)


def test_wide_characters_take_two_columns() -> None:
    """A stop text in Japanese takes its width in columns, so that what follows is not pushed off."""
    facts = Facts("default", False, "gpt-4o", [("stop", "終わりの言葉" * 3)] * 3, 12, True, 128_000, "$0.01")
    assert sum(map(get_cwidth, shown(facts, 80))) <= 80


def test_it_tells_profile_model_settings_tokens_and_cost() -> None:
    """Profile with * when changed, model, what differs, tokens against the window, cost."""
    facts = Facts(
        "haiku", True, "gpt-4o", [("temperature", "0.7"), ("n", "2")], 1234, True, 128_000, "$0.0123"
    )
    told = " haiku* · gpt-4o · temperature 0.7 · n 2 · 1,234 of 128k tokens · $0.0123"
    assert shown(facts, 100) == told
    styles = [style for style, text in fragments(facts, 100) if "temperature" in text]
    assert styles == ["class:toolbar.set"]


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (Facts("p", False, "m"), " p · m · … tokens"),
        (Facts("p", False, ""), " p · no model · … tokens"),
        (Facts("p", False, "m", tokens=0), " p · m · 0 tokens"),
        (Facts("p", False, "m", tokens=5, exact=False), " p · m · ≈5 tokens"),
        (
            Facts("p", False, "m", tokens=5, window=8192, cost="cost unknown"),
            " p · m · 5 of 8.19k tokens · cost unknown",
        ),
        (Facts("p", False, "m", [("stop", '"\n"')]), ' p · m · stop " " · … tokens'),
        (Facts("p", False, "m\x1b[2J"), " p · m␛[2J · … tokens"),
    ],
)
def test_what_is_not_known_is_marked(facts: Facts, told: str) -> None:
    """An estimate has ≈, a count that is not there yet …, and what is not known is left out."""
    assert shown(facts, 200) == told


def test_settings_give_way_first() -> None:
    """In a narrow window the settings are cut to what fits, with the number of the others; the rest stays."""
    settings = [("temperature", "0.7"), ("top_p", "0.9"), ("seed", "42"), ("n", "3")]
    facts = Facts("default", False, "gpt-4o", settings, 12, True, 128_000)
    whole = " default · gpt-4o · temperature 0.7 · top_p 0.9 · seed 42 · n 3 · 12 of 128k tokens"
    assert shown(facts, 100) == whole
    assert shown(facts, 76) == " default · gpt-4o · temperature 0.7 · top_p 0.9 · +2 · 12 of 128k tokens"
    assert shown(facts, 64) == " default · gpt-4o · temperature 0.7 · +3 · 12 of 128k tokens"
    assert shown(facts, 48) == " default · gpt-4o · +4 · 12 of 128k tokens"
    assert shown(facts, 40) == " default · gpt-4o · 12 of 128k tokens"


def test_a_long_value_is_shortened() -> None:
    """One long value does not push the others away."""
    line = shown(Facts("p", False, "m", [("user", "x" * 100), ("n", "2")]), 120)
    assert "x…" in line and "n 2" in line


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999, "999"), (8192, "8.19k"), (128_000, "128k"), (200_000, "200k"), (1_050_000, "1.05M")],
)
def test_windows_are_written_as_they_are_advertised(number: int, text: str) -> None:
    """128000 is 128k, 1050000 is 1.05M."""
    assert short(number) == text


@pytest.mark.parametrize(
    ("tokens", "style"), [(0, ""), (799, ""), (800, "high"), (949, "high"), (950, "full"), (2000, "full")]
)
def test_the_count_takes_colour_as_the_window_fills(tokens: int, style: str) -> None:
    """Yellow from 80% of the model's window on, red from 95%; plain where the window is not known."""

    def style_of(window: int | None) -> str:
        facts = Facts("p", False, "m", tokens=tokens, window=window)
        return next(style for style, text in fragments(facts, 100) if "tokens" in text)

    assert style_of(1000) == (f"class:toolbar.{style}" if style else "")
    assert style_of(None) == ""
