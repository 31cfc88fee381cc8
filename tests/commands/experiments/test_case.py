"""/case: answers become cases, which /eval asks again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadInput
from chat.conversation.branch import Branch
from chat.evaluation import caught, inforce
from chat.evaluation.suite import Assertion, Case
from chat.session.state import Session
from chat.transfer import eval_cases, evals
from commands import line, registry
from commands.declare import Action

from ...support.recorder import RecordingScreen
from ...support.server import Server, stream
from ...support.turns import changed, made, say

Type = Callable[[str], Action | None]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
TRICKY = st.sampled_from(
    [
        "{{x}}",
        "{% if %}",
        "file://a.txt",
        "{#",
        "a\r\nb",
        "0\x85",
        "a\n\u2028b",
        " x ",
        "yes",
        "1",
        '{"a": 1}',
        "%}",
    ]
)


@pytest.fixture
def session(server: Server, make_session: Callable[..., Session]) -> Session:
    profile = f"here:\n  base_url: {server.url}\n  model: test-model\n"
    return make_session(profile, profile="here")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


# ---- pure


@given(TEXTS | TRICKY, TEXTS | TRICKY)
def test_an_answer_passes_its_own_case(
    tmp_path_factory: pytest.TempPathFactory, message: str, answer: str
) -> None:
    """Whatever it says: marks of templates and what YAML takes for numbers are text."""
    turn = made(Branch().add("user", message), answer)
    path = tmp_path_factory.getbasetemp() / "law.yaml"
    path.unlink(missing_ok=True)
    try:
        variables, held = caught.variables(turn, None), caught.expected(turn)
    except BadInput:
        assert "file://" in (message[:7], answer[:7]) or not answer.strip()
        return
    eval_cases.add(path, Case(variables, (held,)))
    (case,) = evals.read(path).cases
    assert case.variables == {"input": message.removesuffix("\n")}  # promptfoo takes that one away
    assert caught.passes(turn, case.assertions[0]) is True
    assert caught.passes(made(turn.request.asked, answer + "!"), case.assertions[0]) is False


def test_a_bad_answer_is_not_to_come_again() -> None:
    """What is expected of one that was rated bad is its contrary."""
    turn = changed(made(Branch().add("user", "Hi"), "No."), rating=-1)
    assert caught.expected(turn) == Assertion("equals", "No.", negated=True)
    assert caught.passes(turn, caught.expected(turn)) is False


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("contains: Paris", Assertion("contains", "Paris")),
        ("not-icontains: lyon", Assertion("icontains", "lyon", negated=True)),
        ("llm-rubric: is polite", Assertion("llm-rubric", "is polite")),
        ("levenshtein(3): Paris", Assertion("levenshtein", "Paris", 3.0)),
        ("contains-any: a, b", Assertion("contains-any", ["a", "b"])),
        ("Paris: the city", Assertion("equals", "Paris: the city")),
        ("is-json", Assertion("is-json")),
    ],
)
def test_expectations_are_written_as_in_promptfoo(text: str, made: Assertion) -> None:
    """In the notation of its CSV: a type, or a text that is to be equal."""
    assert eval_cases.expectation(text, Path("cases.yaml")) == (made, ())


def test_what_is_not_checked_is_said() -> None:
    """JavaScript is kept, and never run."""
    held, notes = eval_cases.expectation("javascript: output.length < 5", Path("cases.yaml"))
    assert held.type == "javascript"
    assert len(notes) == 1


# ---- typed


def test_the_last_turn_becomes_a_case(
    here: Path, session: Session, typed: Type, screen: RecordingScreen
) -> None:
    """What is expected is asked, and Enter takes the answer as it stands; a hint says how to take it back."""
    say(session.conversation, "Capital of France?", "Paris.")
    screen.answers = [""]
    typed("/case add")
    assert screen.questions == [
        "expected, as contains: …, regex: …, llm-rubric: … (Enter: equals: Paris.) >",
    ]
    assert screen.said == [
        "case 1 of cases.yaml: input: Capital of France? → equals: Paris. (this answer passes); "
        "/case remove 1 takes it out"
    ]
    suite = inforce.with_columns(session, evals.read(here / "cases.yaml"))
    assert [dict(each.variables) for each in suite.cases] == [{"input": "Capital of France?"}]
    assert suite.columns[0].messages[-1] == {"role": "user", "content": "{{input}}"}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("contains: Paris", "contains: Paris (this answer passes)"),
        ("Rome", "equals: Rome (this answer falls short)"),
    ],
)
def test_what_is_expected_is_held_against_the_answer(
    here: Path, session: Session, typed: Type, screen: RecordingScreen, answer: str, told: str
) -> None:
    """A slip of the pen is seen at once."""
    say(session.conversation, "Capital of France?", "Paris.")
    screen.answers = [answer]
    typed("/case add")
    assert told in screen.said[-1]


def test_behind_the_dashes_nothing_is_asked(
    here: Path, session: Session, typed: Type, screen: RecordingScreen
) -> None:
    """A judge says what it thinks when it is asked, so nothing is said of the answer."""
    say(session.conversation, "Hi", "Hello.")
    typed("/case add more.yaml -- llm-rubric: is -- polite")
    assert not screen.questions
    assert screen.said == [
        "case 1 of more.yaml: input: Hi → llm-rubric: is -- polite; /case remove 1 takes it out"
    ]
    assert "# Cases" in (here / "more.yaml").read_text(encoding="utf-8")


def test_the_same_case_is_not_written_twice(
    here: Path, session: Session, typed: Type, screen: RecordingScreen
) -> None:
    """It is said which one it is."""
    say(session.conversation, "Hi", "Hello.")
    typed("/case add -- Hello.")
    before = (here / "cases.yaml").read_bytes()
    typed("/case add -- Hello.")
    assert screen.said[-1] == "that is case 1 of cases.yaml already: input: Hi → equals: Hello."
    assert (here / "cases.yaml").read_bytes() == before


def test_two_cases_that_ask_the_same_are_told(
    here: Path, session: Session, typed: Type, screen: RecordingScreen
) -> None:
    """One that expects something else is written, with a warning; /case rated leaves such a turn to its case."""
    say(session.conversation, "Hi", "Hello.", rating=1)
    typed("/case add -- icontains: hello")
    typed("/case rated")
    assert screen.said[-1] == "0 cases written to cases.yaml; 1 had one there already: /case lists them"
    typed("/case add -- word-count: 1")
    assert screen.warned == ["asked with the same: case 1, which expects something else"]
    assert len(evals.read(here / "cases.yaml").cases) == 2


def test_earlier_messages_are_no_part_of_a_case(
    here: Path, session: Session, typed: Type, screen: RecordingScreen
) -> None:
    """A case is one message, and that is said."""
    say(session.conversation, "Hi", "Hello.")
    say(session.conversation, "And now?", "Bye.")
    typed("/case add -- Bye.")
    assert screen.warned == ["2 earlier messages of the conversation can't be part of a case"]


def test_a_prompt_gives_its_variables(
    here: Path, session: Session, typed: Type, screen: RecordingScreen
) -> None:
    """The case has the values that the prompt was filled with, in a file beside the prompt."""
    folder = here / "prompts"
    folder.mkdir()
    (folder / "cap.prompt.yaml").write_text(
        "template: true\nvariables:\n  land: {default: France}\n"
        "messages:\n- {role: user, content: 'Capital of {{land}}?'}\n",
        encoding="utf-8",
    )
    typed("/prompt cap")
    assert session.prompt is not None
    session.conversation.add(made(session.prompt.start, "Paris.", template=session.prompt.record()))
    typed("/case add -- equals: Paris.")
    suite = inforce.with_columns(session, evals.read(folder / "cases.yaml"))
    assert [dict(each.variables) for each in suite.cases] == [{"land": "France"}]
    assert [each["content"] for each in suite.columns[0].messages] == ["Capital of {{land}}?"]


def test_the_cases_fill_what_the_prompt_in_force_has_no_value_for(
    here: Path, session: Session, server: Server, typed: Type, screen: RecordingScreen
) -> None:
    """/eval now asks with the values of each case, whatever variables have none in the shell."""
    (here / "prompts").mkdir()
    (here / "prompts" / "cap.prompt.yaml").write_text(
        "template: true\nvariables:\n  land: {example: Peru}\n  style: {default: a word}\n"
        "system: Answer in {{style}}.\nmessages:\n- {role: user, content: 'Capital of {{land}}?'}\n",
        encoding="utf-8",
    )
    (here / "rows.csv").write_text("land,__expected\nFrance,icontains: paris\n", encoding="utf-8")
    server.reply(stream("Paris"))
    typed("/prompt cap")
    screen.answers = [True]
    typed("/eval now rows.csv")
    assert screen.failed == []
    assert [each.body["messages"] for each in server.requests] == [
        [
            {"role": "system", "content": "Answer in a word."},
            {"role": "user", "content": "Capital of France?"},
        ]
    ]


def test_ratings_become_cases(here: Path, session: Session, typed: Type, screen: RecordingScreen) -> None:
    """Good answers are to come again, bad ones are not; those without a mark are left alone."""
    for message, rating in (("a", 1), ("b", None), ("c", -1)):
        turn = made(Branch().add("user", message), message.upper())
        session.conversation.add(changed(turn, rating=rating))
    typed("/case rated")
    assert screen.said == ["2 cases written to cases.yaml: /case lists them"]
    cases = evals.read(here / "cases.yaml").cases
    assert [(each.variables["input"], each.assertions[0].name) for each in cases] == [
        ("a", "equals"),
        ("c", "not-equals"),
    ]
    typed("/case rated")
    assert screen.said[-1] == "0 cases written to cases.yaml; 2 had one there already: /case lists them"


def test_cases_are_listed_and_taken_out(
    here: Path, session: Session, typed: Type, screen: RecordingScreen
) -> None:
    """In an evaluation, too: its comments and prompts stay."""
    text = (
        "prompts: ['{{input}}']  # one\ntests:\n- vars: {input: a}\n  # why\n  assert: [{type: equals, value: A}]\n"
        "- vars: {input: b}\n- file://other.csv\n"
    )
    (here / "eval.yaml").write_text(text, encoding="utf-8")
    typed("/case eval.yaml")
    ((_, rows),) = screen.tables
    assert rows == [("1", "input: a", "equals: A"), ("2", "input: b", ""), ("3", "file://other.csv", "")]
    typed("/case remove 2 eval.yaml")
    assert screen.said[-1] == "case 2 is out of eval.yaml: input: b"
    assert (here / "eval.yaml").read_text(encoding="utf-8") == text.replace("- vars: {input: b}\n", "")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/case add", "there is no answer yet"),
        ("/case rated", "no answer of this conversation has a mark"),
        ("/case add contains: Paris", "it takes one file"),
        ("/case add cases.csv -- x", "cases.csv is no name of a file of cases"),
        ("/case rated -- x", "what is expected goes with add"),
        ("/case remove", "say which case"),
        ("/case remove 3", "cases.yaml has no case 3: there are none"),
        ("/case broken.yaml", "broken.yaml"),
    ],
)
def test_what_can_t_be_done_is_said(
    here: Path, typed: Type, screen: RecordingScreen, line: str, told: str
) -> None:
    """In a sentence, and no file is written."""
    (here / "broken.yaml").write_text("a: [", encoding="utf-8")
    typed(line)
    assert told in screen.failed[-1]
    assert [each.name for each in here.iterdir()] == ["broken.yaml"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("/case r", ["/case rated", "/case remove"]),
        ("/case add m", ["/case add more.yaml"]),
        ("/case add -- ico", ["/case add -- icontains:"]),
        ("/case add more.yaml -- is", ["/case add more.yaml -- is-json"]),
        ("/case more", ["/case more.yaml"]),
        ("/case remove ", ["/case remove 1", "/case remove 2"]),
    ],
)
def test_completion_goes_on_from_what_is_typed(
    here: Path, session: Session, typed: str, offered: list[str]
) -> None:
    """Actions, files of cases, and what can be expected, behind what stands there."""
    (here / "more.yaml").write_text("[]", encoding="utf-8")
    (here / "cases.yaml").write_text("- vars: {a: 1}\n- vars: {b: 1}\n", encoding="utf-8")
    (here / "other.csv").write_text("a", encoding="utf-8")
    found = line.complete(typed, registry(), session)
    assert [typed[:at] + each.text for at, each in found] == offered
