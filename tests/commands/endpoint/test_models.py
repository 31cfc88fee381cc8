"""/model, /models, /key and /forget: who answers, and what is known of who does."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from chat.endpoint.memory import REJECTED, ProbeVerdict
from chat.session.state import Session
from commands.declare import Action

from ...support.recorder import RecordingScreen
from ...support.server import Server, error, http, models

Type = Callable[[str], Action | None]


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    return here()


def test_model_shows_and_sets(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """/model tells the model and where it comes from; /model NAME sets it, whatever a server lists."""
    typed("/model")
    assert screen.said[0] == "model test-model (profile here)"
    typed("/model other/model:tag")
    assert session.model == "other/model:tag"
    assert screen.said[-1] == "model test-model → other/model:tag"


def test_models_asks_the_server(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """/models is a table of the server's own list in order, the one in force marked."""
    server.reply(models("zeta", "test-model", "alpha", owned_by="me"))
    typed("/models")
    ((columns, rows),) = screen.tables
    assert columns == ("", "model", "owned by")
    assert rows == [("", "alpha", "me"), ("*", "test-model", "me"), ("", "zeta", "me")]
    assert [(each.method, each.path) for each in server.requests] == [("GET", "/v1/models")]
    assert screen.said[-1] == f"{server.url} · no key"


def test_models_asks_anew_each_time(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """A model that was loaded meanwhile is listed."""
    server.reply(models("one"), models("one", "two"))
    typed("/models")
    typed("/models")
    assert [len(rows) for _, rows in screen.tables] == [1, 2]


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (error("401 Unauthorized"), "wants a key"),
        (error("500 Oops"), "the server failed (500)"),
        (http(b"<html>", kind="text/html"), "answered with no JSON"),
        (http(b"3"), "answered with no list of models"),
        (http(b'{"status": "ok"}'), "answered with no list of models"),
        (error("404 Not Found"), "has no list of models (404)"),
        (http(b"<title>no</title>", "405 Method Not Allowed", "text/html"), "has no list of models (405)"),
        (http(b'{"error": {"message": "no key"}}'), "the server reported an error: no key"),
    ],
)
def test_a_list_that_cant_be_had_is_told(
    typed: Type, screen: RecordingScreen, server: Server, reply: bytes, told: str
) -> None:
    """A server that fails, or is none, is told in a sentence."""
    server.reply(reply)
    typed("/models")
    (failed,) = screen.failed
    assert told in failed and not screen.tables


@pytest.mark.parametrize(
    "reply", [models(), http(b"[]"), http(b'{"data": null}'), http(b'{"data": [null, {"id": 3}]}')]
)
def test_an_empty_list_is_said_to_be_empty(
    typed: Type, screen: RecordingScreen, server: Server, reply: bytes
) -> None:
    """A server that lists nothing, or nothing that is a model, lists no models."""
    server.reply(reply)
    typed("/models")
    assert screen.said == ["the server lists no models"] and not screen.failed


@pytest.mark.parametrize(
    "body",
    [
        [{"id": "a"}, {"id": "b"}],
        ["a", "b"],
        {"data": ["a", "b"]},
        {"models": [{"name": "a"}, {"model": "b"}]},
        {"data": {"a": {}, "b": {}}},
        {"data": [{"id": "a", "owned_by": 3, "aliases": 5}, {"id": "b"}, {"id": "b"}, {"id": ""}, 7]},
    ],
)
def test_a_list_is_read_in_whatever_shape(
    typed: Type, screen: RecordingScreen, server: Server, body: object
) -> None:
    """Bare, under another name, of names alone or with names for ids: the models are listed."""
    server.reply(http(json.dumps(body).encode()))
    typed("/models")
    ((_, rows),) = screen.tables
    assert [row[1] for row in rows] == ["a", "b"]


def test_a_list_of_several_pages_is_read_to_its_end(
    typed: Type, screen: RecordingScreen, server: Server
) -> None:
    """`has_more` asks for the rest after the last; a server that gives the same again is asked no more."""
    page = {"data": [{"id": "a"}], "has_more": True, "last_id": "a"}
    more = {"data": [{"id": "b"}], "has_more": True}
    server.reply(*(http(json.dumps(each).encode()) for each in (page, more, more)))
    typed("/models")
    ((_, rows),) = screen.tables
    assert [row[1] for row in rows] == ["a", "b"]
    assert [request.path for request in server.requests] == [
        "/v1/models",
        "/v1/models?after=a",
        "/v1/models?after=b",
    ]


def test_a_key_is_typed_hidden_and_kept_in_memory(
    make_session: Callable[..., Session], screen: RecordingScreen, home
) -> None:
    """/key asks without showing; the key is in force, and in no file and on no screen."""
    from commands import dispatch, registry

    session = make_session()
    screen.answers = [" sk-typed-0123456789 "]
    dispatch.run("/key", registry(), session, screen)
    assert session.endpoint.key == "sk-typed-0123456789"
    assert screen.said == ["https://api.openai.com/v1 · key from the key typed here"]
    assert "sk-typed" not in screen.transcript + repr(session)
    assert not list(home.rglob("*.yaml"))


@pytest.mark.parametrize(
    ("answer", "told"),
    [(None, "no key was typed"), ("", "no key was typed"), ("sk-two words", "the key holds")],
)
def test_what_is_no_key_is_refused(
    typed: Type, session: Session, screen: RecordingScreen, answer: str | None, told: str
) -> None:
    """Nothing typed, or a text that no header can hold, is no key; it is not shown."""
    screen.answers = [answer]
    typed("/key")
    assert screen.failed[0].startswith(told) and "sk-two" not in screen.failed[0]
    assert session.typed_key == ""


def test_forget(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """/forget NAME drops what was learnt of one parameter here, /forget of all, and says which."""
    for name in ("n", "seed", "stop"):
        session.endpoints.remember_verdict(
            session.endpoint, session.model, name, ProbeVerdict(REJECTED, "no")
        )
    typed("/forget seed")
    assert screen.said[-1].startswith("seed forgotten for test-model")
    assert set(session.endpoints.verdicts(session.endpoint, session.model)) == {"n", "stop"}
    typed("/forget")
    assert screen.said[-1].startswith("n, stop forgotten")
    typed("/forget")
    assert screen.said[-1].startswith("nothing forgotten")
    assert session.endpoints.verdicts(session.endpoint, session.model) == {}


LISTED = ("llama3:8b", "Qwen2.5-7B", "qwen2.5-14b", "test-model")


@pytest.mark.parametrize(
    ("text", "answers", "model"),
    [
        ("/model llama", [], "llama3:8b"),
        ("/model LLAMA3", [], "llama3:8b"),
        ("/set model 7b", [], "Qwen2.5-7B"),
        ("/model qwen", [1], "qwen2.5-14b"),
        ("/model qwen", [None], "qwen"),
        ("/model qwen2.5-14b", [], "qwen2.5-14b"),
        ("/model gpt-4o", [], "gpt-4o"),
    ],
)
def test_a_model_near_those_listed_is_offered(
    typed: Type,
    session: Session,
    screen: RecordingScreen,
    server: Server,
    text: str,
    answers: list[object],
    model: str,
) -> None:
    """A name that the server does not list is the one that holds it, or one of the few, or stands as it is."""
    server.reply(models(*LISTED))
    screen.answers = list(answers)
    typed(text)
    assert session.model == model
    assert screen.offered == ([["Qwen2.5-7B", "qwen2.5-14b"]] if answers else [])


def test_a_script_is_asked_nothing(
    typed: Type, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Where nobody can be asked, a name that could be several stands as it was typed."""
    server.reply(models(*LISTED))
    screen.interactive = False
    typed("/model qwen")
    assert session.model == "qwen"


def test_forget_takes_aliases(typed: Type, session: Session, screen: RecordingScreen) -> None:
    """/forget temp forgets what is known of temperature."""
    session.endpoints.remember_verdict(
        session.endpoint, session.model, "temperature", ProbeVerdict(REJECTED, "no")
    )
    typed("/forget temp")
    assert not session.endpoints.verdicts(session.endpoint, session.model)
