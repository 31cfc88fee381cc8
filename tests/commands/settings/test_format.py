"""/format and /explain, and structures typed on the line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.endpoint.memory import Verdict
from chat.session.state import Session

from ...support.asking import body_of
from ...support.recorder import RecordingScreen

Typed = Callable[[str], object]


def form(session: Session) -> object:
    return session.settings.get("response_format")


def test_json_and_text(typed: Typed, session: Session) -> None:
    """/format json and /format text set the API's own forms."""
    typed("/format json")
    assert form(session) == {"type": "json_object"}
    typed("/format text")
    assert form(session) == {"type": "text"}


@pytest.mark.parametrize(
    "content",
    [
        {"type": "object"},
        {"name": "cat_2", "schema": {"type": "object"}},
        {"type": "json_schema", "json_schema": {"name": "cat_2", "schema": {"type": "object"}}},
    ],
)
def test_a_schema_is_wrapped_where_it_is_not(
    typed: Typed, session: Session, tmp_path: Path, content: dict[str, object]
) -> None:
    """A bare schema gets the API's wrapping and the file's name; a wrapped one stays."""
    path = tmp_path / "cat 2.json"
    path.write_text(json.dumps(content))
    typed(f"/format schema {path}")
    assert form(session) == {
        "type": "json_schema",
        "json_schema": {"name": "cat_2", "schema": {"type": "object"}},
    }


@pytest.mark.parametrize(
    "line", ["/format xml", "/format schema", "/format schema nowhere.json", "/format json now"]
)
def test_other_forms_are_refused(typed: Typed, session: Session, screen: RecordingScreen, line: str) -> None:
    """A form that is none, or a file that is not there, changes nothing."""
    typed(line)
    assert screen.failed
    assert form(session) is None


def test_a_wrong_structure_says_where(typed: Typed, session: Session, screen: RecordingScreen) -> None:
    """What the SDK's type does not take is refused with the place."""
    typed("/set tools [{type: function, function: {}}]")
    assert "tools.0.function.name" in screen.failed[0]
    assert session.settings.get("tools") is None


def test_a_structure_in_the_editor(typed: Typed, session: Session, screen: RecordingScreen) -> None:
    """/set NAME edit opens what is set as YAML, and reads what comes back."""
    screen.answers = ["# a remark\ntype: json_object\n"]
    typed("/set response_format edit")
    assert form(session) == {"type": "json_object"}


def test_extra_fields_reach_the_body(typed: Typed, session: Session) -> None:
    """/set extra.min_p 0.05 sends what the SDK does not know, under its own name."""
    typed("/set extra.min_p 0.05")
    assert body_of(session)["min_p"] == 0.05
    typed("/unset extra.min_p")
    assert "min_p" not in body_of(session)


def test_explain_reads_the_table(typed: Typed, screen: RecordingScreen) -> None:
    """Meaning, range, default, company and what is in force."""
    typed("/temp 0.5")
    typed("/explain top_p")
    for said in ("Nucleus sampling", "a number from 0 to 1", "temperature is set too", "not sent"):
        assert said in screen.transcript


def test_explain_says_what_was_found_here(typed: Typed, session: Session, screen: RecordingScreen) -> None:
    """The verdict with its evidence, of which model and of which day."""
    seen = Verdict("can't tell", "answers vary without it, too", "2026-11-26")
    session.endpoints.remember_verdict(session.endpoint, session.model, "top_p", seen)
    typed("/explain top_p")
    assert f"{session.model}, 2026-11-26: can't tell: answers vary without it, too" in screen.transcript


def test_explain_says_what_is_needed(typed: Typed, screen: RecordingScreen) -> None:
    """top_logprobs needs logprobs, and it is said whether that is set."""
    typed("/explain top_logprobs")
    assert "needs logprobs, which is not set" in screen.transcript


def test_explain_knows_what_is_deprecated(typed: Typed, screen: RecordingScreen) -> None:
    """A deprecated parameter names what replaces it."""
    typed("/explain max_tokens")
    assert "in favour of max_completion_tokens" in screen.transcript
