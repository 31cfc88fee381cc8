"""The prompt and the parameters in force become a column: which of a table's columns is the message."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from chat.base.errors import BadInput
from chat.evaluation.filling import fill
from chat.evaluation.inforce import with_columns
from chat.evaluation.suite import Case, Column, Suite
from chat.session.state import Session
from commands import dispatch, registry

from ...support.recorder import RecordingScreen


def suite(**variables: object) -> Suite:
    return Suite("s", (), (Case(variables), Case(variables)))


def sent(session: Session, **variables: object) -> list[tuple[str, str]]:
    """The messages of the first cell."""
    made = with_columns(session, suite(**variables))
    (column,) = made.columns
    return [(each["role"], each["content"]) for each in fill(column, made.cases[0])]


def test_a_suite_with_columns_stays_as_it_is(session: Session) -> None:
    """What a file says goes before what is in force."""
    given = Suite("s", (Column("a", ()),), (Case(),))
    assert with_columns(session, given) is given


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"input": "a", "other": "b"}, "a"),
        ({"question": "a", "expected": "b"}, "a"),
        ({"text": "a", "question": "b"}, "b"),
        ({"frage": "a"}, "a"),
        ({"my question": "a"}, "a"),
        ({"2": "a"}, "a"),
        ({"q-1": "a {{input}}"}, "a {{input}}"),
        ({"input": "a {{other}} {% x", "other": "b"}, "a {{other}} {% x"),
    ],
)
def test_the_message_is_found_by_its_name(session: Session, variables: dict[str, str], message: str) -> None:
    """The first of the usual names, or the only column there is; what stands in it is sent as it is."""
    assert sent(session, **variables) == [("user", message)]


@pytest.mark.parametrize("variables", [{"frage": "a", "antwort": "b"}, {}])
def test_where_nothing_says_so_it_is_asked_for(session: Session, variables: dict[str, str]) -> None:
    """The names that there are, and the way out, are told."""
    with pytest.raises(BadInput, match=r"nothing says which of (frage, antwort|no columns) is the message"):
        sent(session, **variables)


@pytest.fixture
def load(
    make_session: Callable[..., Session], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Session]:
    """A session with a prompt in force, which a file holds."""

    def loaded(text: str, ending: str = "yaml") -> Session:
        monkeypatch.chdir(tmp_path)
        (tmp_path / f"p.prompt.{ending}").write_text(text, encoding="utf-8")
        session, screen = make_session(), RecordingScreen()
        dispatch.run(f"/prompt p.prompt.{ending}", registry(), session, screen)
        assert screen.failed == [] and session.prompt
        return session

    return loaded


PROMPT = """\
template: true
messages:
  - role: system
    content: You speak {{language}}.
  - role: user
    content: "Say: {{text}}"
"""


def test_a_prompt_in_force_is_filled_with_each_row(load: Callable[..., Session]) -> None:
    """Its variables are the table's columns, and nothing is added to it."""
    assert sent(load(PROMPT), language="Dutch", text="tea") == [
        ("system", "You speak Dutch."),
        ("user", "Say: tea"),
    ]


def test_a_prompt_without_a_question_is_followed_by_the_message(load: Callable[..., Session]) -> None:
    """Where it ends with an answer, or holds a system message alone, the row's message comes after it."""
    text = PROMPT + "  - role: assistant\n    content: Thee.\n"
    assert sent(load(text), language="Dutch", text="tea", input="more")[-1] == ("user", "more")


def test_values_given_before_hold_where_a_row_has_none(load: Callable[..., Session]) -> None:
    """/var gives the language to all rows; a row that has one of its own keeps it."""
    session = load(PROMPT)
    screen = RecordingScreen()
    dispatch.run("/var language=Dutch", registry(), session, screen)
    assert screen.failed == []
    assert sent(session, text="tea")[0] == ("system", "You speak Dutch.")
    assert sent(session, text="tea", language="Irish")[0] == ("system", "You speak Irish.")


def test_braces_of_a_prompt_that_is_no_template_are_text(load: Callable[..., Session]) -> None:
    """Its messages go as they stand; the row's comes after them."""
    session = load(PROMPT.replace("template: true\n", "") + "  - role: assistant\n    content: '{{text}}'\n")
    assert sent(session, language="Dutch", text="tea") == [
        ("system", "You speak {{language}}."),
        ("user", "Say: {{text}}"),
        ("assistant", "{{text}}"),
        ("user", "tea"),
    ]
