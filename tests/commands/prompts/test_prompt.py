"""/prompt, /var, /vars: prompts loaded, filled, saved, and their versions."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.base.errors import BadInput
from chat.prompts import files
from chat.session import sending
from chat.session.state import Session
from commands import line, registry

from ...support.recorder import RecordingScreen
from ...support.server import Server, stream
from ..conftest import Run

TRIP = """\
description: Plans a trip
template: true
variables:
  city: {example: Rome}
  days: {type: integer, default: 3}
parameters: {temperature: 0.2}
system: You plan trips of {{days}} days.
messages:
- {role: user, content: 'A trip to {{city}}, please. {not a variable}'}
"""


@pytest.fixture
def session(
    here: Callable[..., Session], server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Session:
    """A session at the server, in a folder of its own with a prompt in the person's."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    made = here()
    put(made, "trip", TRIP)
    server.reply(*(stream("Fine."),) * 6)
    return made


def put(session: Session, name: str, text: str) -> Path:
    path = session.places.config / "prompts" / f"{name}.prompt.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def body(session: Session) -> dict[str, object]:
    return sending.prepare(session, session.target(), session.last_asked()).body


def test_a_prompt_is_listed_loaded_filled_and_sent(
    run: Run, session: Session, screen: RecordingScreen
) -> None:
    """Its text goes out filled, its parameters with it, and the turn knows its version and values."""
    run("/prompt")
    assert screen.tables[-1][1][0][:3] == ("trip", "Plans a trip", "city, days")
    run("/prompt trip")
    run("/var city=New York")
    run("/var days=5")
    assert "city → New York" in screen.said
    run("/retry")
    turn = session.turns[-1]
    assert turn.request.whole["messages"] == [
        {"role": "system", "content": "You plan trips of 5 days."},
        {"role": "user", "content": "A trip to New York, please. {not a variable}"},
    ]
    assert turn.request.body["temperature"] == 0.2
    assert turn.request.template["values"] == {"city": "New York", "days": 5}
    stored = session.store.load(session.conversation.number).turns[-1]
    assert stored.request.template == turn.request.template
    assert not screen.failed


def test_what_is_missing_is_asked_for_with_its_example(
    run: Run, session: Session, screen: RecordingScreen
) -> None:
    """A person is asked for a value before anything is sent; what is no value is asked for again."""
    put(session, "n", "template: true\nvariables:\n  n: {type: integer, example: 4}\nsystem: '{{n}}'\n")
    run("/prompt n")
    screen.answers += ["four", "4"]
    run("hi")
    assert [each for each in screen.questions if "n (" in each] == ["n (integer, for example 4):"] * 2
    assert session.turns[-1].request.carried.system == "4"
    run("/prompt n")
    screen.answers.clear()
    run("hi")
    assert "n (integer, for example 4) has no value" in screen.failed[-1]
    assert len(session.turns) == 1


def test_no_way_sends_a_missing_variable(session: Session, run: Run) -> None:
    """Whatever sends, nothing goes out in which a variable still stands."""
    run("/prompt trip")
    with pytest.raises(BadInput, match="city has no value"):
        body(session)


def test_a_value_is_text_whatever_it_says(run: Run, session: Session) -> None:
    """A value that looks like a variable, a template or a command goes out as it is."""
    for value in ("{{days}}", "{% for %}", "/system x", '{"a": "{{city}}"}'):
        run("/prompt trip")
        run(f"/var city={value}")
        assert f"A trip to {value}, please." in str(body(session)["messages"][1]["content"])  # type: ignore[index]


def test_values_come_from_files(run: Run, session: Session, screen: RecordingScreen) -> None:
    """A file is a value, an object of names and values several; what has no variable is refused whole."""
    Path("notes.txt").write_text("two\nlines\n", encoding="utf-8")
    run("/prompt trip")
    run("/var city @notes.txt")
    assert session.prompt and session.prompt.given["city"] == "two\nlines"
    run("/var city=@@home")
    assert session.prompt.given["city"] == "@home"
    Path("case.json").write_text(json.dumps({"city": "Oslo", "days": 2}), encoding="utf-8")
    run("/vars case.json")
    assert dict(session.prompt.given) == {"city": "Oslo", "days": 2}
    assert [row[:5] for row in screen.tables[-1][1]] == [
        ("city", "string", "Oslo", "given", "message 1 (user)"),
        ("days", "integer", "2", "given", "system"),
    ]
    for bad in ({"town": "x"}, {"days": "two"}, ["x"]):
        Path("case.json").write_text(json.dumps(bad), encoding="utf-8")
        run("/vars case.json")
        assert dict(session.prompt.given) == {"city": "Oslo", "days": 2}
    assert len(screen.failed) == 3
    run("/var city=Rome days=9")
    assert dict(session.prompt.given) == {"city": "Rome", "days": 9}
    run('/var city="Rome days=8"')
    assert dict(session.prompt.given) == {"city": "Rome days=8", "days": 9}
    run("/vars clear")
    assert not session.prompt.given


def test_another_value_begins_anew(run: Run, session: Session, screen: RecordingScreen) -> None:
    """After an answer, a new value makes a new branch; what was said stays."""
    run("/prompt trip")
    run("/var city=Rome")
    run("/retry")
    run("/var city=Oslo")
    assert any("begins anew" in each for each in screen.said)
    run("/retry")
    asked = [turn.request.asked.last.content for turn in session.turns if turn.request.asked.last]
    assert ["Rome" in asked[0], "Oslo" in asked[1]] == [True, True]
    assert [turn.request.asked.length for turn in session.turns] == [1, 1]


def test_system_and_show_have_template_and_filled_text(
    run: Run, session: Session, screen: RecordingScreen
) -> None:
    """/system and /show put the template beside what it became; /system changes the template."""
    run("/prompt trip")
    run("/system")
    assert screen.tables[-1][1][0] == (
        "system",
        "You plan trips of {{days}} days.",
        "You plan trips of 3 days.",
    )
    run("/show")
    assert tuple(screen.tables[-1][0][1:]) == ("template", "filled")
    run("/system Be {{tone}}.")
    run("/var tone=kind")
    assert session.settings.get("system") == "Be kind."


def test_text_that_is_no_template_keeps_its_braces(
    run: Run, session: Session, screen: RecordingScreen
) -> None:
    """Without a prompt, braces are text, in the system message and in what is said; also beside a prompt."""
    run("/system {{a}} stays")
    run("and {{b}}")
    assert session.turns[-1].request.whole["messages"] == [
        {"role": "system", "content": "{{a}} stays"},
        {"role": "user", "content": "and {{b}}"},
    ]
    run("/prompt trip")
    run("/var city=Rome")
    run("{{city}}")
    assert session.turns[-1].request.whole["messages"][-1]["content"] == "{{city}}"  # type: ignore[index]


def test_what_is_in_force_is_saved(run: Run, session: Session, screen: RecordingScreen) -> None:
    """The system message, the messages, and the parameters that were changed; braces become variables when
    the person says so, and it is loaded then."""
    run("/system Answer in {{language}}.")
    run("/set temperature=0.5 seed=3")
    screen.answers.append(True)
    run("/prompt save short the first")
    path = session.places.config / "prompts" / "short.prompt.yaml"
    made = files.load(path).prompt
    assert made.system == "Answer in {{language}}." and made.parameters == {"temperature": 0.5, "seed": 3}
    assert [each.name for each in made.variables] == ["language"]
    run("/var language=French")
    assert session.settings.get("system") == "Answer in French."
    assert session.settings.get("seed") == 3
    screen.answers.append(False)
    run("/prompt close")
    run("/system {{literally}}")
    run("/prompt save braces")
    run("/prompt braces")
    assert session.settings.get("system") == "{{literally}}"


def test_a_request_becomes_a_prompt(run: Run, session: Session, screen: RecordingScreen) -> None:
    """What was opened is saved with its messages; a variable of its text is one that /var fills, and other
    braces in it stay."""
    Path("call.py").write_text(
        "client.chat.completions.create(model='m', temperature=0.1, messages=["
        "{'role': 'user', 'content': f'Hello {user.name}, {{{{x}}}}'}])",
        encoding="utf-8",
    )
    run("/open call.py")
    run("/var user_name=Ann")
    assert body(session)["messages"] == [{"role": "user", "content": "Hello Ann, {{x}}"}]
    run("/prompt save hello")
    run("/prompt hello")
    run("/var user_name=Bob")
    assert body(session)["messages"] == [{"role": "user", "content": "Hello Bob, {{x}}"}]
    assert body(session)["temperature"] == 0.1


def test_var_makes_a_variable_of_the_text(run: Run, session: Session, screen: RecordingScreen) -> None:
    """Without a prompt, /var declares what stands in the text; a name that stands nowhere is refused."""
    run("/system In {{lang}}, not {{other}}.")
    run("/var lang=Greek")
    assert session.settings.get("system") == "In Greek, not {{other}}."
    run("/prompt close")
    run("/var nothing=x")
    assert "no {{nothing}}" in screen.failed[-1]


def test_versions_are_logged_compared_and_taken_back(
    run: Run, session: Session, screen: RecordingScreen
) -> None:
    """Each save is a version with time and note; turns are counted by version; an earlier one comes back."""
    run("/prompt trip")
    run("/var city=Rome")
    run("/retry")
    run("/rate good")
    first = session.prompt.version if session.prompt else ""
    run("/system You plan short trips.")
    run("/set temperature 0.9")
    run("/prompt save trip shorter")
    run("/retry")
    run("/prompt log")
    columns, rows = screen.tables[-1]
    assert columns == ("version", "when", "note", "turns", "cost", "rated")
    assert [row[2] for row in rows][:1] == ["shorter"] and rows[0][3] == "1"
    assert rows[-1][0] == first[:8] and rows[-1][3] == "1" and rows[-1][5] == "1 good"
    run(f"/prompt diff {first[:6]} now")
    assert "temperature 0.2 → 0.9" in screen.said
    assert any("[-of {{days}} days" in each or "{+short" in each for each in screen.said)
    run("/prompt diff")
    assert any("{+short" in each for each in screen.said)
    run(f"/prompt back {first[:6]}")
    assert session.prompt and session.prompt.version == first
    assert session.settings.get("temperature") == 0.2
    assert session.prompt.given["city"] == "Rome"
    run("/prompt back nope")
    assert "no version nope" in screen.failed[-1]


def test_commits_stand_in_the_log(run: Run, session: Session, screen: RecordingScreen) -> None:
    """In a repository the log has its commits, and they can be compared with; nothing is committed."""
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b.example")
    subprocess.run([*git, "init", "-q"], check=True)
    Path("prompts").mkdir()
    path = Path("prompts/here.prompt.yaml")
    path.write_text("system: one two three\n", encoding="utf-8")
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "The first words"], check=True)
    run("/prompt here")
    run("/system one two four")
    run("/prompt save here")
    assert "four" in path.read_text(encoding="utf-8")
    run("/prompt log")
    commit = next(row for row in screen.tables[-1][1] if "The first words" in row[2])
    run(f"/prompt diff {commit[0]}")
    assert any("[-three-]" in each for each in screen.said)
    done = subprocess.run([*git, "log", "--oneline"], capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == 1


def test_a_profile_of_a_prompt_is_taken(run: Run, session: Session) -> None:
    """The profile that a prompt names is below it; another profile takes the prompt out of force."""
    put(session, "p", "profile: here\nsystem: hi\nparameters: {temperature: 0.3}\n")
    run("/prompt p")
    assert session.settings.profile == "here" and session.settings.get("temperature") == 0.3
    run("/profile here")
    assert session.prompt is None and session.settings.get("temperature") is None


def test_what_was_set_here_stays_but_what_the_prompt_says(run: Run, session: Session) -> None:
    """Loading keeps the model and all that the prompt does not name; /reset goes back to the prompt."""
    run("/set model other")
    run("/set temperature 1.5")
    run("/prompt trip")
    assert (session.model, session.settings.get("temperature")) == ("other", 0.2)
    run("/set temperature 1")
    run("/reset")
    assert session.settings.get("temperature") == 0.2


def test_clear_begins_with_the_prompt_again(run: Run, session: Session) -> None:
    """A new conversation has the messages of the prompt in force."""
    run("/prompt trip")
    run("/var city=Rome")
    run("/retry")
    run("/clear")
    assert [message.content for message in session.branch] == ["A trip to Rome, please. {not a variable}"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/prompt nothing", "no prompt nothing"),
        ("/prompt save", "takes a name"),
        ("/prompt save a/b", "can't name a prompt"),
        ("/prompt log", "no prompt of a file"),
        ("/prompt close", "no prompt is in force"),
        ("/prompt load", "takes a name"),
        ("/var city", "name=value"),
        ("/vars case.json", "no prompt with variables"),
        ("/export prompt -", "nothing to export"),
        ("/improve", "no prompt to improve"),
    ],
)
def test_what_can_not_be_done_is_said(run: Run, screen: RecordingScreen, typed: str, said: str) -> None:
    """Each way to use it wrongly has its sentence, and changes nothing."""
    run(typed)
    assert said in screen.failed[-1]


def test_a_broken_prompt_is_named_and_the_others_listed(
    run: Run, session: Session, screen: RecordingScreen
) -> None:
    """The list has what is sound, and says what is wrong with the rest, by file and line."""
    put(session, "bad", "system: a\nsistem: b\n")
    run("/prompt")
    assert [row[0] for row in screen.tables[-1][1]] == ["trip"]
    assert "line 2" in screen.warned[-1]
    run("/prompt bad")
    assert "line 2" in screen.failed[-1]


def test_export_writes_ours_and_githubs(run: Run, session: Session, screen: RecordingScreen) -> None:
    """/export prompt gives a prompt file, with --github one in their form."""
    run("/prompt trip")
    run("/export prompt -")
    assert files.loads(Path("a.prompt.yaml"), screen.raw[-1]).prompt.description == "Plans a trip"
    run("/export prompt --github")
    text = Path("trip.prompt.yml").read_text(encoding="utf-8")
    assert "modelParameters:" in text and "testData:" in text
    assert (
        files.loads(Path("trip.prompt.yml"), text)
        .prompt.messages[1]["content"]
        .startswith("A trip to {{city}}")
    )


def test_completion_knows_prompts_variables_and_examples(run: Run, session: Session) -> None:
    """Names of prompts with what they say, variables with what they have, values with examples."""
    known = registry()

    def offered(text: str) -> list[tuple[str, str]]:
        return [(each.text, each.note) for _, each in line.complete(text, known, session)]

    assert ("trip", "Plans a trip") in offered("/prompt tr")
    run("/prompt trip")
    assert ("city=", "no value yet") in offered("/var c")
    assert ("Rome", "example") in offered("/var city=")
    assert offered("/prompt diff ")
    assert ("clear", "no values") in offered("/vars cl")


def test_improve_shows_and_takes_only_when_told(
    run: Run, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """What was sent has the prompt, the last answers and marks; the change is taken on a yes alone."""
    run("/system You are a {{role}}.")
    screen.answers.append(True)
    run("/prompt save helper")
    run("/var role=cook")
    run("How long do eggs boil?")
    run("/rate bad")
    screen.answers.append(False)
    run("/improve --with other-model it is too long")
    sent = session.turns[-1].request
    assert sent.model == "other-model" and "temperature" not in sent.body
    question = sent.asked.last.content if sent.asked.last else ""
    for part in ("You are a {{role}}.", "How long do eggs boil?", "bad", "too long"):
        assert part in question
    assert session.prompt and session.prompt.prompt.system == "You are a {{role}}."
    assert session.conversation.path() == [0]
    screen.answers.append(True)
    run("/improve")
    assert session.prompt.prompt.system == session.turns[-1].said
    assert any("{{role}} is no longer in it" in each for each in screen.warned)
    assert session.model == "test-model"


def test_a_lesson_leaves_the_prompt_in_force(run: Run, session: Session, screen: RecordingScreen) -> None:
    """After a lesson, which has a prompt of its own, the person's is as it was."""
    run("/prompt trip")
    run("/var city=Rome")
    before = session.prompt
    screen.answers += ["", "", ""]
    run("/learn prompts")
    assert session.prompt is before
    assert session.settings.get("system") == "You plan trips of 3 days."
    assert sum("You talk about nothing but" in each for each in screen.said if each.startswith("Seen")) == 3


def test_another_conversation_is_not_the_prompts(run: Run, session: Session) -> None:
    """A conversation that is resumed, or a request that is opened, takes the place of the prompt."""
    run("hello")
    run("/prompt trip")
    run("/resume 1")
    assert session.prompt is None
    run("/prompt trip")
    Path("request.json").write_text('{"model": "m", "messages": [{"role": "user", "content": "{{x}}"}]}')
    run("/open request.json")
    assert session.prompt is None and session.settings.get("temperature") is None
    assert body(session)["messages"] == [{"role": "user", "content": "{{x}}"}]


def test_jinja_is_filled_where_a_prompt_asks_for_it(
    run: Run, session: Session, screen: RecordingScreen
) -> None:
    """Conditions and loops over values of any type; what fails is said, and nothing is sent."""
    put(
        session,
        "loop",
        "template: jinja\nvariables:\n  items: {type: array}\n"
        "system: '{% for each in items %}{{ loop.index }}. {{ each }} {% endfor %}'\n",
    )
    run("/prompt loop")
    run('/var items=["a", "{{ items }}"]')
    assert session.settings.get("system") == "1. a 2. {{ items }} "
    put(session, "bad", "template: jinja\nsystem: '{{ x.__class__.__mro__ }}'\n")
    run("/prompt bad")
    run("/var x=1")
    assert "jinja template fails" in screen.failed[-1]
    run("hello")
    assert "has no value" in screen.failed[-1] and not session.turns


@pytest.mark.parametrize("edited", [False, True])
def test_a_conversation_is_resumed_with_its_template(
    run: Run, session: Session, screen: RecordingScreen, edited: bool
) -> None:
    """/resume puts the prompt in force again, as that version was, with its values; what was set here stays."""
    for typed in ("/prompt trip", "/var city=Rome", "/set temperature 0.4", "/retry"):
        run(typed)
    number, version = session.conversation.number, session.turns[-1].request.template["version"]
    if edited:
        put(session, "trip", TRIP.replace("plan trips", "dream"))
    before = body(session)
    for typed in ("/prompt close", "/clear", "/reset", f"/resume {number}"):
        run(typed)
    assert session.prompt and session.prompt.version == version
    assert session.prompt.given["city"] == "Rome" and session.settings.get("temperature") == 0.4
    assert body(session) == before
    assert any("prompt trip is in force" in each for each in screen.said)
    run("/var city=Oslo")
    assert [each.content for each in session.branch] == ["A trip to Oslo, please. {not a variable}"]


def test_a_text_that_was_changed_is_resumed_as_it_was(run: Run, session: Session) -> None:
    """Where what was sent is not what the template makes, the filled text stands, and no prompt is in force."""
    for typed in (
        "/prompt trip",
        "/var city=Rome",
        "/retry",
        "/clear",
        "/prompt close",
        "/system Other",
        "hi",
    ):
        run(typed)
    number = session.conversation.number
    run("/clear")
    run(f"/resume {number}")
    assert session.prompt is None and session.settings.get("system") == "Other"
