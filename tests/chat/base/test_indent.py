"""JSON for the eye: what is shown is what was sent, but for blanks."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from chat.base.indent import indented

from ...support.turns import values


def bare(text: str) -> str:
    """Without the blanks outside of strings."""
    return re.sub(r'("(?:[^"\\]|\\.)*")|\s+', lambda found: found[1] or "", text)


@given(values, st.booleans(), st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " :\t")]))
def test_only_blanks_are_added(value: object, ascii_only: bool, separators: tuple[str, str]) -> None:
    """Each character that is not a blank between tokens stays what and where it was."""
    text = json.dumps(value, ensure_ascii=ascii_only, separators=separators)
    shown = indented(text)
    assert shown is not None
    assert bare(shown) == bare(text)


def test_numbers_and_escapes_stay_as_they_were_written() -> None:
    """1.0E5 and \\u00e9 are not made into what they mean; empty things stay on their line."""
    text = r'{"a":1.0E5,"b":"\u00e9 {[,:]}","c":[],"d":{},"a":[1,{"x":null}]}'
    shown = (
        '{\n  "a": 1.0E5,\n  "b": "\\u00e9 {[,:]}",\n  "c": [],\n  "d": {},\n  "a": [\n    1,\n'
        '    {\n      "x": null\n    }\n  ]\n}'
    )
    assert indented(text) == shown


def test_what_is_no_json_is_left_alone() -> None:
    """So is what is nested deeper than anybody reads."""
    assert indented("data: {}") is None
    assert indented("[" * 100_000 + "]" * 100_000) is None
