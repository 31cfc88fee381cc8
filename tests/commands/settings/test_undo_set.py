"""/undo set and /redo set: back and forth over every change of settings, whatever made it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chat.session.state import Session
from commands.declare import Send

from ...support.recorder import RecordingScreen

Typed = Callable[[str], Any]


def test_each_change_is_taken_back_in_turn(typed: Typed, session: Session, screen: RecordingScreen) -> None:
    """/set of two values, a profile and a stop text are a change each, and the echo says what is back."""
    begun = session.settings
    seen = [begun]
    for line in ("/set temperature=0.2 top_p=0.5", "/profile creative", "/stop add END"):
        typed(line)
        seen.append(session.settings)
    screen.said.clear()
    typed("/undo set")
    assert session.settings == seen[2] and any("stop" in each for each in screen.said)
    typed("/undo set")
    typed("/undo set")
    assert session.settings == begun
    assert any("temperature 0.2 → " in each for each in screen.said)
    typed("/redo set")
    assert session.settings == seen[1] and "temperature 1.0 → 0.2" in " ".join(screen.said)


def test_there_is_an_end_on_both_sides(typed: Typed, session: Session, screen: RecordingScreen) -> None:
    """Where nothing is left to take back or to make again, one sentence says so and nothing changes."""
    typed("/undo set")
    assert screen.failed == ["no setting was changed here"]
    typed("/temperature 0.3")
    typed("/undo set")
    begun = session.settings
    typed("/undo set")
    typed("/temperature 0.4")
    typed("/redo set")
    assert screen.failed[1:] == ["that was the first change", "no change of settings was taken back"]
    assert session.settings == begun.set("temperature", 0.4)


def test_the_conversation_is_left_alone(typed: Typed, session: Session, screen: RecordingScreen) -> None:
    """/undo and /redo without set stay the conversation's."""
    typed("/temperature 0.3")
    set_ = session.settings
    typed("/undo")
    assert session.settings == set_ and "nothing to undo" in screen.failed[-1]
    session.conversation.head = session.branch.add("user", "hello")
    action = typed("/redo temperature=1")
    assert isinstance(action, Send) and action.settings and action.settings.get("temperature") == 1.0
    assert session.settings == set_


def test_a_prompt_comes_back_with_what_it_set(
    typed: Typed, session: Session, screen: RecordingScreen
) -> None:
    """Loading a prompt and its values are one change: they go together, and come together."""
    path = session.places.config / "prompts" / "poet.prompt.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("system: You are Ovid.\nparameters: {temperature: 0.1}\n", encoding="utf-8")
    typed("/prompt poet")
    loaded = session.setting
    assert loaded.prompt
    typed("/undo set")
    assert session.prompt is None and session.settings.get("temperature") != 0.1
    typed("/redo set")
    assert session.setting == loaded
