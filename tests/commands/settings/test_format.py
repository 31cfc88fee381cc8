"""/format and /explain, and structures typed on the line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.endpoint.memory import ProbeVerdict
from chat.session.state import Session
from commands import registry
from commands.line import complete

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


@pytest.mark.parametrize("said", ["/format", "/format schema"])
def test_a_schema_may_be_typed(typed: Typed, session: Session, screen: RecordingScreen, said: str) -> None:
    """A schema on the line is taken as one in a file is: wrapped, and held against the rules of schemas."""
    typed(f'{said} {{"type": "object"}}')
    assert form(session) == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": {"type": "object"}},
    }
    typed(f'{said} {{"type": 3}}')
    assert "that schema" in screen.failed[-1]


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
    seen = ProbeVerdict("can't tell", "answers vary without it, too", "2026-11-26")
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


# ---- schemas from elsewhere, and the rules of strict mode


SOUND = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}
LOOSE = {"type": "object", "properties": {"a": {"type": "string"}}}


def written(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content))
    return path


def test_off_is_not_sent(typed: Typed, session: Session) -> None:
    """/format off takes it back."""
    typed("/format json")
    typed("/format off")
    assert form(session) is None


def test_a_sound_schema_is_strict(
    typed: Typed, session: Session, screen: RecordingScreen, tmp_path: Path
) -> None:
    """A bare schema that keeps the rules of strict mode is sent as strict, and told by its name."""
    typed(f"/format {written(tmp_path / 'cat.json', SOUND)}")
    assert form(session) == {
        "type": "json_schema",
        "json_schema": {"name": "cat", "schema": SOUND, "strict": True},
    }
    assert screen.said[-1].endswith("→ json_schema cat, strict")
    assert not screen.warned


def test_a_loose_one_says_why_not_and_is_mended_when_told(
    typed: Typed, session: Session, screen: RecordingScreen, tmp_path: Path
) -> None:
    """The rules that are not kept are named by their places; /format fix makes it strict, and nothing else does."""
    typed(f"/format schema {written(tmp_path / 'cat.json', LOOSE)}")
    assert "  /required: it lacks a (list it; where it may be missing, let it be null)" in screen.said
    assert form(session) == {"type": "json_schema", "json_schema": {"name": "cat", "schema": LOOSE}}
    typed("/format fix")
    mended = {
        **LOOSE,
        "properties": {"a": {"type": ["string", "null"]}},
        "required": ["a"],
        "additionalProperties": False,
    }
    assert form(session) == {
        "type": "json_schema",
        "json_schema": {"name": "cat", "schema": mended, "strict": True},
    }


def test_a_strict_schema_that_is_not_sound_is_warned_of(typed: Typed, screen: RecordingScreen) -> None:
    """However it is set, and it is sent all the same: other servers take more."""
    given = json.dumps({"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": LOOSE}})
    typed(f"/set response_format {given}")
    assert screen.warned[0] == "strict mode: the schema: additionalProperties has to be false (add it)"


def test_fix_writes_a_file_when_told(
    typed: Typed, session: Session, screen: RecordingScreen, tmp_path: Path
) -> None:
    """Over a file that is there only after asking."""
    path = written(tmp_path / "cat.json", LOOSE)
    typed(f"/format {path}")
    screen.answers = [False]
    typed(f"/format fix {path}")
    assert json.loads(path.read_text()) == LOOSE
    typed(f"/format fix {tmp_path / 'new.json'}")
    assert json.loads((tmp_path / "new.json").read_text())["required"] == ["a"]


@pytest.mark.parametrize("taken", [True, False])
def test_a_schema_is_inferred_and_taken_when_told(
    typed: Typed, session: Session, screen: RecordingScreen, tmp_path: Path, taken: bool
) -> None:
    """It is shown first."""
    screen.answers = [taken]
    typed(f"/format infer {written(tmp_path / 'cat.json', {'a': 'x'})}")
    assert '"additionalProperties": false' in screen.transcript
    wanted = {"type": "json_schema", "json_schema": {"name": "cat", "schema": SOUND, "strict": True}}
    assert form(session) == (wanted if taken else None)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"type": "objekt"}, "it is no JSON Schema: /type"),
        ([1], "a JSON Schema is an object"),
        ({"type": "json_schema", "json_schema": {"schema": {}}}, "name"),
    ],
)
def test_what_is_no_schema_is_refused(
    typed: Typed, session: Session, screen: RecordingScreen, tmp_path: Path, content: object, said: str
) -> None:
    """With its fault, and nothing is set."""
    typed(f"/format schema {written(tmp_path / 'x.json', content)}")
    assert said in screen.failed[0]
    assert form(session) is None


def test_a_deep_schema_is_refused(
    typed: Typed, session: Session, screen: RecordingScreen, tmp_path: Path
) -> None:
    """Ten thousand levels are one sentence."""
    path = tmp_path / "deep.json"
    path.write_text('{"items":' * 10_000 + "{}" + "}" * 10_000)
    typed(f"/format schema {path}")
    assert "nested" in screen.failed[0] or "deep" in screen.failed[0]
    assert form(session) is None


def test_what_is_set_is_shown(typed: Typed, screen: RecordingScreen, tmp_path: Path) -> None:
    """Its name, the schema, and what strict mode would refuse."""
    typed(f"/format {written(tmp_path / 'cat.json', LOOSE)}")
    screen.said.clear()
    typed("/format")
    assert screen.said[0] == "the form of the answer: json_schema cat, not strict"
    assert '"type": "object"' in screen.said[1]
    assert "  the schema: additionalProperties has to be false (add it)" in screen.said


def test_files_and_types_are_completed(session: Session, tmp_path: Path) -> None:
    """Files that may hold a schema, and the types of a Python file."""
    tmp_path = tmp_path / "work"
    tmp_path.mkdir()
    written(tmp_path / "cat.json", SOUND)
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "models.py").write_text("class Cat(BaseModel): ...\nclass Other: ...\n")
    known = registry()

    def offered(text: str) -> list[str]:
        return [each.text for _, each in complete(text, known, session)]

    assert offered(f"/format schema {tmp_path}/") == [f"{tmp_path}/cat.json", f"{tmp_path}/models.py:"]
    assert offered(f"/format schema {tmp_path}/models.py:") == [
        f"{tmp_path}/models.py:{n}" for n in ("Cat", "Other")
    ]
    assert offered(f"/format infer {tmp_path}/") == [f"{tmp_path}/cat.json"]
    assert offered("/format f") == []  # there is nothing to mend
    session.settings = session.settings.set(
        "response_format", {"type": "json_schema", "json_schema": {"schema": {}}}
    )
    assert offered("/format f") == ["fix"]
