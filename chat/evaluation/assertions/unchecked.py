"""Name the types that are known and never checked here, each with the reason."""

from __future__ import annotations

from collections.abc import Callable

from .declaration import Found, Held, NotChecked, Type


def _never(why: str) -> Callable[[Held], Found]:
    def check(held: Held) -> Found:
        raise NotChecked(why)

    return check


_CODE = "{} is never run here: write it in Python, or as another assertion"
_CONTEXT = "it judges what a retrieval found, and there is none here"
_TRACES = "it judges the spans of a trace, and none is recorded here"
_WHY = {
    "javascript": _CODE.format("JavaScript"),
    "ruby": _CODE.format("Ruby"),
    "webhook": "no answer is sent to an address that a file names",
    "guardrails": "no guardrails stand between this and the model",
    "moderation": "no moderation endpoint is asked here",
    "classifier": "no classifier is asked here",
    "pi": "Pi's scorer is a service of its own, and not asked here",
    "human": "a person has to say it",
    "max-score": "it compares the columns by their scores, which the summary does",
    "answer-relevance": _CONTEXT,
    "context-faithfulness": _CONTEXT,
    "context-recall": _CONTEXT,
    "context-relevance": _CONTEXT,
    "conversation-relevance": "it judges a conversation, and a case has one answer here",
    "trace-error-spans": _TRACES,
    "trace-span-count": _TRACES,
    "trace-span-duration": _TRACES,
}

TYPES = tuple(Type(name, "is not checked", _never(why), "none", never=why) for name, why in _WHY.items())
