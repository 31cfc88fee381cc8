"""What the trials of /probe ask, and what their answers show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import ParameterRefused, RequestFailed
from chat.conversation.events import TokenLogprob
from chat.conversation.turn import Answer, Choice, Usage
from chat.endpoint.memory import HONOURED, IGNORED, REJECTED, UNCLEAR, Verdict
from chat.lab.probe import COUNT, LONGEST, TRIALS, Question, found, refused, worst_case


def said(text: str = "", usage: Usage | None = None, tier: str = "", **facts: Any) -> Answer:
    return Answer((Choice(0, text, **facts),), usage, service_tier=tier)


def sure(count: int) -> tuple[TokenLogprob, ...]:
    return (TokenLogprob("a", -0.1, (("a", -0.1),) * count),)


NUMBERS = "one two three four five six"
CALL = (("look", "{}"),)


@pytest.mark.parametrize(
    ("name", "answers", "verdict"),
    [
        ("max_tokens", [said("one", Usage(9, 1))], HONOURED),
        ("max_tokens", [said("one two", Usage(9, 2), finish_reason="length")], HONOURED),
        ("max_completion_tokens", [said("one two")], IGNORED),
        ("stop", [said(NUMBERS), said("one two three ")], HONOURED),
        ("stop", [said(NUMBERS), said(NUMBERS)], IGNORED),
        ("stop", [said("one two")], UNCLEAR),
        ("logit_bias", [said("yes yes ye")], HONOURED),
        ("logit_bias", [said(NUMBERS), said(NUMBERS)], IGNORED),
        ("logit_bias", [said("no"), said(NUMBERS)], UNCLEAR),
        ("n", [Answer((Choice(0, "a"), Choice(1, "b")))], HONOURED),
        ("n", [said("a")], IGNORED),
        ("seed", [said("a"), said("a"), said("b")], HONOURED),
        ("seed", [said("a"), said("b"), said("c")], IGNORED),
        ("seed", [said("a"), said("a"), said("a")], UNCLEAR),
        ("temperature", [said("a"), said("a"), said("b"), said("c"), said("b")], HONOURED),
        ("temperature", [said("a"), said("b"), said("c"), said("c"), said("c")], IGNORED),
        ("temperature", [said("a"), said("b"), said("c"), said("d"), said("e")], UNCLEAR),
        ("top_p", [said("a"), said("a"), said("b"), said("c"), said("d")], HONOURED),
        ("top_p", [said("a"), said("b"), said("b"), said("c"), said("d")], IGNORED),
        ("top_p", [said("a"), said("a"), said("b"), said("b"), said("b")], UNCLEAR),
        ("presence_penalty", [said("no no"), said("no yes")], HONOURED),
        ("frequency_penalty", [said("no no"), said("no no")], IGNORED),
        ("logprobs", [said("a", logprobs=sure(0))], HONOURED),
        ("logprobs", [said("a")], IGNORED),
        ("top_logprobs", [said("a", logprobs=sure(3))], HONOURED),
        ("top_logprobs", [said("a", logprobs=sure(2))], IGNORED),
        ("response_format", [said('{"color": "teal"}')], HONOURED),
        ("response_format", [said("teal")], IGNORED),
        ("stream_options", [said("a", Usage(9, 1))], HONOURED),
        ("stream_options", [said("a")], IGNORED),
        ("tools", [said(tool_calls=CALL)], HONOURED),
        ("tools", [said("a")], IGNORED),
        ("service_tier", [said("a", tier="default")], HONOURED),
        ("service_tier", [said("a")], UNCLEAR),
        ("verbosity", [said("a")], UNCLEAR),
    ],
)
def test_what_answers_show(name: str, answers: Sequence[Answer], verdict: str) -> None:
    """The verdict is the one that these answers leave, and each of them was needed for it."""
    for count in range(len(answers)):
        assert isinstance(found(name, answers[:count]), Question)
    seen = found(name, answers)
    assert isinstance(seen, Verdict) and seen.verdict == verdict and seen.evidence


@pytest.mark.parametrize(
    ("name", "param", "verdict"),
    [
        ("n", "n", REJECTED),
        ("n", None, REJECTED),
        ("n", "temperature", UNCLEAR),
        ("top_logprobs", "logprobs", REJECTED),
        ("tools", "tool_choice", REJECTED),
    ],
)
def test_a_refusal_is_the_evidence(name: str, param: str | None, verdict: str) -> None:
    """The server's words; one that blames another parameter says nothing of this one."""
    error = ParameterRefused("not so", param=param)
    assert found(name, [Answer(error=error)]) == Verdict(verdict, "not so")


def test_what_says_something_of_a_parameter() -> None:
    """Refusals do; a server that fails, or is busy, does not."""
    assert refused(ParameterRefused("no")) and refused(RequestFailed("no", status=422))
    assert not refused(RequestFailed("no", status=500)) and not refused(RequestFailed("no"))


TEXTS = st.sampled_from(["", "a", "yes", "yes yes", NUMBERS, '{"color": "teal"}', "no\nno"])
ANSWERS = st.builds(
    lambda texts, used, calls, top, error: Answer(
        tuple(Choice(at, text, tool_calls=calls, logprobs=top) for at, text in enumerate(texts)),
        used,
        error=error,
    ),
    st.lists(TEXTS, max_size=3),
    st.sampled_from([None, Usage(9, 1), Usage(9, 30)]),
    st.sampled_from([(), CALL]),
    st.sampled_from([(), sure(3)]),
    st.sampled_from([None, None, None, ParameterRefused("no", param="n")]),
)


@given(st.sampled_from(sorted(TRIALS)), st.lists(ANSWERS, min_size=6, max_size=6))
def test_every_trial_ends(name: str, answers: list[Answer]) -> None:
    """Whatever comes, empty answers and refusals too: a verdict in a word, in no more requests than were said."""
    asked = 0
    while isinstance(seen := found(name, answers[:asked]), Question):
        asked += 1
    assert asked <= TRIALS[name].requests == worst_case([name])[0]
    assert seen.verdict in (HONOURED, IGNORED, REJECTED, UNCLEAR)


def test_the_questions_are_tiny() -> None:
    """Each is bounded, by the limit that the endpoint takes unless a limit is what it tries."""
    for trial in TRIALS.values():
        for question in trial.asks:
            body = question.body("m", "max_tokens", lambda text: "42")
            assert [body[each] for each in ("max_tokens", "max_completion_tokens") if each in body] in (
                [LONGEST],
                [1],
            )
    (bias,) = TRIALS["logit_bias"].asks
    assert bias.body("m", "max_tokens", {" yes": "42"}.__getitem__) == {
        "model": "m",
        "messages": [{"role": "user", "content": COUNT}],
        "stream": False,
        "max_tokens": LONGEST,
        "temperature": 0,
        "logit_bias": {"42": 100},
    }
