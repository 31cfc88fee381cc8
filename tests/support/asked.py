"""A server for evaluations: what it answers depends on what is asked, and each request is counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .server import Reply, Request, Server, http, models, whole

#: What a body is answered with; the number says how often the same was asked before.
By = Callable[[Any, int], Reply]


class Asked(Server):
    """Answers "ok TEXT" to a message TEXT, or what `by` says; judges, who ask for a schema, get `judge`'s
    answer. `counts` has how often each last message was asked."""

    def __init__(self, by: By | None = None, judge: By | None = None) -> None:
        super().__init__()
        self.by, self.judge = by, judge
        self.counts: Counter[str] = Counter()

    def __enter__(self) -> Asked:
        super().__enter__()
        return self

    def _next(self, request: Request) -> Reply:
        if request.path.endswith("/models"):
            return models("test-model")
        if request.path.endswith("/embeddings"):
            vectors = [
                {"object": "embedding", "index": at, "embedding": vector(text)}
                for at, text in enumerate(request.body["input"])
            ]
            return http(json.dumps({"object": "list", "data": vectors, "model": "e"}).encode())
        body = request.body
        text = last(body)
        before, self.counts[text] = self.counts[text], self.counts[text] + 1
        if self.judge and is_judged(body):
            return self.judge(body, before)
        return self.by(body, before) if self.by else ok(body)

    @property
    def cells(self) -> int:
        """How many requests came, those of judges too."""
        return self.counts.total()


def ok(body: Any) -> bytes:
    """Say the message again."""
    return whole(f"ok {last(body)}")


def last(body: Any) -> str:
    """The text of the last message."""
    return str(body["messages"][-1]["content"])


def is_judged(body: Any) -> bool:
    """Tell whether a judge is asked."""
    form = json.dumps(body.get("response_format"))
    return "you judge" in str(body["messages"][0]["content"]) or '"reason"' in form or '"steps"' in form


def vector(text: str) -> list[float]:
    """An embedding: how often each of a few letters stands in a text."""
    return [float(text.count(letter)) for letter in "aeiourst"]


def rows(path: Path, count: int = 6, expected: str = "icontains:ok", text: str = "case {}") -> Path:
    """Write a table of so many cases."""
    lines = [f"{text.format(number)},{expected}" for number in range(count)]
    path.write_text("\n".join(["input,__expected", *lines, ""]), encoding="utf-8")
    return path


def config(path: Path, columns: int = 2, cases: int = 3, asserts: Any = None, **more: Any) -> Path:
    """Write promptfoo's file, as JSON: columns that say their letter, cases with a number."""
    wanted = [{"type": "icontains", "value": "ok"}] if asserts is None else asserts
    made = {
        "description": "letters",
        "prompts": [f"{'ABCDEFGH'[at]} {{{{q}}}}" for at in range(columns)],
        "tests": [{"vars": {"q": f"q{at}"}, "assert": wanted} for at in range(cases)],
        **more,
    }
    path.write_text(json.dumps(made), encoding="utf-8")
    return path
