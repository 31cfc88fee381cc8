"""The tour: a lesson of seven steps that a person types through, on the embedded model.

Each step stands alone, so that it can be left after any and taken up there: it asks a question of its own,
with the settings that `SETUP` leaves.
"""

from __future__ import annotations

from . import lesson_steps as steps
from .lesson import Bench, Finding, Lesson, Step

_COLOUR = "Name a colour and say in one sentence why you like it."
#: Typed before each step, so that answers are short.
SETUP = "/set {limit}=40"


def _answered(bench: Bench) -> Finding:
    if not bench.last or not bench.last[-1].answer.answered:
        return steps.FAILED
    turn = bench.last[-1]
    told = "the answer came in by and by; the dim line says what it took: tokens, time, why it ended, cost"
    return Finding(True, f"{told}. It ended with the reason {turn.choice.finish_reason}")


def _dialled(bench: Bench) -> Finding:
    found = steps.texts(bench.last)
    if len(found) < 3 or not all(found):
        return steps.FAILED
    told = (
        f"at 0 it took the likeliest word each time; the two at 1.5 agree in"
        f" {steps.agree(found[1], found[2])} words, and then go their ways"
    )
    return Finding(found[1] != found[2], told)


def _looked(bench: Bench) -> Finding:
    if not bench.last:
        return Finding(
            True, "no panel, which needs a full screen; /whatif computes other odds in a few lines"
        )
    told = "the bars are what the model may say next, weighted anew with each key"
    return Finding(True, f"{told}; what a dial cuts off is struck out")


def _stopped(bench: Bench) -> Finding:
    if not bench.last or not bench.last[-1].answer.answered:
        return steps.FAILED
    text = bench.last[-1].choice.text
    told = f"it ends with {steps.quoted(' '.join(text.split()[-3:]))}; the stop text is no part of the answer"
    return Finding("." not in text, told)


def _unbiased(bench: Bench) -> Finding:
    found = steps.texts(bench.last)
    if len(found) < 2 or not all(found):
        return steps.FAILED
    said = f"{steps.quoted(found[0])} became {steps.quoted(found[1])}"
    return Finding(" sky" in found[0] and " sky" not in found[1], said)


def _swept(bench: Bench) -> Finding:
    found = steps.texts(bench.last)
    if len(found) < 3:
        return steps.FAILED
    told = f"{len(set(found))} different answers to {len(found)} temperatures; the table has a row for each"
    return Finding(True, told)


TOUR = Lesson(
    ("tour",),
    "Seven steps, about six minutes. Each shows a line to type: type it, change it, or press Enter to have it"
    " typed for you. q leaves; /tour goes on where you left.",
    (
        Step(
            "What begins with no slash is a message. Send one:",
            steps.typed(_COLOUR),
            "The answer streams in, and a dim line below it says what it took.",
            _answered,
        ),
        Step(
            "Every parameter of a request is a dial, and a command. Turn temperature to 0 and ask; turn it up"
            " and ask twice again:",
            steps.typed("/temperature 0", _COLOUR, "/temperature 1.5", "/retry", "/retry"),
            "How do the answers differ? (/show tells what is set, /explain temperature what it means.)",
            _dialled,
            3,
        ),
        Step(
            "And you can look on while you turn. On the panel ↑↓ picks a dial and ←→ turns it, space asks for"
            " a sample, Esc leaves:",
            steps.typed("/dials Name a colour."),
            "What becomes of the bars when temperature goes up? What does min_p cut off?",
            _looked,
        ),
        Step(
            "A stop text ends an answer where it would appear:",
            steps.typed('/stop "."', "Write three short sentences about the sea."),
            "Three are asked for: where does it end? (Ctrl-C ends an answer, too, and keeps what came.)",
            _stopped,
        ),
        Step(
            "Words can be made likelier or rarer, from 100 (always) to -100 (never). Ask, ban a word, and ask"
            " again:",
            steps.typed("/set temperature=0", steps.SKY, '/bias " sky" -100', "/retry"),
            "What does the model say in its place? (A word is banned in the spelling that you give.)",
            _unbiased,
            2,
        ),
        Step(
            "One request can bring several answers:",
            steps.typed("/n 3", _COLOUR),
            "/pick 2 would go on with the second. Three answers, one prompt to pay for.",
            steps.several,
        ),
        Step(
            "And an experiment: one message over a row of temperatures. It says first what it takes, and"
            " asks:",
            steps.typed(f"/sweep temperature 0,0.7,1.4 -- {_COLOUR}"),
            "A table and a plot; /plot draws more, /export csv writes it all down.",
            _swept,
            3,
        ),
    ),
)
