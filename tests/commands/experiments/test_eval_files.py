"""Files that people have are run as they are: promptfoo's kinds, and evals of OpenAI's with their rows."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from ...chat.transfer.evaluations import OPENAI, PROMPTFOO
from ...support.asked import By, ok
from ...support.server import called_whole, whole
from .conftest import Evals


def saying(**answers: str) -> By:
    """Answer by a word that the message has; "" is for all others."""

    def by(body: Any, _: int) -> bytes:
        messages = json.dumps(body["messages"], ensure_ascii=False)
        word = next((word for word in answers if word.replace("_", " ") in messages), "")
        return whole(answers[word]) if word else ok(body)

    return by


def graded(body: Any, _: int) -> bytes:
    """A judge who is content: whatever field is asked for is there."""
    said = {"reason": "so", "pass": True, "score": 0.9, "category": "A", "best": 0, "steps": ["look"]}
    return whole(json.dumps({**said, "label": "yes"}))


#: What the model answers where it matters, and how many answers then pass, fail, and are not checked.
RUN: dict[str, tuple[By | None, tuple[int, int, int]]] = {
    "two prompts, two providers, cases in the file": (saying(Danube="It crosses Europe."), (4, 0, 4)),
    "prompts of a text file, cases of a CSV": (
        saying(Hello="Bonjour le monde", night="Gute Nacht", She_said="Ha detto sì", Tea="Thee"),
        (8, 0, 0),
    ),
    "a chat of JSON": (None, (0, 0, 1)),
    "a chat of YAML": (None, (0, 0, 1)),
    "a chat that a loop makes": (saying(What="You said Hi."), (1, 0, 0)),
    "conditions and filters": (None, (0, 0, 2)),
    "lists of values": (None, (0, 0, 7)),
    "variables of files": (None, (0, 0, 3)),
    "a default for all, and templates of assertions": (saying(Answer="2"), (2, 0, 0)),
    "scenarios": (saying(Spanish="hola", French="English"), (2, 2, 0)),
    "cases of several files": (lambda body, _: whole("3"), (2, 0, 4)),
    "an answer in JSON": (lambda body, _: whole('{"name": "Ada"}'), (0, 1, 0)),
    "tools": (lambda body, _: called_whole(("get_weather", '{"city": "Bern"}')), (1, 0, 0)),
    "a model as judge": (saying(Judge='{"pass": true, "score": 0.8, "reason": "so"}'), (0, 0, 1)),
    "sets, weights and metrics": (saying(colours="blue and green"), (0, 0, 2)),
    "a configuration in JSON": (lambda body, _: whole("hi"), (1, 0, 0)),
    "prompts by pattern, label and Markdown": (None, (0, 0, 5)),
    "what stands around a prompt": (None, (0, 0, 3)),
    "prompts by file and name, as once": (None, (0, 0, 2)),
    "the notation of CSV": (None, (6, 12, 4)),
    "an eval with its run and rows beside": (saying(screen="hardware", bill="bill"), (1, 1, 0)),
    "exported items of a run": (None, (0, 0, 1)),
}


@pytest.mark.parametrize("name", RUN)
def test_a_file_is_run_unchanged(evals: Evals, name: str) -> None:
    """Nothing of it is refused, and as many answers pass, fail and stay unchecked as it says."""
    files = {**PROMPTFOO, **OPENAI}[name]
    for path, text in files.items():
        (evals.folder / path).parent.mkdir(exist_ok=True)
        (evals.folder / path).write_text(text, encoding="utf-8")
    evals.server.by, counts = RUN[name]
    evals.server.judge = graded
    rows = " ".join(files) if len(files) == 2 and name in OPENAI else next(iter(files))
    screen = evals.type(f"/eval {rows}")
    assert screen.failed == []
    found = Counter(each.passed for each in evals.samples())
    assert (found[True], found[False], found[None]) == counts, [
        (each.answered, each.judged and each.judged.why) for each in evals.samples()
    ]
    assert evals.run().state == "finished"


def test_a_file_that_names_an_address_sends_nothing_there_unasked(evals: Evals) -> None:
    """Who says no to it has sent nothing anywhere."""
    text = PROMPTFOO["one's own endpoint, and prompts of its own"]["promptfooconfig.yaml"]
    (evals.folder / "c.yaml").write_text(text, encoding="utf-8")
    screen = evals.type("/eval c.yaml", yes=False)
    assert screen.questions == ["the file names https://openrouter.ai/api/v1: send its prompts there?"]
    assert "its prompts are not sent there unasked" in screen.failed[0]
    assert evals.kept.newest() == []


def test_all_kinds_are_run() -> None:
    """Twenty of promptfoo's at least, and each that is read."""
    assert {*PROMPTFOO, *OPENAI} - set(RUN) == {"one's own endpoint, and prompts of its own"}
    assert len(set(RUN) & set(PROMPTFOO)) >= 20
