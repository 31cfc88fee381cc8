"""A Modelfile, read as Ollama reads it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.transfer.to_modelfile import written
from chat.transfer.transcript import shown


def read(text: str) -> Iterator[tuple[str, str]]:
    """Read instructions as ollama/parser/parser.go does: a value ends at a line's end, unless it is open."""
    lines = iter(text.split("\n"))
    for line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        name, _, value = line.partition(" ")
        if name in ("PARAMETER", "MESSAGE"):
            more, _, value = value.partition(" ")
            name += " " + more
        while value.startswith('"""') and not (len(value) >= 6 and value.endswith('"""')):
            value += "\n" + next(lines)
        yield name, value[3:-3] if value.startswith('"""') else value


def test_what_is_set_stands_there() -> None:
    """FROM, the parameters under Ollama's names, the system message and what was said."""
    settings = {
        "model": "llama3.2",
        "temperature": 0.5,
        "top_k": 20,
        "repetition_penalty": 1.1,
        "max_tokens": 64,
    }
    text = written(
        "llama3.2", "Be brief.", {**settings, "stop": ("END", "\n\n")}, [("user", "Hi"), ("assistant", "Ho")]
    )
    assert list(read(text)) == [
        ("FROM", "llama3.2"),
        ("PARAMETER temperature", "0.5"),
        ("PARAMETER top_k", "20"),
        ("PARAMETER repeat_penalty", "1.1"),
        ("PARAMETER num_predict", "64"),
        ("PARAMETER stop", "END"),
        ("PARAMETER stop", "\n\n"),
        ("SYSTEM", "Be brief."),
        ("MESSAGE user", "Hi"),
        ("MESSAGE assistant", "Ho"),
    ]


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"dry_multiplier": 1.0, "extra.num_ctx": 5}, "left out: dry_multiplier, extra.num_ctx"),
        ({"bias": (("a", 1),), "base_url": "http://x"}, "left out: bias\n"),
        ({"max_tokens": 5, "max_completion_tokens": 6}, "left out: max_completion_tokens"),
        ({"temperature": "hot"}, "left out: temperature"),
        ({}, "# MODEL is to be the name"),
    ],
)
def test_what_has_no_counterpart_is_named(settings: dict[str, object], named: str) -> None:
    """A parameter that Ollama lacks, a second one for the same, and a value that is none, in a comment."""
    text = written("", "", settings, [])
    assert named in text and "FROM MODEL" in text


WILD = st.text(alphabet='"\n a#FROM\\é\x1b', max_size=30)


@given(WILD, WILD, WILD)
def test_no_text_becomes_an_instruction(system: str, stop: str, said: str) -> None:
    """Whatever was said comes back as it is shown, with three quotation marks as apostrophes."""
    plain = [shown(text).replace('"""', "'''") for text in (system, stop, said)]
    found = list(read(written("m", system, {"stop": (stop,)}, [("user", said)])))
    wanted = [("FROM", "m"), ("PARAMETER stop", plain[1])]
    wanted += [("SYSTEM", plain[0])] if system else []
    wanted += [("MESSAGE user", plain[2])] if said else []
    assert found == wanted
