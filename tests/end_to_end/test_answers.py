"""Real answers of the embedded model: seen while they grow, stopped, gone on with."""

from __future__ import annotations

import json
import re

from tests.support.terminal import Shell, begin_story

CTRL_C = "\x03"
USAGE = r"\d+ in( \(\d+ cached\))?, \d+ out · first token [\d.]+ s · \d+ tok/s · (stop|length) · \$0"


def test_an_answer_streams_and_ends_with_a_line_of_usage(shell: Shell) -> None:
    """A message's answer is seen while it grows; then one line tells its tokens, time and end."""
    shell.run("/set temperature=0 max_tokens=60")
    arrived = begin_story(shell)
    assert not re.search(r"\d+ out", arrived), f"nothing was shown before the end:\n{arrived}"
    shell.ready()
    assert arrived in shell.text
    assert re.search(USAGE, shell.text), shell.text


def test_ctrl_c_stops_an_answer_keeps_it_and_marks_it(shell: Shell) -> None:
    """Ctrl-C ends the answer, what arrived stays and is marked in /history, and the shell goes on."""
    shell.run("/temperature 0")
    arrived = begin_story(shell)
    shell.press(CTRL_C)
    shell.ready()
    assert "interrupted; what arrived is kept" in shell.text
    assert re.search(r"≈\d+ in, ≈\d+ out .* interrupted", shell.text), "no estimated usage line"
    assert not shell.typed, "the message was given back although its answer is kept"
    history = shell.run("/history")
    kept = history.partition("assistant (interrupted)")[2]
    assert "".join(arrived.split())[:20] in "".join(kept.split()), history
    shell.run("/max_tokens 5")
    assert shell.ask("Say hello")[0], "the shell did not go on"


def test_an_answer_that_was_cut_off_goes_on(shell: Shell) -> None:
    """/continue adds to the answer that its limit had cut off: the model sees it as its own beginning."""
    shell.run("/set temperature=0 max_tokens=8")
    first, about = shell.ask("Count from one to twenty in words, separated by spaces.")
    assert "cut off at the limit" in about, about
    shell.run("/continue")
    whole = shell.run("/raw")
    assert whole.startswith(first.split()[0]) and len(whole.split()) > len(first.split())


def test_an_answer_begins_as_it_is_told(shell: Shell) -> None:
    """/prefill gives the beginning, which is part of the answer."""
    shell.run("/set temperature=0 max_tokens=8")
    shell.run("/prefill Verily, the")
    answer, _ = shell.ask("Name a colour")
    assert answer.startswith("Verily, the")


def test_the_toolbar_tells_what_is_sent(shell: Shell) -> None:
    """Profile, `*` once something differs, model, what is set, and tokens of the window."""
    told = r" default · SmolLM2-135M-Instruct · cache_prompt false · \d+ of 8.19k tokens"
    assert re.fullmatch(told, shell.toolbar)
    shell.run("/set temperature=0.3 max_tokens=7")
    assert shell.toolbar.startswith(" default* · SmolLM2-135M-Instruct · ")
    assert "temperature 0.3 · max_tokens 7 · " in shell.toolbar
    shell.run("/reset")
    assert shell.toolbar.startswith(" default · ")


def test_the_embedded_model_costs_nothing(shell: Shell) -> None:
    """A budget in dollars is refused where nothing is ever paid, and the reason is said."""
    assert "costs nothing" in shell.run("/budget $1")


def test_an_answer_in_json_is_laid_out_while_it_grows(shell: Shell) -> None:
    """Its first line is on the screen before the last; then it is held against the schema, and looked into."""
    texts = {"type": "string", "minLength": 30, "maxLength": 40}
    schema = {
        "type": "object",
        "properties": dict.fromkeys(("one", "two"), texts),
        "required": ["one", "two"],
        "additionalProperties": False,
    }
    shell.run("/set temperature=0 max_tokens=120")
    shell.run("/format " + json.dumps({"name": "pair", "strict": True, "schema": schema}))
    shell.type("Describe two animals.")
    shell.until(lambda: ' {\n   "one": "' in shell.text, "nothing was laid out")
    assert '"two"' not in shell.text[shell.text.index('   "one": "') :], "it came all at once"
    shell.ready()
    assert "the answer fits the schema pair" in shell.text
    assert len(shell.run("/json /two").strip()) >= 30
