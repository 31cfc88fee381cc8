"""/logprobs, /whatif and /tokens: what an answer and a request are made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.session.state import Session
from commands import dispatch, registry
from commands.declare import Send
from commands.message import exchange
from commands.settings.bias_forms import forms

from ...support.recorder import RecordingScreen
from ...support.server import Server, chunk, chunked, http, sse, stream

Run = Callable[[str], object]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def run(make_session: Callable[..., Session], server: Server, screen: RecordingScreen) -> Run:
    """A session on the server, with a known model; what is typed runs or is sent."""
    session = make_session(OPENAI_BASE_URL=server.url)
    session.settings = session.settings.set("model", "gpt-4o")
    known = registry()

    def type_line(text: str) -> object:
        action = dispatch.run(text, known, session, screen)
        return exchange(session, screen, action) if isinstance(action, Send) else session

    return type_line


def token(text: str, probability: float, **others: float) -> dict[str, object]:
    """One token as a chunk's logprobs have it."""
    pairs = {text: probability, **others}
    top = [{"token": each, "logprob": math.log(share)} for each, share in pairs.items()]
    return {"token": text, "logprob": math.log(probability), "top_logprobs": top}


def with_logprobs(*tokens: dict[str, object]) -> Callable[..., None]:
    chunks = []
    for each in tokens:
        made = chunk({"content": each["token"]})
        made["choices"][0]["logprobs"] = {"content": [each]}
        chunks.append(made)
    return chunked(sse(*chunks, chunk({}, finish="stop")))


def test_logprobs_shades_and_lists(run: Run, server: Server, screen: RecordingScreen) -> None:
    """The answer in its tokens, perplexity and entropy, the least certain with what stood beside."""
    server.reply(with_logprobs(token("Hi", 0.5, Yo=0.5), token(" there", 1.0)))
    run("hello")
    run("/logprobs")
    assert "Hi| there" in screen.said
    assert f"perplexity {math.sqrt(2):.2f}" in screen.transcript
    assert "mean entropy 0.50 bits" in screen.transcript
    assert "1 | Hi | 50% | Yo 50%" in screen.transcript


def test_logprobs_as_a_page(run: Run, server: Server, screen: RecordingScreen, tmp_path: Path) -> None:
    """/logprobs --html writes the tokens into the file that is named."""
    server.reply(with_logprobs(token("Hi", 0.5, Yo=0.5)))
    run("hello")
    run(f"/logprobs --html {tmp_path}/odds.html")
    assert screen.said[-1] == f"the tokens are in {tmp_path}/odds.html"
    page = (tmp_path / "odds.html").read_text()
    assert "<title>hello</title>" in page and "Yo" in page


def test_one_token(run: Run, server: Server, screen: RecordingScreen) -> None:
    """/logprobs 1 lists all its alternatives, and how much they hold; a number beyond is refused."""
    server.reply(with_logprobs(token("Hi", 0.5, Yo=0.25)))
    run("hello")
    run("/logprobs 1")
    assert "* | Hi | 50.00%" in screen.transcript
    assert "these hold 75.0% of the probability" in screen.transcript
    run("/logprobs 2")
    assert "not a token from 1 to 1" in screen.failed[0]


def test_not_asked_for(run: Run, server: Server, screen: RecordingScreen) -> None:
    """Without log probabilities the shell says how to ask, and asks again in the same place."""
    server.reply(stream("Hi"), with_logprobs(token("Hi", 0.5)))
    session = run("/help")
    run("hello")
    screen.answers = [True]
    run("/logprobs")
    assert "/set logprobs=true" in screen.transcript
    again = server.requests[-1].body
    assert (again["logprobs"], again["top_logprobs"]) == (True, 5)
    assert [message["content"] for message in again["messages"]] == ["hello"]
    assert isinstance(session, Session)
    assert session.branch.length == 2


def test_whatif_moves_the_odds(run: Run, server: Server, screen: RecordingScreen) -> None:
    """Nothing is sent; the odds at another temperature, and what the cut list does to them."""
    server.reply(with_logprobs(token("Hi", 0.6, Yo=0.3)))
    run("hello")
    sent = len(server.requests)
    run("/whatif temperature 0.5")
    assert "Hi 67% → 80%  Yo 33% → 20%" in screen.transcript
    assert "at most the 20 likeliest" in screen.transcript
    assert "at least 90%" in screen.transcript
    for line in ("/whatif temp 0.5", "/whatif temp=0.5", "/whatif temperature: 0.5"):
        screen.tables.clear()
        run(line)
        assert "Hi 67% → 80%" in screen.transcript, line
    assert len(server.requests) == sent


@pytest.mark.parametrize(
    "line", ["/whatif", "/whatif seed 3", "/whatif temperature 3", "/whatif temperature"]
)
def test_whatif_refuses(run: Run, screen: RecordingScreen, line: str) -> None:
    """What can't be computed, or is out of range, is refused."""
    run(line)
    assert screen.failed


def test_tokens_of_a_text(run: Run, screen: RecordingScreen) -> None:
    """The pieces, ids and number, by the model's own tokeniser."""
    run('/tokens " and hello"')
    assert " and| hello" in screen.said
    assert "2 tokens, 10 characters (tiktoken)" in screen.transcript


def test_tokens_of_the_next_request(run: Run, server: Server, screen: RecordingScreen) -> None:
    """A row for each message and the overhead; they add up to what the toolbar says."""
    server.reply(stream("Hi there"))
    session = run("/system Be brief.")
    run("hello")
    run("/tokens")
    assert isinstance(session, Session)
    total = session.tokenizers.count_request("gpt-4o", session.branch, session.carried(session.branch), {})
    assert f"≈{total} tokens so far" in screen.transcript
    _, rows = screen.tables[-1]
    assert [row[0] for row in rows] == ["system", "user", "assistant", "overhead"]
    assert sum(int(row[-1]) for row in rows) == total


def test_forms_of_a_word(run: Run, screen: RecordingScreen) -> None:
    """/bias WORD offers four forms with their tokens; Enter takes those of one token."""
    screen.answers = [""]
    session = run("/bias impossible -100")
    assert isinstance(session, Session)
    _, rows = screen.tables[0]
    assert [row[1] for row in rows] == ["impossible", '" impossible"', "Impossible", '" Impossible"']
    picked = dict(session.settings.get("bias"))
    single = {row[1].strip('"') for row in rows if len(row[3].split()) == 1}
    assert set(picked) == single
    assert set(picked.values()) == {-100}


def test_forms_by_number(run: Run, screen: RecordingScreen) -> None:
    """Numbers pick forms, several tokens or not; a wrong number changes nothing."""
    screen.answers = ["1 3"]
    session = run("/bias impossible -100")
    assert isinstance(session, Session)
    assert [word for word, _ in session.settings.get("bias")] == ["impossible", "Impossible"]
    screen.answers = ["9"]
    run("/bias possible 5")
    assert "not a number from 1 to 4" in screen.failed[0]
    assert len(session.settings.get("bias")) == 2


def test_bias_by_id(run: Run, screen: RecordingScreen) -> None:
    """/bias #id takes an id of the vocabulary, says what it is, and refuses one beyond."""
    session = run("/bias #326 5")
    assert isinstance(session, Session)
    assert session.settings.get("logit_bias") == (("326", 5),)
    assert '#326 is " and"' in screen.transcript
    run("/bias #9999999 5")
    assert "no #9999999" in screen.failed[0]
    run("/bias remove #326")
    assert session.settings.get("logit_bias") is None


def test_weights_out_of_range(run: Run, screen: RecordingScreen) -> None:
    """A weight beyond 100 is refused with the range."""
    session = run('/bias " and" 101')
    assert isinstance(session, Session)
    assert "a whole number from -100 to 100" in screen.failed[0]
    assert session.settings.get("bias") is None


def test_a_clamped_value_is_told(run: Run, server: Server, screen: RecordingScreen) -> None:
    """What llama.cpp's server says it used instead is pointed out after the turn, and in /show."""
    settings = {"generation_settings": {"temperature": 1.5, "top_p": 0.95}}
    server.reply(
        chunked(sse(chunk({"content": "x"}, finish="stop"), {**chunk(), "__verbose": settings})), http(b"{}")
    )
    run("/temp 2")
    run("hello")
    assert screen.warned == ["temperature 2.0 → 1.5 clamped by the server"]
    run("/show all")
    rows = {row[0]: row for row in screen.tables[-1][1]}
    assert rows["temperature"][-1] == "1.5"
    assert rows["top_p"][-1] == "0.95"
    assert rows["seed"][-1] == ""


def test_show_names_the_model_that_answered(run: Run, server: Server, screen: RecordingScreen) -> None:
    """The server says which it was, which may be a snapshot of the one that was asked for; another model
    that is set now has not answered."""
    server.reply(chunked(sse(chunk({"content": "x"}, finish="stop", model="gpt-4o-2024-08-06"))))

    def told() -> str:
        run("/show")
        return next(str(row[-1]) for row in screen.tables[-1][1] if row[0] == "model")

    assert told() == "unknown"
    run("hello")
    assert told() == "gpt-4o-2024-08-06"
    run("/model gpt-4")
    assert told() == "unknown"


def test_ids_beyond_the_vocabulary_are_refused_everywhere(run: Run, screen: RecordingScreen) -> None:
    """/set logit_bias is held against the model's vocabulary too."""
    session = run("/set logit_bias 9999999=5")
    assert isinstance(session, Session)
    assert "no #9999999" in screen.failed[0]
    assert session.settings.get("logit_bias") is None


@given(st.text(st.characters(categories=["L"]), min_size=1))
def test_forms_hold_the_word(word: str) -> None:
    """Whatever the word, its forms are distinct, with and without a space, and one is the word."""
    found = forms(word)
    assert word in found
    assert len(set(found)) == len(found)
    assert {form.strip().lower() for form in found} <= {word.lower(), (word[:1].upper() + word[1:]).lower()}
    assert sum(form.startswith(" ") for form in found) * 2 == len(found)
