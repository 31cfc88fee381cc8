"""The context window and the budget, in a real terminal, at a server that says how much its model holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.terminal import Shell

FIRST = "The first message" + ", of a few words that take up some room" * 6
SECOND = "The second message" + ", which is just as long as the first one" * 6


@pytest.fixture
def brief(scripted: Shell, tmp_path: Path) -> Shell:
    """A shell whose model can say one word only, whatever its limit."""
    schema = tmp_path / "word.json"
    schema.write_text(json.dumps({"type": "string", "enum": ["fine"]}))
    scripted.run(f"/format schema {schema}")
    return scripted


def clear(shell: Shell) -> None:
    """Ctrl-C takes away what was given back to the prompt."""
    shell.press("\x03")
    shell.until(lambda: not shell.typed, "Ctrl-C did not clear what was typed")


def test_what_does_not_fit_is_held_back_and_can_be_made_to_fit(brief: Shell) -> None:
    """With nearly all of the window set aside for the answer, the second message is held back; leaving out the
    first turn makes room, and /history says what requests leave out."""
    assert "fine" in brief.ask(FIRST)[0]
    brief.run("/max_tokens 8090")
    brief.type(SECOND)
    brief.wait(r"are ≈\d+ more than the 8,192 of the model's window")
    brief.wait("what now\\?")
    brief.press("1\r")
    brief.ready()
    assert "requests leave out turn 1" in brief.text
    assert "8090" in brief.run("/show max_tokens")
    shown = brief.run("/history")
    assert "user (turn 1, left out of requests)" in shown
    assert "user (turn 2)" in shown
    assert "nothing is left out" in brief.run("/context all") + brief.run("/context")


def test_none_of_the_ways_gives_the_message_back(brief: Shell) -> None:
    """Enter sends nothing, and what was typed stands at the prompt again."""
    brief.ask(FIRST)
    brief.run("/max_tokens 8090")
    brief.type(SECOND)
    brief.wait("what now\\?")
    brief.press("\r")
    brief.ready()
    brief.until(lambda: brief.typed.startswith("The second message"), "the message did not come back")
    clear(brief)


def test_a_budget_stops_what_could_exceed_it(brief: Shell) -> None:
    """The arithmetic is shown; no sends nothing."""
    assert "no price is known for test-model" in brief.run("/budget $1")
    brief.run("/budget 260 tokens")
    brief.run("/max_tokens 250")
    brief.type("How are you?")
    brief.wait(r"one request could take ≈\d+ in \+ 250 out")
    brief.wait("send all the same\\?")
    brief.press("n\r")
    brief.ready()
    clear(brief)
    assert "spent 0 tokens" in brief.run("/budget")
    brief.run("/max_tokens 20")
    assert "fine" in brief.ask("How are you?")[0]
    assert "budget 260 tokens; spent" in brief.run("/budget")
