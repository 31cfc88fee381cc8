"""What the parameters do to real answers. Greedy or seeded, so that each run sees the same."""

from __future__ import annotations

import re

import pytest

from tests.support.terminal import Shell

QUESTION = "Write about the sea."


@pytest.fixture(scope="module")
def columns() -> int:
    """Wide enough for an answer on one line."""
    return 400


def answer(shell: Shell, *settings: str) -> tuple[str, str]:
    """The answer to the question in a new conversation, and the lines about it, once these
    lines were run."""
    for line in settings:
        shell.run(line)
    shell.run("/clear")
    return shell.ask(QUESTION)


def test_temperature_0_gives_the_same_answer_whatever_the_seed(shell: Shell) -> None:
    """At temperature 0 the likeliest token is taken, and the seed makes no difference."""
    first, _ = answer(shell, "/set temperature=0 max_tokens=10 seed=1")
    second, _ = answer(shell, "/seed 2")
    assert first and first == second


def test_a_seed_fixes_a_random_answer(shell: Shell) -> None:
    """At temperature 1 the same seed gives the same answer and another seed another."""
    first, _ = answer(shell, "/set temperature=1 max_tokens=10 seed=1")
    again, _ = answer(shell)
    other, _ = answer(shell, "/seed 2")
    assert first == again
    assert first != other


def test_max_tokens_cuts_the_answer_and_says_so(shell: Shell) -> None:
    """An answer cut off at max_tokens has just so many, finish reason length, and a warning."""
    _, about = answer(shell, "/set temperature=0 max_tokens=7")
    assert re.search(r"\b7 out\b.* · length · ", about), about
    assert "cut off at the limit of tokens (finish reason length)" in about


def test_stop_ends_the_answer_before_its_text(shell: Shell) -> None:
    """The answer ends before the first stop text, with finish reason stop."""
    whole, _ = answer(shell, "/set temperature=0 max_tokens=20")
    words = whole.split()
    cut, about = answer(shell, f'/stop never-said "{words[8]} {words[9]}"')
    assert cut.rstrip() == whole.partition(f"{words[8]} {words[9]}")[0].rstrip()
    assert " · stop · " in about and "cut off" not in about


def test_a_banned_word_is_gone_and_comes_back(shell: Shell) -> None:
    """-100 on a word that an answer has removes it; without the bias the answer is as before."""
    before, _ = answer(shell, "/set temperature=0 max_tokens=14")
    assert " that " in before, "the answer never had the word; ask something else"
    without, _ = answer(shell, '/bias " that" -100')
    assert without and " that " not in without
    after, _ = answer(shell, "/bias clear")
    assert after == before


def test_a_word_of_weight_100_is_all_there_is(shell: Shell) -> None:
    """100 on a word makes a greedy answer repeat it until max_tokens."""
    said, _ = answer(shell, "/set temperature=0 max_tokens=6", '/bias " sea" 100')
    assert said.split() == ["sea"] * 6


def test_logit_bias_by_id_is_bias_by_word(shell: Shell) -> None:
    """/bias shows the id it sends; /logit_bias with that id has the same effect."""
    shell.run("/set temperature=0 max_tokens=6")
    token = re.findall(r"→ (\d+) ", shell.run('/bias " sea" 100'))[0]
    said, _ = answer(shell, "/bias clear", f"/logit_bias {token}=100")
    assert said.split() == ["sea"] * 6


def test_penalties_keep_an_answer_from_repeating_itself(shell: Shell) -> None:
    """A frequency penalty breaks the loop that a bias alone would keep the answer in."""
    looped, _ = answer(shell, "/set temperature=0 max_tokens=16", '/bias " sea" 20')
    varied, _ = answer(shell, "/frequency_penalty 2")
    assert looped.split().count("sea") > varied.split().count("sea")


def test_two_choices_are_numbered_and_one_is_picked(shell: Shell) -> None:
    """n=2 shows both answers under their numbers; /pick 2 makes the second part of the talk."""
    shown, _ = answer(shell, "/set temperature=1 seed=1 n=2 max_tokens=10")
    one, two = _choices(shown)
    assert one != two
    assert one in shell.run("/history")
    assert "choice 2" in shell.run("/pick 2")
    history = shell.run("/history")
    assert two in history and one not in history


def _choices(shown: str) -> tuple[str, str]:
    found = re.fullmatch(r"\[1\][^\n]*\n(.+)\n\[2\][^\n]*\n(.+)", shown, re.DOTALL)
    assert found, f"the choices do not stand under [1] and [2]:\n{shown}"
    return found[1].strip(), found[2].strip()


def test_an_answer_that_is_not_streamed_is_the_same_answer(shell: Shell) -> None:
    """stream false brings the same greedy answer in one piece, with its usage."""
    streamed, _ = answer(shell, "/set temperature=0 max_tokens=10")
    whole, about = answer(shell, "/stream false")
    assert whole == streamed
    assert re.search(r"\b10 out\b", about)


def test_the_system_message_changes_the_answer(shell: Shell) -> None:
    """A system message is sent: the prompt has more tokens, and /history shows it."""
    _, before = answer(shell, "/set temperature=0 max_tokens=8")
    _, after = answer(shell, "/system You are a pirate who talks of nothing but gold and rum and parrots.")

    def sent(about: str) -> int:
        return int(re.findall(r"^(\d+) in", about)[0])

    assert sent(before) != sent(after)
    assert "system\nYou are a pirate" in shell.run("/history")


def test_usage_has_a_row_for_each_turn(shell: Shell) -> None:
    """/usage lists the turns of the conversation with the server's counts, and their sum."""
    answer(shell, "/set temperature=0 max_tokens=6")
    shell.ask("And the land?")
    rows = [line.split() for line in shell.run("/usage").split("\n")]
    totals = {row[0]: row for row in rows if row and row[0] in ("1", "2", "all")}
    assert set(totals) == {"1", "2", "all"}
    assert "12" in totals["all"], f"6 and 6 tokens out make 12: {totals['all']}"
