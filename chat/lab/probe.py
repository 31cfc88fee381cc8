"""Declare the trials that show what an endpoint and model do with each parameter. Pure.

Each trial has an outcome that can't be mistaken: a stop text that must cut, a bias that leaves one
token to say, a limit of one token, the same seed several times. How it is asked is `trial`, what its
answers show `outcomes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..endpoint.memory import IGNORED
from . import outcomes
from .trial import (
    INVENT,
    JSON,
    LONGEST,
    LOOK,
    LOOSE,
    NOBODYS,
    PLAIN,
    REPEAT,
    TRIED,
    UNKNOWN,
    Ask,
    Judge,
    Question,
    Trial,
)

#: Tokens of a question at most, those of its tools included.
QUESTION = 120
#: A temperature at which answers are as good as the same, and one at which they are not. Neither is at
#: the end of a range, where some servers refuse it.
STEADY, HOT = 0.01, 1
#: Tokens that a call may need, with what a model says before it.
CALL = 200


def worst_case(names: Sequence[str]) -> tuple[int, int, int]:
    """Count (requests, prompt tokens, completion tokens) at most. What two trials ask alike is asked
    once. What is refused is asked once more, and milder; a control in another form; the first of all
    with the other limit."""
    trials = [TRIALS[name] for name in names]
    asked = {question for trial in trials for _, question in trial.forms[0]}
    controls = {form[0][1] for trial in trials for form in trial.forms[:-1]}
    more = 1 + len(controls) + sum(map(_more, trials))
    choices = sum(question.longest * question.fields.get("n", 1) for question in asked)
    return len(asked) + more, (len(asked) + more) * QUESTION, choices + more * LONGEST


def pictures_in(names: Sequence[str]) -> int:
    """Count the pictures that are sent at most: of what is asked, and after a refusal."""
    asked = {question for name in names for _, question in TRIALS[name].forms[0] if question.picture}
    return len(asked) + 2 * bool(asked)


def _more(trial: Trial) -> int:
    """Count the questions that may come beyond a form: by the judge, after a refusal, or one of several
    once more."""
    tried = [question for role, question in trial.forms[0] if role == TRIED]
    unequal = any(question.fields != tried[0].fields for question in tried)
    return trial.more + 1 + unequal


# ---- questions

_COUNT = Question(fields={"temperature": STEADY})
_REPEAT = Question(REPEAT, fields={"temperature": STEADY})
_INVENT = Question(INVENT)
_HOT = Question(INVENT, fields={"temperature": HOT})


def _unknown(question: Question) -> Question:
    return question.with_(**{NOBODYS: 1})


def _bare(asks: Iterable[Ask]) -> tuple[Ask, ...]:
    """Leave out the temperature that only helps."""
    stripped = []
    for role, question in asks:
        fields = {name: value for name, value in question.fields.items() if name != "temperature"}
        stripped.append((role, replace(question, fields=fields)))
    return tuple(stripped)


def _around(plain: Question, *tried: Question) -> tuple[tuple[Ask, ...], ...]:
    """Give two forms: two controls of either kind with the tried ones between them, and the same without the
    temperature."""
    asks: tuple[Ask, ...] = (
        (PLAIN, plain),
        (UNKNOWN, _unknown(plain)),
        *((TRIED, each) for each in tried),
        (UNKNOWN, _unknown(plain).with_(1)),
        (PLAIN, plain.with_(1)),
    )
    return asks, _bare(asks)


def _trial(judge: Judge, /, mild: dict[str, object] | None = None, **fields: object) -> Trial:
    """Try these fields twice."""
    tried = (_COUNT.with_(again, **fields) for again in (0, 1))
    return Trial(_around(_COUNT, *tried), judge, _COUNT.with_(**mild) if mild else None)


def _limit(name: str, other: str) -> Trial:
    """Try a limit of one token against a request that the other limit bounds, or where a server does
    not take that one, against a longer limit."""
    tried = [_COUNT.with_(again, **{name: 1}) for again in (0, 1)]
    long = _COUNT.with_(**{name: LONGEST})
    first, second = (_around(plain, *tried) for plain in (_COUNT.with_(**{other: LONGEST}), long))
    return Trial((*first, *second), outcomes.limited, long)


def _penalty(name: str, judge: Judge, own: Sequence[int]) -> Trial:
    """Try a penalty three times, where without it the answer repeats a word. The last two controls are
    of the trial's `own` length, one after the other: answers that change with time, by turns, or with
    anything at all, are seen by them."""
    tried = [(TRIED, _REPEAT.with_(again, **{name: 2})) for again in (0, 1, 2)]
    asks: tuple[Ask, ...] = (
        (PLAIN, _REPEAT),
        tried[0],
        (UNKNOWN, _unknown(_REPEAT)),
        (PLAIN, _REPEAT.with_(1)),
        tried[1],
        tried[2],
        (UNKNOWN, _unknown(_REPEAT).with_(1)),
        *((LOOSE, replace(_REPEAT, longest=each)) for each in own),
    )
    return Trial((asks, _bare(asks)), judge, _REPEAT.with_(**{name: 0.5}))


def _mixed(tried: Sequence[Question], loose: Sequence[Ask]) -> tuple[Ask, ...]:
    """Ask four and five, in an order that has no period: servers that take turns are seen by it."""
    first, second, third, fourth = ((TRIED, each) for each in tried)
    return (loose[0], first, second, loose[1], third, loose[2], loose[3], fourth, loose[4])


def _hot(last: int) -> list[Ask]:
    """Give five controls whose answers vary, the last of them the trial's own."""
    unknown = _unknown(_HOT)
    return [
        (PLAIN, _HOT),
        (UNKNOWN, unknown),
        (PLAIN, _HOT.with_(1)),
        (UNKNOWN, unknown.with_(1)),
        (LOOSE, _HOT.with_(last)),
    ]


def _values(name: str, *values: float) -> list[Question]:
    """Give the first value twice, then values that come to the same and are other requests to a cache."""
    first, *more = (_HOT.with_(**{name: value}) for value in values)
    return [first, first.with_(1), *more]


def _temperature() -> Trial:
    cold = _values("temperature", STEADY, 0.02, 0.015)
    # others that come to the same and are other requests, too: of a cache, one answer would speak for all
    hot = [_HOT, _unknown(_HOT), *(_INVENT.with_(temperature=heat) for heat in (0.99, 0.98, 0.97))]
    loose = [(LOOSE, question) for question in hot]
    asks = ((PLAIN, _INVENT), (UNKNOWN, _unknown(_INVENT)), *_mixed(cold, loose))
    mild = _INVENT.with_(temperature=0.5)
    return Trial((asks,), outcomes.narrowing("at 0.01 to 0.02", IGNORED, alone=True), mild)


def _top_p() -> Trial:
    asks = _mixed(_values("top_p", 0.01, 0.02, 0.015), _hot(3))
    return Trial((asks, _bare(asks)), outcomes.narrowing("at 0.01 to 0.02"), _INVENT.with_(top_p=0.5))


def _seed() -> Trial:
    same = _HOT.with_(seed=11)
    shorter = (replace(same, longest=LONGEST - 1), replace(same, longest=LONGEST - 2))
    plain, unknown, *_, last = _hot(4)
    others = [(LOOSE, _HOT.with_(seed=seed)) for seed in (12, 13)]
    asks = _mixed([same, same.with_(1), *shorter], [plain, *others, unknown, last])
    return Trial((asks, _bare(asks)), outcomes.narrowing("of the same seed"))


def _alternatives() -> Trial:
    plain = _COUNT.with_(logprobs=True)
    tried = (plain.with_(top_logprobs=count) for count in (2, 4))
    return Trial(_around(plain, *tried), outcomes.with_others, plain.with_(top_logprobs=1))


def _tools() -> Trial:
    plain = replace(_COUNT, longest=CALL)
    tried = (plain.with_(again, tools=_TOOLS, tool_choice="required") for again in (0, 1))
    return Trial(_around(plain, *tried), outcomes.called, plain.with_(tools=_TOOLS))


def _images() -> Trial:
    """Try three pictures twice, whose right answers differ: who guesses is right once in 729 times."""
    plain = replace(_COUNT, text=LOOK)
    order = ("red", "blue", "green", "green", "red", "blue")
    tried = [replace(plain, picture=name, again=place // 3) for place, name in enumerate(order)]
    return Trial(_around(plain, *tried), outcomes.looked_at)


def _stream_options() -> Trial:
    plain = _COUNT.with_(stream=True)
    tried = (plain.with_(again, stream_options={"include_usage": True}) for again in (0, 1))
    return Trial(_around(plain, *tried), outcomes.shown(outcomes.reported, "usage in a stream"))


_TEAL = {
    "type": "object",
    "properties": {"color": {"type": "string", "enum": ["teal"]}},
    "required": ["color"],
    "additionalProperties": False,
}
_FORM = {"type": "json_schema", "json_schema": {"name": "color", "schema": _TEAL, "strict": True}}
_JSON = Question(JSON, fields={"response_format": {"type": "json_object"}})
_LOOK = {"name": "look", "description": "Look around.", "parameters": {"type": "object", "properties": {}}}
_TOOLS = [{"type": "function", "function": _LOOK}]
_BIASED = [replace(_COUNT, again=again, biased=" yes") for again in (0, 1)]

TRIALS: dict[str, Trial] = {
    "temperature": _temperature(),
    "top_p": _top_p(),
    "max_completion_tokens": _limit("max_completion_tokens", "max_tokens"),
    "max_tokens": _limit("max_tokens", "max_completion_tokens"),
    "presence_penalty": _penalty("presence_penalty", outcomes.present, (23, 22)),
    "frequency_penalty": _penalty("frequency_penalty", outcomes.penalised, (21, 20)),
    "logit_bias": Trial(_around(_COUNT, *_BIASED), outcomes.biased),
    "stop": Trial(_around(_COUNT), outcomes.stopped, more=2),
    "n": _trial(outcomes.several, n=2),
    "seed": _seed(),
    "reasoning_effort": _trial(outcomes.taken, {"reasoning_effort": "medium"}, reasoning_effort="low"),
    "verbosity": _trial(outcomes.taken, {"verbosity": "medium"}, verbosity="low"),
    "service_tier": _trial(outcomes.served, service_tier="auto"),
    "logprobs": _trial(outcomes.shown(outcomes.weighed, "log probabilities"), logprobs=True),
    "top_logprobs": _alternatives(),
    "response_format": replace(_trial(outcomes.shaped, response_format=_FORM), mild=_JSON),
    "tools": _tools(),
    "images": _images(),
    "stream_options": _stream_options(),
}
