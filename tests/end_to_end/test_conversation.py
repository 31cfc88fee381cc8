"""The tree of a conversation in a real terminal, on the embedded model: edited, continued, exported, deleted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.terminal import Shell


@pytest.fixture
def short(shell: Shell) -> Shell:
    """Answers of eight tokens, the same each time."""
    shell.run("/set temperature=0 max_tokens=8")
    return shell


def test_an_earlier_message_is_edited(short: Shell) -> None:
    """/edit puts it back into the prompt; what is sent then begins a branch, and the former stays."""
    short.ask("Name a colour")
    short.ask("Name a fruit")
    short.type("/edit 1")
    short.until(lambda: short.typed == "Name a colour", "the message is not at the prompt")
    short.press("\x15Name a river\r")
    short.ready()
    history = short.run("/history")
    assert "Name a river" in history and "fruit" not in history
    tree = short.run("/branches")
    assert tree.index("Name a colour") < tree.index("Name a fruit") < tree.index("Name a river"), tree


def test_an_answer_that_was_cut_off_goes_on(short: Shell) -> None:
    """/continue adds to the answer that its limit had cut off: the model sees it as its own beginning."""
    first, about = short.ask("Count from one to twenty in words, separated by spaces.")
    assert "cut off at the limit" in about, about
    short.run("/continue")
    whole = short.run("/raw")
    assert whole.startswith(first.split()[0]) and len(whole.split()) > len(first.split())


def test_an_answer_begins_as_it_is_told(short: Shell) -> None:
    """/prefill gives the beginning, which is part of the answer."""
    short.run("/prefill Verily, the")
    answer, _ = short.ask("Name a colour")
    assert answer.startswith("Verily, the")


def test_exported_imported_and_deleted(short: Shell, tmp_path: Path) -> None:
    """What /export json wrote comes back by /import, in the same words; /delete asks first."""
    answer, _ = short.ask("Name a quetzal")
    short.run("/retry temperature=1.5")
    short.run(f"/export {tmp_path / 'talk.json'}")
    short.run(f"/export {tmp_path / 'talk.md'}")
    short.run(f"/export {tmp_path / 'talk.html'}")
    short.run(f"/export {tmp_path / 'talk.jsonl'}")
    assert "Name a quetzal" in (tmp_path / "talk.md").read_text()
    assert "<html" in (tmp_path / "talk.html").read_text()
    example = json.loads((tmp_path / "talk.jsonl").read_text())
    assert [message["role"] for message in example["messages"]] == ["user", "assistant"]
    tree = short.run("/branches")
    short.type("/delete")
    short.wait(r"delete .*\[y/N\]")
    short.type("y")
    short.ready()
    assert "quetzal" not in short.run("/conversations")
    short.run(f"/import {tmp_path / 'talk.json'}")
    assert "quetzal" in short.run("/conversations")
    short.run("/resume quetzal")
    assert short.run("/branches") == tree
    short.run("/switch 1")
    assert answer.split() == short.run("/raw 1").split()
