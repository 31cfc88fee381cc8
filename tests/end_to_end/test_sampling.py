"""What is worked out of a place's probabilities is what llama.cpp's server itself comes to."""

from __future__ import annotations

import json
import random
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chat.endpoint.address import Endpoint
from chat.endpoint.embedded import Embedded
from chat.lab import dials
from chat.lab.live import Live
from chat.lab.sampling import LLAMA_CPP, Candidate, Sampler, distribution, offset
from chat.session.state import Session
from tests.support.panel import awaited

Ask = Callable[[str, dict[str, Any]], dict[str, Any]]

#: Every sampler that is known here leaves the probabilities alone.
NEUTRAL: dict[str, Any] = {
    "temperature": 1,
    "top_k": 0,
    "top_p": 1,
    "min_p": 0,
    "typical_p": 1,
    "repeat_penalty": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
}
PROMPTS = (
    [{"role": "user", "content": "Name a colour."}],
    [{"role": "user", "content": "The the cat cat sat. Say cat again."}],
)
#: The random settings of each prompt, and how many of the model's tokens are asked for at most.
SETTINGS, WIDE = 20, 2000


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    embedded = Embedded()
    yield embedded.endpoint()
    embedded.stop()


@pytest.fixture(scope="module")
def ask(endpoint: Endpoint) -> Ask:
    root = str(endpoint.base_url).removesuffix("/v1")

    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {endpoint.key}"}
        request = urllib.request.Request(root + path, json.dumps(body).encode(), headers)
        answer: dict[str, Any] = json.load(urllib.request.urlopen(request))
        return answer

    return post


def logprobs(ask: Ask, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Ask for the probabilities of an answer of one token, until there is one: an answer that ends at once has
    none."""
    for _ in range(20):
        if found := ask("/v1/chat/completions", body)["choices"][0].get("logprobs"):
            content: list[dict[str, Any]] = found["content"]
            return content
    return []


def probabilities(ask: Ask, messages: list[dict[str, str]], **parameters: Any) -> dict[int, float]:
    """Ask for the next token's probabilities, after the samplers."""
    body = {**NEUTRAL, "messages": messages, "max_tokens": 1, "logprobs": True}
    wanted = {**body, "top_logprobs": WIDE, "post_sampling_probs": True, **parameters}
    return {each["id"]: each["prob"] for place in logprobs(ask, wanted)[:1] for each in place["top_probs"]}


def test_the_order_of_the_samplers_is_the_server_s_own(ask: Ask) -> None:
    """The samplers that are known here stand in llama.cpp's default order."""
    answer = ask("/v1/chat/completions", {"messages": PROMPTS[0], "max_tokens": 1, "verbose": True})
    samplers = answer["__verbose"]["generation_settings"]["samplers"]
    assert [name for name in samplers if name in LLAMA_CPP] == list(LLAMA_CPP)


@pytest.mark.parametrize("messages", PROMPTS)
def test_the_local_probabilities_are_the_server_s(ask: Ask, messages: list[dict[str, str]]) -> None:
    """For random settings, each sampler alone and together: no probability is off by more than 0.001.

    One thing may differ: a token at the very edge of typical_p, over the whole vocabulary, since the server
    adds up 49,152 numbers of four bytes. Such settings stand here with a top_k, as the server's default has.
    """
    prompt = ask("/apply-template", {"messages": messages})["prompt"]
    said = ask("/tokenize", {"content": prompt, "parse_special": True})["tokens"][-64:]
    body = {**NEUTRAL, "messages": messages, "max_tokens": 1, "logprobs": True}
    raw = logprobs(ask, {**body, "top_logprobs": 50_000})[0]
    every = [Candidate(each["id"], each["token"], each["logprob"]) for each in raw["top_logprobs"]]
    zero = offset(every, probabilities(ask, messages, repeat_penalty=1.5, top_logprobs=50_000), said, 1.5)
    assert zero is not None
    every = [Candidate(each.id, each.token, each.logit + zero) for each in every]
    near = every[:4000] + [each for each in every[4000:] if each.id in said]

    pick = random.Random(str(messages))
    values: dict[str, Callable[[], float]] = {
        "temperature": lambda: pick.choice([0, 0.2, 0.7, pick.uniform(0, 2)]),
        "top_k": lambda: pick.choice([1, 5, 40, 300, 1500]),
        "top_p": lambda: pick.uniform(0.05, 1),
        "min_p": lambda: pick.uniform(0, 0.5),
        "typical_p": lambda: pick.uniform(0.1, 1),
        "repeat_penalty": lambda: pick.uniform(0.8, 1.8),
        "presence_penalty": lambda: pick.uniform(-2, 2),
        "frequency_penalty": lambda: pick.uniform(-2, 2),
    }
    compared = 0
    for number in range(SETTINGS):
        alone = number < len(values)
        names = [list(values)[number]] if alone else [each for each in values if pick.random() < 0.6]
        chosen: dict[str, Any] = {name: values[name]() for name in names}
        if not alone:  # else a second of arithmetic over the whole vocabulary each time
            chosen.setdefault("top_k", 1500)
        bias = (
            {each.id: pick.uniform(-5, 5) for each in pick.sample(every[:50], 3)} if number % 3 == 0 else {}
        )
        theirs = probabilities(ask, messages, **chosen, logit_bias={str(key): by for key, by in bias.items()})
        if not theirs:  # the likeliest is the answer's end
            continue
        compared += 1
        found = distribution(
            every if alone else near, Sampler(**{**NEUTRAL, **chosen}, bias=bias), LLAMA_CPP, said
        )
        ours = {each.candidate.id: each.probability for each in found.live[:WIDE]}
        off = max(abs(ours.get(key, 0) - theirs.get(key, 0)) for key in ours.keys() | theirs.keys())
        assert off < 0.001, f"{chosen} {bias}: {off}"
    assert compared > 0.9 * SETTINGS


def test_the_panel_s_picture_is_what_the_server_does(
    ask: Ask, endpoint: Endpoint, make_session: Callable[..., Session]
) -> None:
    """/dials, from what it asks by itself (defaults, order, who was said, the zero of the logits), comes to the
    server's own probabilities, for what is set and for what is left to the server."""
    own = f"here:\n  base_url: {endpoint.base_url}\n  model: m\n  api_key_env: LAB_KEY\n"
    session = make_session(own, profile="here", LAB_KEY=endpoint.key)
    session.server.models()
    target, defaults = session.target(), session.server.defaults()
    found = dials.dials(session.settings, "llama.cpp", False, defaults, {})
    names = {dial.name: dial.name for dial in found}
    live = Live(session, target, session.asked(PROMPTS[1][0]["content"]), None, found, defaults)
    try:
        for chosen in ({}, {"temperature": 1.6, "min_p": 0.15}, {"repeat_penalty": 1.4, "top_k": 12}):
            values = {names[title]: value for title, value in chosen.items()}
            live.look(0, values)
            awaited(live, lambda: not live.at(0).waiting)
            if "repeat_penalty" in chosen:
                awaited(live, lambda: live.at(0).zero is not None)
            place = live.at(0)
            wanted = dials.sampler(found, values, {})
            ours = {
                each.candidate.id: each.probability
                for each in distribution(place.logits, wanted, live.order, place.said).live
            }
            theirs = as_it_comes(ask, PROMPTS[1], **chosen)
            off = max(abs(ours.get(key, 0) - theirs.get(key, 0)) for key in ours.keys() | theirs.keys())
            assert len(place.candidates) == 500 and off < 0.001, f"{chosen}: {off}"
    finally:
        live.close()


def as_it_comes(ask: Ask, messages: list[dict[str, str]], **parameters: Any) -> dict[int, float]:
    """What the server makes of its own defaults and these."""
    body = {"messages": messages, "max_tokens": 1, "logprobs": True, "top_logprobs": 500}
    for _ in range(20):  # where the answer ends at once, the server gives none
        answer = ask("/v1/chat/completions", {**body, "post_sampling_probs": True, **parameters})
        if found := answer["choices"][0].get("logprobs"):
            return {each["id"]: each["prob"] for each in found["content"][0]["top_probs"] if each["prob"]}
    return {}
