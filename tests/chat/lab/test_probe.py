"""What the trials of /probe ask, and that they say nothing false of any server."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import ParameterRefused, RequestFailed
from chat.conversation.turn import Answer
from chat.endpoint.memory import HONOURED, IGNORED, REJECTED, UNCLEAR, ProbeVerdict
from chat.lab.probe import CALL, OPENAIS, TRIALS, worst_case
from chat.lab.trial import COUNT, LONGEST, NOBODYS, PLAIN, UNKNOWN, Question, crashed, found, refused

from ...support.examples import times
from ...support.worlds import UNSEEN, World

ALL = frozenset(OPENAIS)
OTHERS = sorted({*TRIALS} - ALL)


def tried(name: str, world: World, known: dict[Question, Answer] | None = None) -> ProbeVerdict:
    """Try a parameter at a server; no more is asked than was said."""
    known = {} if known is None else known
    while isinstance(seen := found(name, TRIALS[name], known), Question):
        assert seen not in known
        known[seen] = world(seen.body("m", "max_tokens", lambda text: "42"))
    return seen


def without(*names: str) -> frozenset[str]:
    return ALL - {*names}


WORLDS = st.builds(
    World,
    takes=st.frozensets(st.sampled_from(sorted(ALL))).map(lambda some: ALL - some),
    refuses=st.frozensets(st.sampled_from(sorted(ALL)), max_size=3),
    texts=st.sampled_from(
        ["sampled", "fixed", "hashed", "cached", "drifting", "turns 2", "turns 3", "turns 4"]
    ),
    usage=st.sampled_from(["counted", "none", "zero"]),
    default_heat=st.sampled_from([1.0, 0.0]),
    keeps_stop=st.booleans(),
    least=st.sampled_from([1, 1, 16]),
    reasons=st.sampled_from([False, False, False, True]),
    talks=st.booleans(),
    weak=st.booleans(),
    strict=st.booleans(),
    tier=st.sampled_from(["", "default"]),
    every=st.sampled_from([0, 0, 2, 3, 4, 5]),
    chance=st.integers(0, 2**32).map(random.Random),
)
#: What changes nothing where texts are no model's.
_OF_A_MODEL = {"temperature", "top_p", "seed", "presence_penalty", "frequency_penalty"}


@times(4)
@given(WORLDS, st.lists(st.sampled_from(sorted(ALL)), min_size=1, max_size=5, unique=True))
def test_nothing_false_is_said(world: World, names: list[str]) -> None:
    """Whatever a server does, in any order of the trials: a verdict that is not "can't tell" is true. And no more
    is asked than was said."""
    known: dict[Question, Answer] = {}
    does_nothing = set(UNSEEN)
    if world.texts not in ("sampled", "cached", "drifting"):
        does_nothing |= _OF_A_MODEL
    if world.usage == "none":
        does_nothing.add("stream_options")
    for count, name in enumerate(names, 1):
        verdict = tried(name, world, known).verdict
        assert verdict != HONOURED or name in world.takes - world.refuses - does_nothing
        assert verdict != IGNORED or name not in world.takes - does_nothing
        assert (
            verdict != REJECTED
            or name in world.refuses
            or (name, "logprobs") == ("top_logprobs", *world.refuses)
        )
        assert len(known) <= worst_case(names[:count])[0]


@pytest.mark.parametrize("name", sorted(without(*UNSEEN)))
def test_what_is_taken_is_seen(name: str) -> None:
    """A server that takes everything is seen to, also where it refuses unknown fields, keeps the stop text,
    or keeps its answers."""
    for world in (World(), World(strict=True), World(keeps_stop=True), World(texts="cached")):
        verdict = tried(name, world)
        assert verdict.verdict == HONOURED, verdict
        assert verdict.evidence and len(verdict.evidence) < 120 and "\n" not in verdict.evidence


@pytest.mark.parametrize("name", sorted(without(*UNSEEN, "presence_penalty", "service_tier")))
def test_what_is_not_taken_is_seen(name: str) -> None:
    """A server that does not look at it is seen not to."""
    assert tried(name, World(without(name))).verdict == IGNORED


@pytest.mark.parametrize(
    ("name", "world", "verdict", "said"),
    [
        (
            "tools",
            World(talks=True),
            UNCLEAR,
            "cut (200 tokens) before a call could come; the prompt has 9 or 49",
        ),
        ("tools", World(frozenset({"temperature"}), usage="none"), IGNORED, "the text is the same"),
        ("stop", World(keeps_stop=True), HONOURED, "stays in them"),
        ("stop", World(without("temperature")), UNCLEAR, "in another way"),
        ("max_tokens", World(usage="zero"), HONOURED, "1 word came"),
        ("max_tokens", World(reasons=True, usage="zero"), UNCLEAR, "without a text"),
        ("max_tokens", World(least=16), UNCLEAR, "neither one token nor a whole answer"),
        ("max_tokens", World(refuses=frozenset({"max_completion_tokens"})), HONOURED, "20 tokens without"),
        ("n", World(refuses=frozenset({"temperature"})), HONOURED, "2 and 2 came"),
        ("stream_options", World(usage="none"), IGNORED, "0 of 2"),
        ("service_tier", World(tier="default"), UNCLEAR, "as without it"),
        ("service_tier", World(without("service_tier")), UNCLEAR, "taken, as an unknown field is"),
        ("verbosity", World(strict=True), UNCLEAR, "known, since an unknown field is refused"),
        ("temperature", World(texts="fixed"), IGNORED, "the same, and so are 5 others"),
        ("temperature", World(without("temperature"), default_heat=0.0), IGNORED, "the same"),
        ("temperature", World(without("temperature")), IGNORED, "the same request twice included"),
        ("temperature", World(texts="hashed"), UNCLEAR, "a cache, or a script"),
        ("temperature", World(texts="turns 4"), IGNORED, "the same request twice included"),
        ("top_p", World(texts="fixed"), UNCLEAR, "the same, and so are"),
        ("seed", World(without("seed"), texts="cached"), UNCLEAR, "a cache, or a script"),
        ("seed", World(texts="fixed"), UNCLEAR, "the same, and so are"),
        ("presence_penalty", World(weak=True), UNCLEAR, "too weak"),
        ("frequency_penalty", World(texts="hashed"), UNCLEAR, "vary without it"),
        ("top_logprobs", World(without("logprobs", "top_logprobs")), UNCLEAR, "no log probabilities"),
        ("logprobs", World(reasons=True), UNCLEAR, "without a text"),
        ("n", World(every=3), UNCLEAR, "refused"),
        ("images", World(), HONOURED, "6 of 6 answers name the color"),
        ("images", World(without("images")), IGNORED, "the text is the same without a picture"),
        ("images", World(without("images", "temperature")), IGNORED, "9 tokens with a picture and without"),
        ("images", World(without("images", "temperature"), usage="none"), UNCLEAR, "0 of 6"),
        ("images", World(reasons=True), UNCLEAR, "without a text"),
    ],
)
def test_what_could_mislead(name: str, world: World, verdict: str, said: str) -> None:
    """Where answers come as they do for another reason than the parameter, that is told from it, or said."""
    seen = tried(name, world)
    assert (seen.verdict, said in seen.evidence) == (verdict, True), seen


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_refusal_needs_its_controls(name: str) -> None:
    """It is the parameter's where the same was taken without it; the server's words are the evidence."""
    seen = tried(name, World(refuses=frozenset({name})))
    assert seen.verdict == REJECTED and "3 of 3" in seen.evidence and f"no {name} here" in seen.evidence
    assert tried(name, World(refuses=frozenset({"model"}))).verdict == UNCLEAR


@pytest.mark.parametrize(
    ("taken", "verdict", "said"),
    [
        ([], REJECTED, "refused 3 of 3 times"),
        ([0.5], UNCLEAR, "1 was refused, 0.5 was taken: no"),
        ([1, 0.99, 0.98, 0.97, 0.01, 0.02], UNCLEAR, "0.015 was refused, 0.5 was taken: no"),
    ],
)
def test_a_value_that_is_refused_is_not_its_parameter(taken: list[float], verdict: str, said: str) -> None:
    """A server may have limits of its own: a milder value is asked before it is said to refuse all."""
    world = World()

    def asked(question: Question) -> Answer:
        body = question.body("m", "max_tokens", str)
        value = body.get("temperature")
        wrong = value is not None and value not in (taken and [0.5, *taken])
        return Answer(error=ParameterRefused("no", param="temperature")) if wrong else world(body)

    seen = asking("temperature", asked)
    assert seen.verdict == verdict and said in seen.evidence


@pytest.mark.parametrize(
    ("blamed", "verdict"),
    [("stop", UNCLEAR), ("tool_choice", REJECTED), ("tools", REJECTED), (None, REJECTED)],
)
def test_a_refusal_that_blames_another(blamed: str | None, verdict: str) -> None:
    """It says nothing of this one, unless the two only go together."""
    error = ParameterRefused("not so", param=blamed)
    seen = asking("tools", lambda question: Answer(error=error if "tools" in question.fields else None))
    assert seen.verdict == verdict and "not so" in seen.evidence


def asking(name: str, answer: Callable[[Question], Answer]) -> ProbeVerdict:
    """Try a parameter where each question has its answer."""
    known: dict[Question, Answer] = {}
    while isinstance(seen := found(name, TRIALS[name], known), Question):
        known[seen] = answer(seen)
    return seen


def test_what_says_something_of_a_parameter() -> None:
    """Refusals do, and maybe a crash; a server that is busy or not there does not."""
    assert refused(ParameterRefused("no")) and refused(RequestFailed("no", status=422))
    assert crashed(RequestFailed("no", status=500)) and not refused(RequestFailed("no", status=500))
    assert refused(RequestFailed("image input is not supported", status=500))
    for other in (RequestFailed("no"), RequestFailed("no", status=503)):
        assert not refused(other) and not crashed(other)


@pytest.mark.parametrize("name", sorted(TRIALS))
def test_each_has_its_controls(name: str) -> None:
    """Each form of a trial asks without the parameter first, and with a field that no server knows."""
    for form in TRIALS[name].forms:
        for role in (PLAIN, UNKNOWN):
            controls = [question for each, question in form if each == role]
            assert controls and all((NOBODYS in each.fields) == (role == UNKNOWN) for each in controls)


def test_the_questions_are_tiny() -> None:
    """Each is bounded, by the limit that the endpoint takes unless a limit is what it tries; controls are
    shared."""
    for name, trial in TRIALS.items():
        for form in trial.forms:
            for _, question in form:
                body = question.body("m", "max_tokens", lambda text: "42")
                (limit,) = (body[each] for each in ("max_tokens", "max_completion_tokens") if each in body)
                assert limit <= (CALL if name == "tools" else LONGEST)
    assert worst_case(list(OPENAIS))[0] < 135 < sum(worst_case([name])[0] for name in OPENAIS)
    bias = next(question for _, question in TRIALS["logit_bias"].forms[0] if question.biased)
    assert bias.body("m", "max_tokens", {" yes": "42"}.__getitem__) == {
        "model": "m",
        "messages": [{"role": "user", "content": COUNT}],
        "stream": False,
        "max_tokens": LONGEST,
        "temperature": 0.01,
        "logit_bias": {"42": 100},
    }


@pytest.mark.parametrize("texts", ["sampled", "fixed", "hashed", "cached", "drifting", "turns 3"])
def test_what_a_server_does_not_know_is_never_called_honoured(texts: str) -> None:
    """A server that takes all fields and knows OpenAI's alone is not said to honour another's parameter,
    however its texts vary."""
    known: dict[Question, Answer] = {}
    world = World(texts=texts)
    found_ = {name: tried(name, world, known).verdict for name in OTHERS}
    assert HONOURED not in found_.values(), [name for name in OTHERS if found_[name] == HONOURED]


def test_a_strict_server_rejects_them() -> None:
    """A server that refuses fields it does not know refuses these, and the verdict says so."""
    for name in ("top_k", "grammar", "xtc_threshold", "id_slot"):
        world = World(refuses=frozenset({name}))
        assert tried(name, world).verdict == REJECTED
