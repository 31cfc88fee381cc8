"""The exported page against a validator that is not ours: html-validate, a program for Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given

from chat.conversation.events import TokenLogprob
from chat.conversation.tree import Conversation
from chat.conversation.turn import Choice, Usage
from chat.evaluation import figures
from chat.transfer import eval_html, to_html, tokens_html

from ...support import evaluated
from ...support.conversations import conversations
from ...support.turns import a_turn
from ..lab.test_results import swept
from .test_formats import looked

CORPUS = Path(__file__).parents[2] / "terminal" / "drawing" / "corpus"
VALIDATOR = "html-validate@10.17.0"
ODD = """![a](http://x.y/z.png) [![b](http://x.y)](http://z.y) <b>&amp;

### Title

| left | right | middle |
|:-----|------:|:------:|
| x<br>y | $a_b$ | <http://a.b?x=1&y=2> |

Two  \nlines

***
"""


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """How html-validate is run."""
    if found := shutil.which("html-validate"):
        return [found]
    npx = shutil.which("npx")
    if npx is None:
        pytest.skip("there is no Node here, which html-validate wants")
    command = [npx, "--yes", VALIDATOR]
    try:
        tried = subprocess.run(
            [*command, "--version"], capture_output=True, timeout=120, cwd=tmp_path_factory.mktemp("npx")
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npx does not get {VALIDATOR}")
    if tried.returncode:
        pytest.skip(f"npx can't get {VALIDATOR}")
    return command


def pages() -> list[str]:
    """Pages of the corpus of Markdown, and of conversations of every kind."""
    conversation = Conversation()
    for text in (*(path.read_text() for path in sorted(CORPUS.glob("*.md"))), ODD):
        choices = tuple(Choice(index, text, "thought", "", (("look", "{}"),), "stop") for index in range(2))
        asked = conversation.head.add("user", f"<i>{text[:50]}")
        conversation.add(a_turn(asked=asked, choices=choices, usage=Usage(1, 2)))
    _, sweep = swept("temperature 0,1 seed=1,2", "a b", "a c", None, "a b")
    odds = [TokenLogprob("<b>\n", -0.5, (("x & y", -1.0),)), TokenLogprob("", -3.0)]
    found = [to_html.page(conversation), to_html.page(sweep), to_html.page(looked())]
    found.append(tokens_html.page(odds, "<i>", "m"))

    run = evaluated.a_run(2, 9, repeat=2, name="<i> & \u202e")
    for samples in (list(evaluated.samples(run)), []):
        found.append("".join(eval_html.pieces(run, samples, figures.of(run, samples))))

    @given(conversations())
    def collect(drawn: Conversation) -> None:
        found.append(to_html.page(drawn))

    collect()
    return found


@pytest.mark.end_to_end
def test_a_page_is_sound_html(validator: list[str], tmp_path: Path) -> None:
    """html-validate's recommended rules find nothing to say, but for blanks at the ends of lines: a text
    that was said may have them, and is kept as it is."""
    rules = {"extends": ["html-validate:recommended"], "rules": {"no-trailing-whitespace": "off"}}
    (tmp_path / ".htmlvalidate.json").write_text(json.dumps({"root": True, **rules}))
    for number, page in enumerate(pages()):
        (tmp_path / f"{number}.html").write_text(page, encoding="utf-8", newline="")
    with (tmp_path / "told.json").open("wb") as out:  # a pipe would have the beginning of much
        command = [*validator, "--formatter", "json", "*.html"]
        run = subprocess.run(command, stdout=out, timeout=300, cwd=tmp_path)
    told = json.loads((tmp_path / "told.json").read_bytes())
    wrong = {(each["ruleId"], each["message"], each["line"]) for file in told for each in file["messages"]}
    assert not wrong and run.returncode == 0, wrong
