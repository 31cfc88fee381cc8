"""What is typed after /eval: options anywhere, values that are checked, and one sentence where they are wrong."""

from __future__ import annotations

import pytest

from chat.base.errors import BadInput
from commands.experiments import eval_words


def test_options_stand_anywhere() -> None:
    """Before the file, behind it, or between; what is left out has its usual value."""
    found = eval_words.read(["--repeat", "3", "c.yaml", "--filter", "a b", "rows.jsonl", "--reuse"])
    assert found.words == ["c.yaml", "rows.jsonl"]
    assert (found.repeat, found.filter, found.reuse, found.failed) == (3, "a b", True, False)
    assert (found.limit, found.judge, found.max_cost, found.min_pass) == (None, "", None, None)


@pytest.mark.parametrize(
    ("option", "typed", "value"),
    [
        ("min-pass", "95%", 0.95),
        ("min-pass", "0.95", 0.95),
        ("min-pass", "1", 1.0),
        ("min-pass", "0", 0.0),
        ("max-cost", "0.5", 0.5),
        ("max-cost", "$1,000", 1000.0),
        ("limit", "10", 10),
    ],
)
def test_values_are_read_as_people_write_them(option: str, typed: str, value: float) -> None:
    """Shares as percentages, amounts with a dollar sign."""
    found = eval_words.read(["c.yaml", f"--{option}", typed])
    assert getattr(found, option.replace("-", "_")) == value


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--repeat", "--repeat wants a value"),
        ("--repeat 0", "--repeat: 0 is no whole number, 1 or more"),
        ("--repeat x", "--repeat: x is no whole number, 1 or more"),
        ("--repeat ²", "--repeat: ² is no whole number, 1 or more"),
        ("--limit 99999999999999999999", "is no whole number"),
        ("--min-pass 3", "--min-pass: 3 is no share from 0 to 1, or percentage"),
        ("--min-pass 200%", "is no share"),
        ("--min-pass nan", "is no share"),
        ("--max-cost free", "--max-cost: free is no amount in dollars: 0.50"),
        ("--max-cost -1", "--max-cost"),
        ("--max-cost nan", "is no amount"),
        ("--max-cost inf", "is no amount"),
        ("--nonsense", "unrecognized arguments: --nonsense"),
        ("--rep 3", "unrecognized arguments: --rep"),
    ],
)
def test_what_is_wrong_is_one_sentence(words: str, told: str) -> None:
    """It names the option and the value, never Python."""
    with pytest.raises(BadInput) as caught:
        eval_words.read(["c.yaml", *words.split()])
    assert told in caught.value.message
    assert "_" not in caught.value.message and "\n" not in caught.value.message
    assert caught.value.hint == "/help eval tells what it takes"
