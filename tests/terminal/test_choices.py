"""What may be answered to pick one of several."""

from __future__ import annotations

import pytest

from terminal.choices import matching

OPTIONS = ("llama3:8b", "Qwen2.5-7B", "qwen2.5-14b", "7b", "llama3:8b-instruct")


@pytest.mark.parametrize(
    ("answer", "places"),
    [
        ("1", [0]),
        ("5", [4]),
        ("llama3:8b", [0]),
        ("LLAMA3:8B", [0]),
        ("llama", [0, 4]),
        ("qwen", [1, 2]),
        ("QWEN2.5-1", [2]),
        ("7b", [3]),
        ("instruct", [4]),
        ("14", [2]),
        ("2.5", [1, 2]),
        ("0", []),
        ("6", []),
        ("99999999", []),
        ("²", []),
        ("mistral", []),
        ("", []),
        ("  ", []),
    ],
)
def test_numbers_names_and_beginnings_pick(answer: str, places: list[int]) -> None:
    """A number or a whole name picks one; else what begins so, else what holds it."""
    assert matching(answer, OPTIONS) == places
