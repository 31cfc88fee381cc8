"""Items of lists in YAML: one is added or taken out, and nothing else changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base import yamlitems
from chat.base.errors import BadFile

HERE = Path("cases.yaml")
LIST = "# head\n\n- a: 1  # first\n  # inside\n- a: |\n    two\n\n    lines\n# tail\n"
CONFIG = "prompts: [p]\ntests:\n- a: 1   # keep\n- a: 2\nother: 3  # after\n"


@pytest.mark.parametrize(
    ("text", "key", "after"),
    [
        ("", "", "- a: 9\n"),
        ("# head\n", "", "# head\n- a: 9\n"),
        (LIST, "", LIST.replace("# tail", "- a: 9\n# tail")),
        (CONFIG, "tests", CONFIG.replace("- a: 2\n", "- a: 2\n- a: 9\n")),
        ("tests:\n  - 1\n", "tests", "tests:\n  - 1\n  - a: 9\n"),
        ("prompts: [p]", "tests", "prompts: [p]\ntests:\n  - a: 9\n"),
        ("tests:   # none yet\nb: 1\n", "tests", "tests:   # none yet\n  - a: 9\nb: 1\n"),
        ("- 1\r\n- 2\r\n", "", "- 1\r\n- 2\r\n- a: 9\r\n"),
        ("- 1", "", "- 1\n- a: 9"),
    ],
)
def test_an_item_is_added(text: str, key: str, after: str) -> None:
    """It comes last, as far in as the others are, before comments that follow."""
    assert yamlitems.add(HERE, text, {"a": 9}, key) == after


@pytest.mark.parametrize(
    ("text", "key", "place", "after"),
    [
        (
            LIST,
            "",
            0,
            "# head\n\n- a: |\n    two\n\n    lines\n# tail\n".replace("- a: |", "  # inside\n- a: |"),
        ),
        (LIST, "", 1, "# head\n\n- a: 1  # first\n  # inside\n# tail\n"),
        (CONFIG, "tests", 1, CONFIG.replace("- a: 2\n", "")),
        ("- 1\n", "", 0, ""),
        ("tests:\n- 1\n", "tests", 0, "tests:\n"),
        ("-\n  a: 1\n- 2\n", "", 0, "- 2\n"),
    ],
)
def test_an_item_is_taken_out(text: str, key: str, place: int, after: str) -> None:
    """Its lines go; comments before and behind stay."""
    assert yamlitems.remove(HERE, text, place, key) == after


@pytest.mark.parametrize(
    ("text", "key"),
    [("[1, 2]", ""), ("{tests: [1]}", "tests"), ("tests: [1]\n", "tests"), ("tests: null", "tests")],
)
def test_what_can_t_be_changed_safely_stays(text: str, key: str) -> None:
    """A list on one line is for its owner to change."""
    with pytest.raises(BadFile, match="safely"):
        yamlitems.add(HERE, text, 3, key)


@pytest.mark.parametrize(
    ("text", "key"), [("a: 1", ""), ("- 1", "tests"), ("tests: 4", "tests"), ("text", "")]
)
def test_what_is_no_list_is_said(text: str, key: str) -> None:
    """Nothing is added to it."""
    with pytest.raises(BadFile):
        yamlitems.items(HERE, text, key)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.lists(VALUES, min_size=1, max_size=4), st.data())
def test_what_is_added_and_taken_out_is_the_list(values: list[Any], data: st.DataObject) -> None:
    """However texts are written: each item is read back, and the others stay when one goes."""
    text = "# head\n"
    for value in values:
        text = yamlitems.add(HERE, text, {"v": value})
    assert yamlitems.items(HERE, text) == [{"v": each} for each in values]
    place = data.draw(st.integers(0, len(values) - 1))
    left = yamlitems.remove(HERE, text, place)
    assert left.startswith("# head\n")
    assert yamlitems.items(HERE, left) == [{"v": each} for at, each in enumerate(values) if at != place]
