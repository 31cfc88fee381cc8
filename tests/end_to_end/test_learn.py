"""/learn, /rate and /note in a real terminal; the lessons on the embedded model."""

from __future__ import annotations

import itertools
import re

import pytest

from tests.support.terminal import Shell


@pytest.fixture(scope="module")
def lines() -> int:
    """High enough for what a lesson shows at a time."""
    return 60


def lesson(shell: Shell, name: str) -> str:
    """Take a lesson, with Enter at each step; what it showed. Every wait is for a question or the end."""
    start = shell.prompt_line
    shell.type(f"/learn {name}")

    def shown() -> str:
        return "\n".join(shell.lines[start + 1 :])

    for steps in itertools.count(1):
        shell.until(
            lambda steps=steps: shown().count("Enter runs it") == steps or "here all is as it was" in shown(),  # type: ignore[misc]
            "no question came, and no end",
        )
        if "here all is as it was" in shown():
            break
        shell.press("\r")
    shell.ready()
    return shown()


LONG = pytest.mark.nightly  # seconds of the model's talk; what is said of it, test_lessons.py holds


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("stop", r"just before “\w+”, which is no part of it; finish reason stop"),
        ("n", r"3 choices came of one request"),
        ("logit_bias", r"8 of 8 words are yes"),
        *(
            pytest.param(name, seen, marks=LONG)
            for name, seen in (
                ("stream", r"\d+ pieces came, the first after \d"),
                ("temperature", r"two at 0 are the same, word for word; the two at 1.5 part after \d+ words"),
                ("top_p", r"the two with top_p 0.001 are the same, word for word"),
                ("penalties", r"of the first \d+ words of each, \d+ had been said before without a penalty"),
                ("tools", r"is called: the form is that of the schema"),
                ("seed", r"two with seed 1 are the same, word for word; the one with seed 2 is another"),
            )
        ),
    ],
)
def test_a_lesson_asks_and_says_what_it_saw(shell: Shell, name: str, seen: str) -> None:
    """Real answers come, each step says what was measured on them, and afterwards all is as before."""
    shell.run("/set temperature=0.3")
    shown = lesson(shell, name)
    flat = " ".join(shown.split())
    assert re.search(seen, flat), shown
    assert flat.count("Look:") == flat.count("Enter runs it") == flat.count("Seen:"), shown
    assert re.search(r"\d+ in\b.*? \d+ out\b.*? first token \d", flat), "no real answer came"
    assert "temperature 0.3" in shell.toolbar and "max_tokens" not in shell.toolbar
    assert "nothing was said yet" in shell.run("/history")
    assert f"Lesson: {name}" in shell.run("/conversations")


@pytest.mark.nightly  # 64 answers; on scripted ones, tests/commands/experiments/test_learn.py holds it
def test_pairing_is_taught_on_real_answers(shell: Shell) -> None:
    """The intervals of two rates overlap, and case by case one prompt is better all the same."""

    def asked(question: str) -> bool:
        return shell.text.rstrip().endswith(question)

    shell.type("/learn evaluate")
    for step in (1, 2, 3):
        shell.until(lambda step=step: f"[{step} of 3]" in shell.text and asked("ends the lesson:"), "no step")  # type: ignore[misc]
        shell.press("\r")
        shell.until(lambda: asked("send them? [y/N]"), "it did not say what it takes")
        shell.press("y\r")
        shell.until(
            lambda step=step: asked("ends the lesson:") or (step == 3 and "takes about" in shell.text),
            "no end",
        )  # type: ignore[misc]
        flat = " ".join(shell.text.split())
        if step == 2:
            assert re.search(r"question better than begun by \d+ points \(.*\), 14 cases, p = 0\.0", flat), (
                flat
            )
            assert "the intervals overlap, and side by side they settle nothing" in flat
    shell.ready()
    assert "14 cases show a difference of" in flat


def test_a_lesson_can_be_left(scripted: Shell) -> None:
    """q ends it before anything is sent."""
    scripted.type("/learn seed")
    scripted.wait("q ends the lesson")
    scripted.type("q")
    scripted.ready()
    assert "the lesson ends here" in scripted.text
    scripted.type("/learn seed")
    scripted.wait(r"(?s)q ends the lesson.*q ends the lesson")
    scripted.press("\x03")
    scripted.ready()
    assert scripted.text.count("the lesson ends here") == 2 and " out · " not in scripted.text
    assert "there is no lesson" in scripted.run("/learn sed") or "did you mean seed" in scripted.text
    assert re.search(r"logit_bias +logit_bias adds", scripted.run("/learn"))


def test_marks_and_remarks(scripted: Shell) -> None:
    """A mark and a remark on an answer stand in the tree and the history, the mark in the usage."""
    scripted.run("/set temperature=0 max_tokens=6")
    scripted.ask("Name a colour")
    scripted.ask("Name another")
    assert "turn 2: bad" in scripted.run("/rate bad")
    assert "turn 1: good" in scripted.run("/rate 1 good")
    assert "turn 1: noted" in scripted.run("/note 1 short and right")
    assert "short and right" in scripted.run("/note 1")
    for view in ("/branches", "/history"):
        shown = scripted.run(view)
        assert "short and right" in shown and "bad" in shown, view
    assert re.findall(r"\b(?:good|bad)$", scripted.run("/usage"), re.MULTILINE) == ["good", "bad"]
    assert "turn 1: no mark" in scripted.run("/rate 1 clear")
