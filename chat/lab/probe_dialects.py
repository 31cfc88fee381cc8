"""Declare the trials of parameters that are not OpenAI's. Pure. See `probe`.

What llama.cpp does with each has been seen on its server; a parameter whose effect shows in no answer is
only tried for being taken.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..conversation.turn import Answer
from ..endpoint.memory import ProbeVerdict
from ..parameters.dialects import DIALECTS
from . import outcomes
from .questions import COUNTING, HOTLY, REPEATING, STEADY, around, bare, hot, mixed, penalty, twice, unknown
from .trial import GREET, LONGEST, LOOSE, PLAIN, TRIED, UNKNOWN, Ask, Question, Rule, Seen, Trial

_TEAL = 'root ::= "teal"'
_SCHEMA = {
    "type": "object",
    "properties": {"color": {"const": "teal"}},
    "required": ["color"],
    "additionalProperties": False,
}


def _narrowed(name: str, value: Any, mild: Any, **beside: Any) -> Trial:
    """Try a value that makes answers the same, where they vary with what stands `beside` it."""
    plain = HOTLY.with_(**beside)
    same = plain.with_(**{name: value})
    shorter = (replace(same, longest=LONGEST - 1), replace(same, longest=LONGEST - 2))
    loose = [(role, question.with_(**beside)) for role, question in hot(5)]
    asks = mixed([same, same.with_(1), *shorter], loose)
    judge = outcomes.narrowing(f"of {name} {value}")
    return Trial((asks, bare(asks)), judge, plain.with_(**{name: mild}))


def _changed(name: str, value: Any, mild: Any, base: Question = COUNTING, **beside: Any) -> Trial:
    """Try a value that makes another answer of one that is the same each time, with what is `beside` it."""
    plain = base.with_(**beside)
    tried = [(TRIED, plain.with_(again, **{name: value})) for again in (0, 1, 2)]
    asks: tuple[Ask, ...] = (
        (PLAIN, plain),
        tried[0],
        (UNKNOWN, unknown(plain)),
        (PLAIN, plain.with_(1)),
        tried[1],
        tried[2],
        (UNKNOWN, unknown(plain).with_(1)),
        *((LOOSE, replace(plain, longest=LONGEST - less)) for less in (1, 2)),
    )
    return Trial((asks,), outcomes.changing(f"with {name} {value}"), plain.with_(**{name: mild}))


def _shown(
    name: str, value: Any, judge: Rule, mild: Any = None, base: Question = COUNTING, **beside: Any
) -> Trial:
    """Try a value twice whose effect an answer either has or lacks."""
    plain = base.with_(**beside)
    tried = (plain.with_(again, **{name: value}) for again in (0, 1))
    return Trial(around(plain, *tried), judge, None if mild is None else plain.with_(**{name: mild}))


def _says_teal(answer: Answer) -> bool:
    return answer.at().text.strip() == "teal"


def _reads_all(answer: Answer) -> bool | None:
    """Tell whether the server read the whole prompt anew; None where it does not say."""
    usage = answer.usage
    return None if usage is None or usage.estimated else usage.cached == 0


def _read_anew(seen: Seen) -> ProbeVerdict | Question:
    """Judge by what was read anew. The first time that a prompt is asked, all of it is: that is left out."""
    return outcomes.shown(_reads_all, "a prompt read anew")(replace(seen, plain=seen.plain[1:]))


def _is_certain(answer: Answer) -> bool | None:
    """Tell whether every token was certain, as it is after the samplers where one alone stays."""
    tokens = answer.at().logprobs
    return all(abs(each.logprob) < 0.001 for each in tokens) if tokens else None


def _goes_on(answer: Answer) -> bool:
    return answer.at().finish_reason == "length"


#: One seed, so that a hot answer is the same each time.
_SEEDED = HOTLY.with_(seed=11)
_DRY = {"dry_multiplier": 5}

_OWN: dict[str, Trial] = {
    "top_k": _narrowed("top_k", 1, 20),
    "min_p": _narrowed("min_p", 0.99, 0.1),
    "typical_p": _changed("typical_p", 0.0001, 0.5, _SEEDED),
    "top_n_sigma": _narrowed("top_n_sigma", 0.01, 1),
    "min_keep": _changed("min_keep", 20, 1, _SEEDED, top_p=0.01),
    "xtc_probability": _changed("xtc_probability", 1, 0.1),
    "xtc_threshold": _changed("xtc_threshold", 0.6, 0.05, xtc_probability=1),
    "repeat_penalty": penalty("repeat_penalty", outcomes.penalised, (19, 18)),
    "repetition_penalty": penalty("repetition_penalty", outcomes.penalised, (17, 16)),
    "repeat_last_n": _changed("repeat_last_n", 0, 64, REPEATING, repeat_penalty=2),
    "dry_multiplier": _changed("dry_multiplier", 5, 0.1, REPEATING),
    "dry_base": _changed("dry_base", 20, 1.75, REPEATING, dry_multiplier=1),
    "dry_allowed_length": _changed("dry_allowed_length", 50, 2, REPEATING, **_DRY),
    "dry_penalty_last_n": _changed("dry_penalty_last_n", 0, 64, REPEATING, **_DRY),
    "dry_sequence_breakers": _changed("dry_sequence_breakers", [" "], ["\n"], REPEATING, **_DRY),
    "mirostat": _narrowed("mirostat", 2, 1, mirostat_tau=0.001),
    "mirostat_tau": _narrowed("mirostat_tau", 0.001, 5, mirostat=2),
    "mirostat_eta": _changed("mirostat_eta", 5, 0.1, _SEEDED, mirostat=2, mirostat_tau=3),
    "dynatemp_range": _changed("dynatemp_range", 2, 0.1, COUNTING.with_(temperature=2, seed=11)),
    "dynatemp_exponent": _narrowed("dynatemp_exponent", 100, 1, dynatemp_range=1),
    "samplers": _changed("samplers", ["top_k"], ["top_k", "temperature"], _SEEDED),
    "grammar": _shown("grammar", _TEAL, outcomes.shown(_says_teal, "the one answer"), 'root ::= "a" | "b"'),
    "json_schema": _shown("json_schema", _SCHEMA, outcomes.shaped, {"type": "object"}),
    "structured_outputs": _shown(
        "structured_outputs", {"choice": ["teal"]}, outcomes.shown(_says_teal, "the one answer")
    ),
    "ebnf": _shown("ebnf", _TEAL, outcomes.shown(_says_teal, "the one answer")),
    "regex": _shown("regex", "teal", outcomes.shown(_says_teal, "the one answer")),
    "ignore_eos": _shown(
        "ignore_eos",
        True,
        outcomes.shown(_goes_on, "an answer that does not end"),
        base=Question(GREET, fields={"temperature": STEADY}),
    ),
    "n_probs": _shown("n_probs", 2, outcomes.shown(outcomes.weighed, "log probabilities")),
    "post_sampling_probs": _shown(
        "post_sampling_probs",
        True,
        outcomes.shown(_is_certain, "probabilities after sampling"),
        n_probs=2,
        top_k=1,
    ),
    "reasoning_format": twice(outcomes.taken, {"reasoning_format": "raw"}, reasoning_format="none"),
    "cache_prompt": _shown("cache_prompt", False, _read_anew),
}


def _taken(name: str, value: Any) -> Trial:
    """Try a parameter whose effect no answer shows."""
    return twice(outcomes.taken, **{name: value})


def _example(name: str) -> Any:
    kind = next(each.kind for each in DIALECTS if each.name == name)
    examples = kind.suggest()
    value = kind.read(examples[-1] if examples else "x")
    return list(value) if isinstance(value, tuple) else value


#: A trial for each of them.
TRIALS: dict[str, Trial] = {
    each.name: _OWN.get(each.name) or _taken(each.name, _example(each.name)) for each in DIALECTS
}
