"""Declare the trials that show what an endpoint and model do with each parameter. Pure.

Each trial has an outcome that can't be mistaken: a stop text that must cut, a bias that leaves one
token to say, a limit of one token, the same seed several times. How it is asked is `trial`, what its
answers show `outcomes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..endpoint.memory import IGNORED
from . import outcomes, probe_dialects
from .questions import (
    COUNTING,
    HOTLY,
    INVENTING,
    STEADY,
    around,
    bare,
    hot,
    limit,
    mixed,
    penalty,
    twice,
    unknown,
    values,
)
from .trial import JSON, LONGEST, LOOK, LOOSE, PLAIN, TRIED, UNKNOWN, Question, Trial

#: Tokens of a question at most, those of its tools included.
QUESTION = 120
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


# ---- trials


def _temperature() -> Trial:
    cold = values("temperature", STEADY, 0.02, 0.015)
    # others that come to the same and are other requests, too: of a cache, one answer would speak for all
    warm = [HOTLY, unknown(HOTLY), *(INVENTING.with_(temperature=heat) for heat in (0.99, 0.98, 0.97))]
    loose = [(LOOSE, question) for question in warm]
    asks = ((PLAIN, INVENTING), (UNKNOWN, unknown(INVENTING)), *mixed(cold, loose))
    mild = INVENTING.with_(temperature=0.5)
    return Trial((asks,), outcomes.narrowing("at 0.01 to 0.02", IGNORED, alone=True), mild)


def _top_p() -> Trial:
    asks = mixed(values("top_p", 0.01, 0.02, 0.015), hot(3))
    return Trial((asks, bare(asks)), outcomes.narrowing("at 0.01 to 0.02"), INVENTING.with_(top_p=0.5))


def _seed() -> Trial:
    same = HOTLY.with_(seed=11)
    shorter = (replace(same, longest=LONGEST - 1), replace(same, longest=LONGEST - 2))
    plain, strange, *_, last = hot(4)
    others = [(LOOSE, HOTLY.with_(seed=seed)) for seed in (12, 13)]
    asks = mixed([same, same.with_(1), *shorter], [plain, *others, strange, last])
    return Trial((asks, bare(asks)), outcomes.narrowing("of the same seed"))


def _alternatives() -> Trial:
    plain = COUNTING.with_(logprobs=True)
    tried = (plain.with_(top_logprobs=count) for count in (2, 4))
    return Trial(around(plain, *tried), outcomes.with_others, plain.with_(top_logprobs=1))


def _tools() -> Trial:
    plain = replace(COUNTING, longest=CALL)
    tried = (plain.with_(again, tools=_TOOLS, tool_choice="required") for again in (0, 1))
    return Trial(around(plain, *tried), outcomes.called, plain.with_(tools=_TOOLS))


def _images() -> Trial:
    """Try three pictures twice, whose right answers differ: who guesses is right once in 729 times."""
    plain = replace(COUNTING, text=LOOK)
    order = ("red", "blue", "green", "green", "red", "blue")
    tried = [replace(plain, picture=name, again=place // 3) for place, name in enumerate(order)]
    return Trial(around(plain, *tried), outcomes.looked_at)


def _stream_options() -> Trial:
    plain = COUNTING.with_(stream=True)
    tried = (plain.with_(again, stream_options={"include_usage": True}) for again in (0, 1))
    return Trial(around(plain, *tried), outcomes.shown(outcomes.reported, "usage in a stream"))


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
_BIASED = [replace(COUNTING, again=again, biased=" yes") for again in (0, 1)]

#: OpenAI's own parameters.
OPENAIS: dict[str, Trial] = {
    "temperature": _temperature(),
    "top_p": _top_p(),
    "max_completion_tokens": limit("max_completion_tokens", "max_tokens"),
    "max_tokens": limit("max_tokens", "max_completion_tokens"),
    "presence_penalty": penalty("presence_penalty", outcomes.present, (23, 22)),
    "frequency_penalty": penalty("frequency_penalty", outcomes.penalised, (21, 20)),
    "logit_bias": Trial(around(COUNTING, *_BIASED), outcomes.biased),
    "stop": Trial(around(COUNTING), outcomes.stopped, more=2),
    "n": twice(outcomes.several, n=2),
    "seed": _seed(),
    "reasoning_effort": twice(outcomes.taken, {"reasoning_effort": "medium"}, reasoning_effort="low"),
    "verbosity": twice(outcomes.taken, {"verbosity": "medium"}, verbosity="low"),
    "service_tier": twice(outcomes.served, service_tier="auto"),
    "logprobs": twice(outcomes.shown(outcomes.weighed, "log probabilities"), logprobs=True),
    "top_logprobs": _alternatives(),
    "response_format": replace(twice(outcomes.shaped, response_format=_FORM), mild=_JSON),
    "tools": _tools(),
    "images": _images(),
    "stream_options": _stream_options(),
}

TRIALS: dict[str, Trial] = {**OPENAIS, **probe_dialects.TRIALS}
