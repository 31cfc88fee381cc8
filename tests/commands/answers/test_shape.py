"""Answers with a shape: what is said of them, and /json."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from chat.session.state import Session
from commands import registry
from commands.line import complete

from ...support.recorder import RecordingScreen
from ...support.server import Server, chunk, chunked, sse, stream, whole

Run = Callable[[str], None]
SCHEMA = {
    "name": "shop",
    "schema": {"type": "object", "properties": {"items": {"type": "array"}}, "required": ["items"]},
}
SHOP = {"items": [{"name": "a", "price": 2}, {"name": "b"}], "note": {"by": "me"}}


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    form = json.dumps({"type": "json_schema", "json_schema": SCHEMA})
    return here(f"response_format: {form}")


def test_an_answer_that_fits(run: Run, screen: RecordingScreen, server: Server) -> None:
    """It is said, and the list of flat objects in it is a table; a long one, or one row, is shown when asked for."""
    server.reply(stream(json.dumps(SHOP)), stream(json.dumps({"items": [{"a": n} for n in range(21)]})))
    run("hi")
    assert screen.said[-1] == "the answer fits the schema shop"
    assert screen.tables == [(("name", "price"), [("a", "2"), ("b", "")])]
    run("hi")
    assert screen.said[-1] == "the answer fits the schema shop; /json /items shows its 21 rows as a table"
    assert not screen.warned and len(screen.tables) == 1


def test_no_table_comes_unasked_where_nobody_looks(run: Run, screen: RecordingScreen, server: Server) -> None:
    """A script's output is the answer alone."""
    screen.interactive = False
    server.reply(stream(json.dumps(SHOP)))
    run("hi")
    assert screen.tables == [] and "fits" not in screen.transcript


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", ["the answer does not fit the schema shop: one fault", "  the whole: 'items' is a required property"]),
        ("Sure!", ["the answer is no JSON: it does not begin as JSON"]),
        ('{"items": [1, 2', ["the JSON is cut off, at /items/1: it can't be read"]),
        ('{"items": [], "a": 1, "a": 2}', ["a stands twice in one object: the last one counts"]),
    ],
)  # fmt: skip
def test_an_answer_that_does_not(
    run: Run, screen: RecordingScreen, server: Server, text: str, said: list[str]
) -> None:
    """Each fault is a line with its place."""
    server.reply(stream(text))
    run("hi")
    assert screen.warned == said


def test_faults_are_bounded(run: Run, screen: RecordingScreen, server: Server) -> None:
    """Five are told, and how many more there are."""
    run("/format " + json.dumps({"name": "n", "schema": {"items": {"type": "null"}}}))
    server.reply(stream(json.dumps(list(range(12)))))
    run("hi")
    assert len(screen.warned) == 7
    assert screen.warned[-1].strip() == "and 7 more"


def test_a_refusal_is_a_refusal(run: Run, screen: RecordingScreen, server: Server) -> None:
    """Nothing is said of a schema then."""
    server.reply(chunked(sse(chunk({"refusal": "No."}), chunk({}, finish="stop"))))
    run("hi")
    assert "JSON" not in screen.transcript and "schema" not in screen.transcript


def test_nothing_is_said_without_a_format(run: Run, screen: RecordingScreen, server: Server) -> None:
    """Text is text, whatever it looks like."""
    run("/format off")
    screen.said.clear()
    server.reply(stream("{}"))
    run("hi")
    assert not screen.said and not screen.warned


def test_choices_are_told_apart(run: Run, screen: RecordingScreen, server: Server) -> None:
    """Each choice has its number."""
    server.reply(whole('{"items": []}', "no"))
    run("/set n=2 stream=false")
    run("hi")
    assert screen.warned == ["[2] the answer is no JSON: it does not begin as JSON"]
    assert screen.said[-1] == "[1] the answer fits the schema shop"


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("/json /items/0/name", "a"),
        ("/json items[0].price", "2"),
        ("/json /note", '{\n  "by": "me"\n}'),
        ("/json", json.dumps(SHOP, indent=2)),
        ("/json /", json.dumps(SHOP, indent=2)),
        ("/json 1 /note/by", "me"),
        ("/json text /items", json.dumps(SHOP["items"], indent=2)),
    ],
)
def test_a_piece_is_printed(
    run: Run, screen: RecordingScreen, server: Server, line: str, printed: str
) -> None:
    """A text as it is, anything else laid out."""
    server.reply(stream(json.dumps(SHOP)))
    run("hi")
    run(line)
    assert screen.raw == [printed], screen.failed


def test_a_list_of_flat_objects_is_a_table(run: Run, screen: RecordingScreen, server: Server) -> None:
    """A column for each name, an empty cell where it is missing."""
    server.reply(stream(json.dumps(SHOP)))
    run("hi")
    run("/json /items")
    assert screen.tables == [(("name", "price"), [("a", "2"), ("b", "")])] * 2


@pytest.mark.parametrize("line", ["/json /itmes", "/json nothing", "/json ["])
def test_what_is_not_there_is_told(run: Run, screen: RecordingScreen, server: Server, line: str) -> None:
    """Nothing is printed, and the sentence says what is there."""
    server.reply(stream(json.dumps(SHOP)))
    run("hi")
    run(line)
    assert screen.failed and not screen.raw


def test_the_arguments_of_a_call_are_json_too(run: Run, screen: RecordingScreen, server: Server) -> None:
    """Where an answer has no text, its call is looked into."""
    call = {"index": 0, "id": "c", "function": {"name": "look", "arguments": '{"x": [1]}'}}
    server.reply(chunked(sse(chunk({"tool_calls": [call]}), chunk({}, finish="tool_calls"))))
    run("hi")
    run("/json /x/0")
    assert screen.raw == ["1"]


def test_keys_are_completed(run: Run, session: Session, server: Server) -> None:
    """What is offered goes on from what is typed."""
    server.reply(stream(json.dumps(SHOP)))
    run("hi")
    known = registry()

    def offered(text: str) -> list[str]:
        return [text[:start] + each.text for start, each in complete(text, known, session)]

    assert offered("/json /") == ["/json /items", "/json /note"]
    assert offered("/json /items/0/n") == ["/json /items/0/name"]
    assert offered("/json 1 note.") == ["/json 1 note.by"]
    assert offered("/json 7 note.") == []
    assert offered("/json note.b") == ["/json note.by"]


def test_compare_says_which_fit(run: Run, screen: RecordingScreen, server: Server) -> None:
    """A row for each answer that was to be JSON."""
    server.reply(stream('{"items": []}'), stream("{}"))
    run("/compare seed=1 seed=2 -- hi")
    names, rows = screen.tables[-1]
    assert names == ("answer", "form", "shape")
    assert sorted(row[2] for row in rows) == [
        "does not fit: the whole: 'items' is a required property",
        "fits",
    ]


def test_a_replay_is_judged_too(run: Run, screen: RecordingScreen, server: Server) -> None:
    """The answer of the same request is held against the same schema."""
    server.reply(stream('{"items": []}'), stream("{}"))
    run("hi")
    run("/replay")
    assert screen.warned[0] == "the answer does not fit the schema shop: one fault"


def test_nothing_is_loaded_for_text(session: Session) -> None:
    """The rules are imported where a format is set, and nowhere before."""
    import subprocess
    import sys

    line = "import sys, commands.message, chat.session.state; print([m for m in sys.modules if m.startswith('chat.shape')])"
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
