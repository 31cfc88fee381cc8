"""The tree of a conversation in a real terminal: edited, exported, deleted. At a scripted server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.terminal import Shell


@pytest.fixture
def short(scripted: Shell) -> Shell:
    """Answers of eight tokens, the same each time."""
    scripted.run("/set temperature=0 max_tokens=8")
    return scripted


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
