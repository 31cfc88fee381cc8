"""/dials: what it asks, what is kept of it, and what it does where a server gives little or nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from chat.lab.live import Source
from chat.session.state import Session
from commands import dispatch, registry

from ...support.panel import awaited
from ...support.recorder import RecordingScreen
from ...support.server import Reply, Request, Server, chunk, error, http, models, sse, stall, stream, whole
from ..conftest import Run

Keep = Callable[[Source], Any]
SIX = [(number, f" word{number}", math.log(0.4 * 0.6**number)) for number in range(6)]


def listed(ids: bool) -> bytes:
    """An answer of one token with its candidates, as llama.cpp or as OpenAI gives them."""
    top = [
        {"token": token, "logprob": logprob, "bytes": list(token.encode()), **({"id": number} if ids else {})}
        for number, token, logprob in SIX
    ]
    choice = {
        "index": 0,
        "finish_reason": "length",
        "message": {"role": "assistant", "content": " word0"},
        "logprobs": {"content": [{**top[0], "top_logprobs": top}]},
    }
    used = {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10}
    return http(json.dumps({"id": "x", "model": "m", "choices": [choice], "usage": used}).encode())


@dataclass
class Api(Server):
    """Answers by what is asked: candidates where log probabilities are, else a text."""

    owner: str = "somebody"
    candidates: Reply = field(default_factory=lambda: listed(ids=False))
    text: Reply = field(default_factory=lambda: stream("a ", "sample"))

    def _next(self, request: Request) -> Reply:
        if request.path.endswith("/models"):
            return models("test-model", owned_by=self.owner)
        if request.path.endswith("/apply-template"):
            return http(json.dumps({"prompt": "<user>"}).encode())
        if request.path.endswith("/tokenize"):
            pieces = [{"id": number, "piece": piece} for number, piece in enumerate(("He", "llo", " there"))]
            spelt = request.body.get("with_pieces")
            return http(json.dumps({"tokens": pieces if spelt else [1, 2, 1]}).encode())
        if request.path.endswith("/props"):
            order = ["temperature", "top_k"]
            params = {"temperature": 0.8, "top_k": 40, "samplers": order}
            return http(json.dumps({"default_generation_settings": {"params": params}}).encode())
        if request.body.get("logprobs"):
            return self.candidates
        return self.text

    @property
    def asked(self) -> list[Any]:
        return [each.body for each in self.requests if each.path.endswith("/chat/completions")]


@pytest.fixture
def server() -> Iterator[Api]:
    with Api() as running:
        yield running


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    return here("temperature: 0.5", "max_tokens: 50")


def looked(source: Source) -> None:
    """Look at the first place and wait for it."""
    source.look(0, source.values)
    awaited(source, lambda: not source.at(0).waiting)


def keeping(**values: Any) -> Keep:
    """A person who looks, and keeps these values."""

    def keep(source: Source) -> Any:
        looked(source)
        return {**source.values, **values}

    return keep


def test_one_request_gives_the_candidates(
    run: Run, session: Session, screen: RecordingScreen, server: Api
) -> None:
    """20 of them are asked for with one token of answer, and what only chooses among them is left out."""
    found = []

    def look(source: Source) -> None:
        looked(source)
        found.append(source.at(0))

    screen.answers = [look]
    run("/dials Name a colour.")
    (body,) = server.asked
    assert (body["max_tokens"], body["top_logprobs"], body["stream"]) == (1, 20, False)
    assert "temperature" not in body and body["messages"][-1]["content"] == "Name a colour."
    assert [each.token for each in found[0].candidates] == [token for _, token, _ in SIX]
    assert "penalties do not show" in found[0].said_how


def test_what_is_kept_is_echoed_and_can_be_taken_back(
    run: Run, session: Session, screen: RecordingScreen
) -> None:
    """Enter changes the settings as /set does, in one change; Esc changes nothing."""
    before = session.settings
    screen.answers = [keeping(temperature=1.6, top_p=0.8), lambda source: None]
    run("/dials hello")
    assert "temperature 0.5 → 1.6" in screen.said and "top_p 1.0 → 0.8" in screen.said
    run("/dials hello")
    assert screen.said[-1] == "nothing is changed" and session.settings.get("temperature") == 1.6
    run("/undo set")
    assert session.settings == before


def test_its_requests_are_paid_for_beside_the_conversation(
    run: Run, session: Session, screen: RecordingScreen, server: Api
) -> None:
    """They stand in /usage in one row, and neither the history nor the next request has any of it."""

    def sample(source: Source) -> None:
        looked(source)
        source.sample(0, {**source.values, "temperature": 1.5})
        awaited(source, lambda: source.samples and source.samples[0].ended)
        assert (source.samples[0].label, source.samples[0].text) == ("temp 1.5", "a sample")

    screen.answers = [sample]
    run("hello")
    head, title = session.branch, session.conversation.title
    run("/dials")
    assert session.branch == head and session.conversation.title == title
    assert len(session.turns) == 3 and all(session.conversation.beside(turn) for turn in session.turns[1:])
    assert server.asked[2]["temperature"] == 1.5 and server.asked[2]["max_tokens"] == 50
    run("/usage")
    assert any("dials" in row for row in screen.tables[-1][1] for row in [" ".join(row)])
    run("again")
    assert [each["content"] for each in server.asked[-1]["messages"]] == ["hello", "a sample", "again"]


def test_a_budget_holds(run: Run, session: Session, screen: RecordingScreen, server: Api) -> None:
    """What could exceed it is not asked, and the panel says why."""
    told = []

    def sample(source: Source) -> None:
        looked(source)
        source.sample(0, source.values)
        awaited(source, lambda: source.samples and source.samples[0].ended)
        told.append(source.samples[0].ended)

    screen.answers = [sample]
    run("/budget 45 tokens")
    run("/dials hello")
    assert len(server.asked) == 1 and "45 tokens are left" in told[0]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (whole("Blue"), "without log probabilities"),
        (error("400 Bad Request", "logprobs are not supported", param="logprobs"), "not supported"),
        (http(b"<html>", kind="text/html"), ""),
    ],
)
def test_without_candidates_the_reason_is_told(
    run: Run, session: Session, screen: RecordingScreen, server: Api, reply: bytes, why: str
) -> None:
    """A server that gives none, refuses them or is none: the dials stay, and can be kept."""
    server.candidates = reply
    found = []

    def look(source: Source) -> Any:
        looked(source)
        found.append(source.at(0))
        return {**source.values, "temperature": 1.0}

    screen.answers = [look]
    run("/dials hello")
    assert found[0].candidates == () and found[0].why and why in found[0].why
    assert session.settings.get("temperature") == 1.0


def test_a_server_that_stalls_holds_nobody(
    run: Run, session: Session, screen: RecordingScreen, server: Api
) -> None:
    """The panel is left at once; the request that hung is an interrupted turn."""
    server.candidates = stall()

    def leave(source: Source) -> Any:
        source.look(0, source.values)
        source.sample(0, source.values)
        awaited(source, lambda: source.samples[0].ended)
        return None

    screen.answers = [leave]
    run("/dials hello")
    ended = [turn.answer.ended for turn in session.turns]
    assert sorted(ended) == ["complete", "interrupted"]


def test_llama_cpp_tells_ids_order_and_defaults(
    run: Run, session: Session, screen: RecordingScreen, server: Api
) -> None:
    """Hundreds of candidates are asked for, penalties know the server's own tokens, and the last answer is
    walked along by its tokeniser, each place by the beginning before it."""
    server.owner, server.candidates, server.text = "llamacpp", listed(ids=True), stream("Hello there")
    found: dict[str, Any] = {}

    def walk(source: Source) -> None:
        looked(source)
        assert source.places == 3
        source.look(2, source.values)
        awaited(source, lambda: not source.at(2).waiting)
        found.update(first=source.at(0), third=source.at(2), order=source.order, told=source.order_told)
        found["defaults"] = {dial.name: dial.default for dial in source.dials}

    screen.answers = [walk]
    run("hello")
    run("/dials")
    assert found["first"].said == (1, 2, 1) and found["first"].taken == "He"
    assert found["third"].before == "Hello" and found["third"].taken == " there"
    assert server.asked[-1]["messages"][-1] == {"role": "assistant", "content": "Hello"}
    assert server.asked[-1]["top_logprobs"] == 500
    assert (found["order"], found["told"], found["defaults"]["top_k"]) == (("temperature", "top_k"), True, 40)


def test_without_a_terminal_one_sentence_says_what_does_it(
    session: Session, screen: RecordingScreen, run: Run, server: Api
) -> None:
    """A script can't turn dials: nothing is asked."""
    screen.interactive = False
    run("/dials hello")
    assert "/whatif" in screen.failed[0] and "/sweep" in screen.failed[0] and not server.requests


def test_nothing_was_said_yet(run: Run, session: Session, screen: RecordingScreen, server: Api) -> None:
    """An impatient person types /dials first: it is tried on a message that is named."""
    screen.answers = [keeping()]
    run("/dials")
    assert "Name a colour." in screen.said[0] and len(server.asked) == 1
    assert not session.branch.length


def test_an_answer_s_own_alternatives_are_walked_along_without_a_request(
    run: Run, session: Session, screen: RecordingScreen, server: Api
) -> None:
    """Where the last answer came with them, every place is known; without them only the first can be asked."""
    server.candidates = stream_of_two()
    places = []

    def walk(source: Source) -> None:
        source.look(1, source.values)
        awaited(source, lambda: not source.at(1).waiting)
        places.append(source.at(1))

    screen.answers = [walk, walk]
    run("/set logprobs=true top_logprobs=2")
    run("hello")
    run("/dials")
    assert len(server.asked) == 1 and len(session.turns) == 1
    assert [each.token for each in places[0].candidates] == [" there", " you"]
    assert (places[0].before, places[0].taken) == ("Hello", " there")


def stream_of_two() -> bytes:
    """A streamed answer of two tokens, each with an alternative."""

    def one(text: str, other: str) -> dict[str, Any]:
        top = [{"token": text, "logprob": -0.3}, {"token": other, "logprob": -1.5}]
        made = chunk({"content": text})
        made["choices"][0]["logprobs"] = {"content": [{**top[0], "top_logprobs": top}]}
        return made

    events = sse(one("Hello", "Hi"), one(" there", " you"), chunk({}, finish="stop"))
    return http(events, kind="text/event-stream")


def test_openai_s_tokens_are_tiktoken_s(
    here: Callable[..., Session], screen: RecordingScreen, server: Api
) -> None:
    """For a model that tiktoken knows, penalties and bias find the candidates by their ids, and say how."""
    session = here('bias: {" word1": 5}', model="gpt-4o")
    server.candidates = listed(ids=False)
    found = []

    def look(source: Source) -> None:
        looked(source)
        found.append(source.at(0))

    screen.answers = [look]
    run_in(session, screen, "/dials  word0 word0")
    (place,) = found
    ids = {each.token: each.id for each in place.candidates}
    known = session.tokenizers.encode("gpt-4o", " word")
    assert "tiktoken" in place.said_how and known[0] in place.said
    assert all(
        number < 0 for token, number in ids.items() if len(session.tokenizers.encode("gpt-4o", token)) > 1
    )
    assert place.bias


def run_in(session: Session, screen: RecordingScreen, line: str) -> None:
    dispatch.run(line, registry(), session, screen)


def test_what_a_killed_shell_asked_is_no_answer(
    run: Run, session: Session, screen: RecordingScreen, server: Api
) -> None:
    """The experiment is kept before its first request: what a journal holds of it is taken up beside."""
    kept = []

    def look(source: Source) -> None:
        looked(source)
        kept.append(session.store.load(session.conversation.number))

    screen.answers = [look]
    run("/dials hello")
    assert [each.kind for each in kept[0].experiments.values()] == ["dials"] and not kept[0].turns


def test_three_samples_at_once_are_enough(
    run: Run, session: Session, screen: RecordingScreen, server: Api
) -> None:
    """Who presses space a fourth time is told; the samples that hang end with the panel."""
    server.text = stall()
    told = []

    def hurry(source: Source) -> None:
        told.extend(source.sample(0, source.values) for _ in range(4))

    screen.answers = [hurry]
    run("/dials hello")
    assert told == ["", "", "", "three samples are still being made"]
