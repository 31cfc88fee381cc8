"""What the shell shows of the parameters' effects, on the embedded model's real answers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.terminal import Shell


@pytest.fixture(scope="module")
def columns() -> int:
    return 140


def test_show_has_what_was_in_effect(shell: Shell) -> None:
    """After a turn, /show lays out default, set here, sent, and what the server says it used."""
    shell.run("/set temperature=0.5 max_tokens=4")
    shell.ask("Say hello")
    shown = shell.run("/show all")
    assert re.search(r"temperature +0\.8\* +0\.5 +0\.5 +0\.5", shown), shown
    assert re.search(r"top_p +0\.95\* +— +0\.95", shown), shown


def test_logprobs_of_a_real_answer(shell: Shell) -> None:
    """/logprobs lists the least certain tokens, /logprobs 1 the alternatives of the first."""
    shell.run("/set temperature=0 max_tokens=12 logprobs=true top_logprobs=5")
    answer, _ = shell.ask("Name a color")
    shown = shell.run("/logprobs")
    assert answer.split()[0] in shown
    assert re.search(r"12 tokens · perplexity \d+\.\d\d · mean entropy \d\.\d\d bits", shown), shown
    first = shell.run("/logprobs 1")
    assert re.search(r"^\* .*%$", first, re.MULTILINE), first
    assert len(re.findall("%$", first, re.MULTILINE)) == 5


def test_whatif_at_zero_leaves_one(shell: Shell) -> None:
    """At temperature 0 the likeliest alternative has all the odds; nothing is sent for it."""
    shell.run("/set temperature=0 max_tokens=8 logprobs=true top_logprobs=5")
    shell.ask("Name a planet")
    shown = shell.run("/whatif temperature 0")
    assert "→ 100%" in shown
    assert "→ 0%" in shown
    assert re.search(r"^ +2 ", shell.run("/usage"), re.MULTILINE) is None


def test_a_schema_is_followed(shell: Shell, tmp_path: Path) -> None:
    """/format schema FILE: the answer is JSON that follows the schema."""
    schema = {
        "type": "object",
        "properties": {"animal": {"type": "string", "enum": ["cat", "dog"]}},
        "required": ["animal"],
        "additionalProperties": False,
    }
    (tmp_path / "pet.json").write_text(json.dumps(schema))
    shell.run(f"/format schema {tmp_path / 'pet.json'}")
    shell.run("/set temperature=0 max_tokens=40")
    answer, _ = shell.ask("Which pet do you like?")
    assert json.loads(answer)["animal"] in ("cat", "dog")


def test_tokens_are_the_models_own(shell: Shell) -> None:
    """/tokens cuts as the server's tokeniser does, and says so."""
    shown = shell.run('/tokens " and hello"')
    assert " and hello" in shown
    assert "284 33662" in shown
    assert "2 tokens, 10 characters (the server's tokeniser)" in shown


def test_forms_of_a_word_are_offered(shell: Shell) -> None:
    """/bias WORD shows four forms with the model's ids; a number picks one, and it is banned."""
    shell.type("/bias impossible -100")
    shell.wait("bias which by -100")
    shell.type("2")
    shell.ready()
    assert 'bias unset → " impossible"=-100' in shell.text
    assert re.search(r'" impossible" +" impossible" +6316 +-100', shell.run("/bias"))


@pytest.mark.nightly  # test_probe.py tries them, tests/commands/endpoint/test_probe.py types the line
def test_a_probe_of_two(shell: Shell) -> None:
    """/probe says first what it sends, then the verdicts; /show and /forget know them."""
    shell.type("/probe stop n")
    shell.wait("at most 12 requests to SmolLM2-135M-Instruct")
    shell.type("y")
    shell.ready()
    assert re.search(r"stop +honoured +2 of 2 answers end before", shell.text)
    assert re.search(r"n +honoured +2 choices were asked for, 2 and 2 came", shell.text)
    assert re.search(r"^n .*honoured$", shell.run("/show all"), re.MULTILINE)
    assert "stop, n forgotten" in shell.run("/forget")


def test_the_server_s_own_parameters_have_their_effect(shell: Shell) -> None:
    """top_k 1 makes llama.cpp greedy at any temperature, and /show says it was in effect."""
    shell.run("/set temperature=2 max_tokens=12 top_k=1 seed=1")
    first, _ = shell.ask("Name a river")
    shell.run("/seed 2")
    shell.run("/clear")
    second, _ = shell.ask("Name a river")
    assert first == second
    assert re.search(r"top_k +40\* +1 +1 +1", shell.run("/show all"))


def test_choices_grow_side_by_side(shell: Shell) -> None:
    """Three choices stream beside each other, then stand whole under their numbers."""
    shell.run("/set n=3 temperature=0.8 seed=3 max_tokens=40")
    shell.type("Tell me a story")
    shell.until(lambda: re.search(r"\[1\].*\[2\].*\[3\]", shell.window), "they did not stand side by side")
    shell.ready()
    assert [line[:3] for line in shell.lines if re.match(r"\[\d\] \w+ · \d+ chunks?$", line)][-3:] == [
        "[1]",
        "[2]",
        "[3]",
    ]
    assert not re.search(r"\[1\].*\[2\]", shell.text)


def test_dials_turn_the_model_s_own_odds(shell: Shell) -> None:
    """/dials shows 500 candidates of the real model; at 0 one is left; Enter keeps, and /undo set takes back."""
    shell.run("/set temperature=1")
    shell.type("/dials Name a colour.")
    shell.wait(r"\d+ of 500 left")
    assert re.search(r"top_k +\S+ +\(40\)", shell.window), shell.window
    assert "(the server's order)" in shell.window
    shell.press("0")
    shell.wait(r" 1 of 500 left · 0\.00 bits")
    shell.press("\r ")
    shell.wait(r"temp 0 +│[^│]*│[^│]*\n *\S+")
    shell.press("\r")
    shell.ready()
    shell.wait(r"temperature 1\.0 → 0\.0")
    assert "temperature 0.0 → 1.0" in shell.run("/undo set")
    assert "dials" in shell.run("/usage")
