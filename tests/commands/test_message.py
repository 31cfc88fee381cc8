"""A message against a server that refuses, fails and breaks off: what is offered, kept and given back."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from chat.base.errors import ParameterRefused
from chat.base.manner import USUAL, Manner
from chat.conversation.events import Event, Piece, Started
from chat.conversation.turn import COMPLETE, FAILED, INTERRUPTED
from chat.session.state import Session
from commands.declare import Send
from commands.message import exchange, kept

from ..support.recorder import RecordedAnswer, RecordingScreen
from ..support.server import Server, chunk, chunked, error, hang_up, http, models, sse, stream, whole

Here = Callable[..., Session]


@pytest.fixture
def session(here: Here) -> Session:
    return here()


def refusal(param: str, message: str = "Unsupported parameter") -> bytes:
    return error("400 Bad Request", f"{message}: '{param}'", param=param, code="unsupported_parameter")


def bodies(server: Server) -> list[dict[str, Any]]:
    return [request.body for request in server.requests if request.method == "POST"]


def said(session: Session) -> list[tuple[str, str, str]]:
    return [(each.role, each.content, each.mark) for each in session.branch]


# ---- what goes well


@pytest.mark.parametrize("streamed", [True, False])
def test_an_answer_is_shown_and_kept(
    session: Session, screen: RecordingScreen, server: Server, streamed: bool
) -> None:
    """The text reaches the screen as it comes, the conversation when it is over; nothing is given back."""
    server.reply(stream("Hel", "lo") if streamed else whole("Hello"))
    session.settings = session.settings.set("stream", streamed)
    turn = exchange(session, screen, Send("hi"))
    assert turn is not None and turn.answer.ended == COMPLETE and kept(turn)
    (shown,) = screen.shown
    assert "".join(event.text for event in shown.events if isinstance(event, Piece)) == "Hello"
    assert turn and shown.came == turn.answer
    assert said(session) == [("user", "hi", ""), ("assistant", "Hello", "")]
    assert not screen.transcript


def test_only_what_is_set_is_sent(session: Session, screen: RecordingScreen, server: Server) -> None:
    """The body holds the model, the messages, what was set, and how the answer is to come."""
    server.reply(stream("ok"))
    exchange(session, screen, Send("hi"))
    assert bodies(server) == [
        {
            "model": "test-model",
            "messages": [{"role": "user", "content": "hi"}],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
    ]


# ---- a parameter is refused


def test_a_refused_parameter_is_offered_to_be_unset_and_sent_again(
    session: Session, screen: RecordingScreen, server: Server
) -> None:
    """After a yes the parameter is unset, the change echoed, and the same message sent once more."""
    server.reply(refusal("seed"), stream("ok"))
    session.settings = session.settings.set("seed", 7).set("temperature", 0.5)
    screen.answers = [True]
    turn = exchange(session, screen, Send("hi"))
    assert kept(turn)
    assert screen.questions == ["unset seed and send again?"]
    assert "seed is not taken" in screen.failed[0]
    assert screen.said == ["seed 7 → unset (not sent)"]
    first, second = bodies(server)
    assert first["seed"] == 7 and "seed" not in second
    assert second["temperature"] == 0.5 and second["messages"] == first["messages"]
    assert [role for role, _, _ in said(session)] == ["user", "assistant"]


def test_nothing_is_unset_without_a_yes(session: Session, screen: RecordingScreen, server: Server) -> None:
    """After a no the parameter stays, nothing is sent again, and the text is given back."""
    server.reply(refusal("seed"))
    session.settings = session.settings.set("seed", 7)
    screen.answers = [False]
    turn = exchange(session, screen, Send("hi"))
    assert turn is not None and isinstance(turn.answer.error, ParameterRefused) and not kept(turn)
    assert session.settings.get("seed") == 7
    assert len(server.requests) == 1
    assert said(session) == []


def test_a_parameter_of_the_profile_can_be_unset_too(
    here: Here, screen: RecordingScreen, server: Server
) -> None:
    """What the profile sets is hidden by the offer, not only what was set here."""
    server.reply(refusal("seed"), stream("ok"))
    screen.answers = [True]
    assert kept(exchange(here("seed: 1"), screen, Send("hi")))
    assert "seed" not in bodies(server)[1]


def test_several_refusals_are_mended_one_after_the_other(
    session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Each refusal is offered on its own until the server is content."""
    server.reply(refusal("seed"), refusal("top_p"), stream("ok"))
    session.settings = session.settings.set("seed", 7).set("top_p", 0.5)
    screen.answers = [True, True]
    assert kept(exchange(session, screen, Send("hi")))
    assert screen.questions == ["unset seed and send again?", "unset top_p and send again?"]
    assert len(bodies(server)) == 3


def test_a_refused_value_can_take_the_one_the_server_names(
    session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Where the refusal names the only value that is taken, sending that is offered beside unsetting."""
    told = "Unsupported value: 'temperature' does not support 0.5. Only the default (1) value is supported."
    server.reply(error("400 Bad Request", told, param="temperature", code="unsupported_value"), stream("ok"))
    session.settings = session.settings.set("temperature", 0.5)
    screen.answers = [0]
    assert kept(exchange(session, screen, Send("hi")))
    assert bodies(server)[1]["temperature"] == 1


def test_the_other_name_of_a_limit_is_offered(
    session: Session, screen: RecordingScreen, server: Server
) -> None:
    """max_tokens is refused in favour of max_completion_tokens: the same limit goes under that name."""
    told = "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    server.reply(
        error("400 Bad Request", told, param="max_tokens", code="unsupported_parameter"), stream("ok")
    )
    session.settings = session.settings.set("max_tokens", 9)
    screen.answers = [0]
    assert kept(exchange(session, screen, Send("hi")))
    assert bodies(server)[1]["max_completion_tokens"] == 9
    assert "max_tokens" not in bodies(server)[1]


@pytest.mark.parametrize(
    "told",
    [
        "Streaming is not supported",
        "'stream' must be false",
        "This model does not support streaming responses.",
        "Your organization must be verified to stream this model.",
        "stream=true unsupported",
    ],
)
def test_a_refused_stream_is_offered_to_be_asked_for_whole(
    session: Session, screen: RecordingScreen, server: Server, told: str
) -> None:
    """Nobody set `stream`, and it is what is refused: without it the answer comes in one piece."""
    server.reply(http(json.dumps({"error": told}).encode(), "400 Bad Request"), whole("ok"))
    screen.answers = [True]
    assert kept(exchange(session, screen, Send("hi")))
    assert screen.questions == ["/set stream false, and send again?"]
    assert [body["stream"] for body in bodies(server)] == [True, False]
    assert session.settings.get("stream") is False


@pytest.mark.parametrize(
    "told",
    [
        "System role not supported",
        "Developer instruction is not enabled for models/gemma-3-27b-it",
        "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
        "This model only supports user and assistant roles, not the system role",
    ],
)
def test_a_refused_system_role_is_offered_to_be_sent_as_the_users(
    here: Here, screen: RecordingScreen, server: Server, told: str
) -> None:
    """First as a message of its own; and within the first one where the roles have to take turns."""
    turns = "Conversation roles must alternate user/assistant/user/assistant"
    server.reply(error("400 Bad Request", told), error("400 Bad Request", turns), stream("ok"))
    screen.answers = [True, True]
    assert kept(exchange(here("system: Be brief."), screen, Send("hi")))
    assert screen.questions == [
        "send it as the first user message?",
        "put it at the beginning of the first user message?",
    ]
    brief, hi = {"role": "user", "content": "Be brief."}, {"role": "user", "content": "hi"}
    joined = {"role": "user", "content": "Be brief.\n\nhi"}
    sent = [body["messages"] for body in bodies(server)]
    assert sent == [[{**brief, "role": "system"}, hi], [brief, hi], [joined]]


def test_a_field_of_another_server_can_be_unset_too(
    here: Here, screen: RecordingScreen, server: Server
) -> None:
    """What is not in OpenAI's table is named in refusals as well."""
    server.reply(error("400 Bad Request", 'Unknown name "topK": Cannot find field.'), stream("ok"))
    screen.answers = [True]
    assert kept(exchange(here("extra: {top_k: 5}"), screen, Send("hi")))
    assert screen.questions == ["unset top_k and send again?"]
    assert "top_k" not in bodies(server)[1]


@pytest.mark.parametrize(("interactive", "sent"), [(True, 2), (False, 1)])
def test_a_long_wait_is_for_those_who_see_it(
    session: Session,
    screen: RecordingScreen,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    interactive: bool,
    sent: int,
) -> None:
    """A server that wants more than a minute is waited for at the prompt; a script fails with the time."""
    monkeypatch.setattr("chat.endpoint.attempts.time.sleep", lambda seconds: None)
    monkeypatch.setattr("chat.endpoint.attempts.attempts.__defaults__", _without_sleep())
    server.reply(error("429 Too Many", Retry_After="7200"), stream("ok"))
    screen.interactive = interactive
    turn = exchange(session, screen, Send("hi"))
    assert len(server.requests) == sent
    assert turn is not None and (turn.answer.ended == COMPLETE) == interactive
    if not interactive:
        assert turn.answer.error and "2 h 0 min" in turn.answer.error.hint


def _without_sleep() -> tuple[Any, ...]:
    """The defaults of `attempts`, with a sleep that takes no time."""
    from chat.endpoint.attempts import attempts

    refused, _, *rest = attempts.__defaults__ or ()
    return (refused, lambda seconds: None, *rest)


@pytest.mark.parametrize("choices", [[], None])
def test_no_choices_say_nothing_about_n(
    session: Session, screen: RecordingScreen, server: Server, choices: list[Any] | None
) -> None:
    """An answer without choices is empty; it is no sign that `n` was ignored."""
    server.reply(http(json.dumps({"choices": choices, "usage": {"prompt_tokens": 1}}).encode()))
    session.settings = session.settings.set("n", 2)
    exchange(session, screen, Send("hi"))
    assert "ignores n" not in screen.transcript


def test_a_refused_logit_bias_unsets_the_words_too(
    here: Here, screen: RecordingScreen, server: Server
) -> None:
    """The words behind logit_bias go with it: unsetting one alone would send it again."""
    server.reply(refusal("logit_bias"), stream("ok"))
    session = here(model="gpt-4o")
    session.settings = session.settings.set("bias", ((" and", -100),)).set("logit_bias", (("5", 1),))
    screen.answers = [True]
    assert kept(exchange(session, screen, Send("hi")))
    first, second = bodies(server)
    assert first["logit_bias"] == {"326": -100, "5": 1} and "logit_bias" not in second


def test_a_refusal_of_what_is_not_set_asks_nothing(
    session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Where the refused field was not set here, there is nothing to offer."""
    server.reply(refusal("seed"))
    turn = exchange(session, screen, Send("hi"))
    assert not kept(turn) and screen.questions == [] and len(screen.failed) == 1


def test_what_was_refused_is_remembered(session: Session, screen: RecordingScreen, server: Server) -> None:
    """A refusal is known of that endpoint and model from then on, until the parameter is taken after all."""
    server.reply(refusal("seed"), stream("ok"))
    session.settings = session.settings.set("seed", 7)
    exchange(session, screen, Send("hi"))
    assert "seed" in session.endpoints.verdicts(session.endpoint, session.model)
    exchange(session, screen, Send("hi"))
    assert "seed" not in session.endpoints.verdicts(session.endpoint, session.model)


def test_nobody_is_asked_where_nobody_is(session: Session, server: Server) -> None:
    """Without a terminal a refusal is told, and that is all."""
    screen = RecordingScreen(interactive=False)
    server.reply(refusal("seed"))
    session.settings = session.settings.set("seed", 7)
    turn = exchange(session, screen, Send("hi"))
    assert not kept(turn) and screen.questions == [] and len(server.requests) == 1


# ---- a model is not there

GONE = error("404 Not Found", "The model `test-model` does not exist", code="model_not_found")


def test_a_missing_model_shows_the_servers_list(
    session: Session, screen: RecordingScreen, server: Server
) -> None:
    """The list is asked of the server, one is picked, and the message goes to that."""
    server.reply(GONE, models("b-model", "a-model"), stream("ok"))
    screen.answers = [1]
    turn = exchange(session, screen, Send("hi"))
    assert kept(turn)
    assert screen.questions == ["which model instead?"]
    assert [body["model"] for body in bodies(server)] == ["test-model", "b-model"]
    assert "model test-model → b-model" in screen.said


def test_the_pick_is_remembered_for_the_endpoint(here: Here, screen: RecordingScreen, server: Server) -> None:
    """The next session begins with the model that was picked; another profile's model is left alone."""
    server.reply(GONE, models("b-model"), stream("ok"))
    screen.answers = [0]
    exchange(here(), screen, Send("hi"))
    later = here()
    assert later.model == "b-model"
    exchange(later, screen, Send("hi"))
    assert bodies(server)[-1]["model"] == "b-model"
    assert len([request for request in server.requests if request.method == "GET"]) == 1
    assert here(model="c-model").model == "c-model"


def test_a_model_that_was_typed_is_replaced_for_now(
    session: Session, here: Here, screen: RecordingScreen, server: Server
) -> None:
    """A pick in place of a model that was set here is set here, and not remembered for the profile."""
    server.reply(GONE, models("b-model"), stream("ok"))
    session.settings = session.settings.set("model", "typo")
    screen.answers = [0]
    assert kept(exchange(session, screen, Send("hi")))
    assert session.model == "b-model" and here().model == "test-model"


@pytest.mark.parametrize("answer", [None, models("b-model"), error("500 Oops"), models()])
def test_without_a_pick_the_text_is_given_back(
    session: Session, screen: RecordingScreen, server: Server, answer: bytes | None
) -> None:
    """Where none is picked, or the list can't be had or is empty, the model stays and nothing is lost."""
    server.reply(GONE, answer or models("a-model"))
    turn = exchange(session, screen, Send("hi"))
    assert not kept(turn) and session.model == "test-model" and said(session) == []
    assert len(screen.failed) == 1


def test_a_model_that_is_not_listed_is_asked_about_first(
    session: Session, screen: RecordingScreen, server: Server
) -> None:
    """A server that would answer with another model is not sent to before the person has chosen, once."""
    server.reply(models("b-model"), models("b-model"), stream("ok"))
    session.server.models()
    screen.answers = [None]
    assert kept(exchange(session, screen, Send("hi")))
    assert screen.warned == ["the server does not list test-model; it has:"]
    assert bodies(server)[0]["model"] == "test-model"
    exchange(session, screen, Send("hi"))
    assert len(screen.questions) == 1, "as it is, then: the question is not asked again"


def test_a_model_that_is_meant_is_asked_about_once(
    session: Session, here: Here, screen: RecordingScreen, server: Server
) -> None:
    """However a model was set that the server does not list, it is asked about once for that model and
    endpoint, in later runs, too."""
    listed, answered = models("b-model"), stream("ok")
    asked = [listed, listed, answered, answered]  # the list again is what the person picks from
    server.reply(*asked, *asked, listed, answered, answered, listed)
    for name in ("mystery", "other", "mystery"):
        session.settings = session.settings.set("model", name)
        session.server.models()
        exchange(session, screen, Send("hi"))
        exchange(session, screen, Send("hi"))
    assert screen.questions == ["which model instead?"] * 2
    later = here(model="mystery")
    later.server.models()
    assert not later.unlisted(later.target())


def test_no_model_at_all_is_told_before_anything_is_sent(
    make_session: Callable[..., Session], screen: RecordingScreen, server: Server
) -> None:
    """A profile without a model sends nothing, and says how to set one."""
    session = make_session(f"bare:\n  base_url: {server.url}\n", profile="bare")
    turn = exchange(session, screen, Send("hi"))
    assert turn is None and not kept(turn)
    assert screen.failed == ["no model is set (/model NAME sets one; /models lists the server's)"]
    assert server.requests == []


# ---- stream_options is refused


def test_stream_options_is_left_out_and_that_is_remembered(
    here: Here, screen: RecordingScreen, server: Server
) -> None:
    """A server that refuses stream_options is asked again without, in the open, and never again with it."""
    server.reply(refusal("stream_options"), stream("ok"))
    session = here()
    turn = exchange(session, screen, Send("hi"))
    assert kept(turn)
    assert not screen.failed and not screen.questions
    assert any("stream_options" in str(event) for event in screen.shown[0].events), "it is said"
    exchange(session, screen, Send("more"))
    exchange(here(), screen, Send("in the next session"))
    assert ["stream_options" in body for body in bodies(server)] == [True, False, False, False]


# ---- what fails


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (error("401 Unauthorized", "Incorrect API key"), "wants a key"),
        (error("403 Forbidden", "not your region"), "wants a key, and no variable is named for it"),
        (error("429 Too Many Requests", "no more", code="insufficient_quota"), "the quota is used up"),
        (error("500 Internal Server Error", "boom"), "the server failed (500)"),
        (error("400 Bad Request", "messages too long"), "the request was refused (400)"),
        (http(b"<html>nginx</html>", kind="text/html"), "answered with a web page"),
        (http(b"", "404 Not Found"), "nothing at"),
        (hang_up, "no connection to"),
    ],
)
def test_a_failure_is_one_sentence_and_the_text_is_given_back(
    session: Session, screen: RecordingScreen, server: Server, reply: Any, told: str
) -> None:
    """Whatever fails is told once, with a hint; nothing is added to the conversation, nothing changed."""
    server.reply(reply)
    before = session.settings
    turn = exchange(session, screen, Send("hi"))
    assert turn is not None and turn.answer.ended == FAILED and not kept(turn)
    (failed,) = screen.failed
    assert told in failed and failed.endswith(")"), "a sentence and a hint"
    assert said(session) == [] and session.settings == before and screen.questions == []
    assert turn and screen.shown[-1].came == turn.answer, "the screen is told that it is over"


def test_no_server_at_all_is_told(make_session: Callable[..., Session], screen: RecordingScreen) -> None:
    """An address where nothing listens is named."""
    with socket.socket() as bound:  # bound, so that nobody else takes it, and never listening
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/v1"
        session = make_session(f"gone:\n  base_url: {url}\n  model: m\n", profile="gone")
        assert not kept(exchange(session, screen, Send("hi")))
    assert screen.failed[0].startswith(f"nothing listens at {url}")


def test_a_broken_answer_is_kept_and_marked(
    session: Session, screen: RecordingScreen, server: Server
) -> None:
    """What arrived before the connection was cut stays in the conversation; the text is given back."""
    server.reply(chunked(sse(chunk({"content": "Hal"}), done=False), end=False))
    turn = exchange(session, screen, Send("hi"))
    assert turn is not None and turn.answer.ended == FAILED and not kept(turn)
    assert said(session) == [("user", "hi", ""), ("assistant", "Hal", "cut off")]


def test_the_same_text_after_a_broken_answer_takes_its_place(
    session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Sending the returned text once more asks again, without the half answer."""
    server.reply(chunked(sse(chunk({"content": "Hal"}), done=False), end=False), stream("Hallo"))
    exchange(session, screen, Send("hi"))
    exchange(session, screen, Send("hi"))
    assert bodies(server)[1]["messages"] == [{"role": "user", "content": "hi"}]
    assert said(session) == [("user", "hi", ""), ("assistant", "Hallo", "")]


def test_another_text_after_a_broken_answer_goes_on_from_it(
    session: Session, screen: RecordingScreen, server: Server
) -> None:
    """Any other message is sent behind the half answer."""
    server.reply(chunked(sse(chunk({"content": "Hal"}), done=False), end=False), stream("ok"))
    exchange(session, screen, Send("hi"))
    exchange(session, screen, Send("go on"))
    assert [message["content"] for message in bodies(server)[1]["messages"]] == ["hi", "Hal", "go on"]


def test_an_error_inside_the_stream_keeps_what_arrived(
    session: Session, screen: RecordingScreen, server: Server
) -> None:
    """An error object in the middle of the answer is told, and what came before it is kept."""
    server.reply(chunked(sse(chunk({"content": "Hal"}), {"error": {"message": "overloaded"}})))
    turn = exchange(session, screen, Send("hi"))
    assert not kept(turn) and "overloaded" in screen.failed[0]
    assert said(session)[-1] == ("assistant", "Hal", "cut off")


# ---- Ctrl-C


class Stopped(RecordedAnswer):
    """Presses Ctrl-C at the first text."""

    def feed(self, event: Event) -> None:
        super().feed(event)
        if isinstance(event, Piece):
            raise KeyboardInterrupt


class StoppingScreen(RecordingScreen):
    def answer(self, choices: int, streamed: bool, manner: Manner = USUAL) -> RecordedAnswer:
        self.shown.append(Stopped())
        return self.shown[-1]


def test_an_interrupted_answer_is_kept_and_marked(session: Session, server: Server) -> None:
    """Ctrl-C keeps what arrived, marks it, counts its tokens itself, and gives nothing back."""
    screen = StoppingScreen()
    server.reply(stream("Hel", "lo"), stream("ok"))
    turn = exchange(session, screen, Send("hi"))
    assert turn is not None and turn.answer.ended == INTERRUPTED and kept(turn)
    assert said(session) == [("user", "hi", ""), ("assistant", "Hel", "interrupted")]
    assert turn.answer.usage is not None and turn.answer.usage.estimated
    assert not screen.failed
    assert kept(exchange(session, RecordingScreen(), Send("go on")))
    assert [message["content"] for message in bodies(server)[1]["messages"]] == ["hi", "Hel", "go on"]


def test_ctrl_c_before_the_answer_gives_the_text_back(session: Session, server: Server) -> None:
    """With nothing arrived yet there is nothing to keep: the conversation is as it was."""

    class AtOnce(RecordedAnswer):
        def feed(self, event: Event) -> None:
            if isinstance(event, Started):
                raise KeyboardInterrupt

    class Screen(RecordingScreen):
        def answer(self, choices: int, streamed: bool, manner: Manner = USUAL) -> RecordedAnswer:
            return AtOnce()

    server.reply(stream("never shown"))
    turn = exchange(session, Screen(), Send("hi"))
    assert turn is not None and turn.answer.ended == INTERRUPTED and not kept(turn)
    assert said(session) == []


def test_a_slip_of_the_clipboard_is_asked_about(
    here: Callable[..., Session], screen: RecordingScreen, server: Server
) -> None:
    """A message of hundreds of thousands of characters is not sent unasked."""
    session = here()
    server.reply(stream("ok"))
    assert exchange(session, screen, Send("x" * 200_001)) is None
    assert "200,001 characters" in screen.questions[0]
    assert not server.requests
    screen.answers = [True]
    assert exchange(session, screen, Send("x" * 200_001)) is not None
