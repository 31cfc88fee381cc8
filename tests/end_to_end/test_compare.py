"""/compare in a real terminal: side by side and picked on the embedded model; narrow, blind, stopped and
ended at a scripted server."""

from __future__ import annotations

import random
import re
import signal
from pathlib import Path

import pytest

from chat.conversation.turn import COMPLETE, INTERRUPTED
from tests.support.server import Api
from tests.support.stored import stored
from tests.support.terminal import Shell, words

from .test_life import assert_put_right, is_sane
from .test_unbreakable import settle, settle_at_last

CTRL_C, CTRL_D = "\x03", "\x04"
FACTS = re.compile(r"\d+ in\b")


@pytest.fixture
def short(shell: Shell) -> Shell:
    """Answers of a dozen tokens."""
    shell.run("/set max_tokens 12")
    return shell


def shell_at(api: Api, columns: int = 100, **settings: object) -> Shell:
    """A shell of its own; a message of a story gets an answer that goes on for some seconds."""
    given = [f"{name}={value}" for name, value in settings.items()]
    options = [word for each in given for word in ("-s", each)]
    return Shell("--base-url", api.url, "-m", "test-model", *options, columns=columns)


def rows_beside(shown: str) -> list[list[str]]:
    """The rows that have a rule, in their two halves."""
    return [[cell.strip() for cell in row.split("│")] for row in shown.splitlines() if row.count("│") == 1]


def test_two_side_by_side(short: Shell) -> None:
    """Each under its label, with its facts; below stands what differed, and which one goes on."""
    shown = short.run("/compare temperature=0 temperature=1.5,seed=7 -- Name a colour.")
    rows = rows_beside(shown)
    assert rows[0] == ["[1] temperature=0", "[2] temperature=1.5,seed=7"]
    assert rows[1][0] and rows[1][1]
    below = "\n".join(" ".join(row) for row in rows)
    assert len(FACTS.findall(below)) == 2 and below.count("first token") == 2 and below.count("tok/s") == 2
    assert re.search(r"^temperature\s+0\.0\s+1\.5", shown, re.MULTILINE)
    assert re.search(r"^seed\s+—\s+7", shown, re.MULTILINE)
    assert "goes on with [1]; /pick 2" in shown
    assert "stops all" not in shown


def test_pick_and_go_on(short: Shell) -> None:
    """The picked answer is part of what is sent next; the other stays as a sibling."""
    short.run("/compare temperature=0 temperature=1.5,seed=3 -- Name an animal.")
    assert "goes on with answer 2: temperature=1.5,seed=3" in short.run("/pick 2")
    picked = short.run("/raw 2").strip()
    short.ask("And another.")
    history = short.run("/history")
    assert words(picked) in words(history)
    tree = short.run("/branches")
    assert re.search(r"├─  1 .*\n└─  2 .*\n +● 3", tree), tree
    assert "temperature" in short.run("/diff 1 2")


def test_a_narrow_window_has_them_one_under_another(api: Api, home: Path) -> None:
    """In 60 columns each answer has the whole width; two of them, and the last message again."""
    with shell_at(api, columns=60, max_tokens=12) as shell:
        shell.ready()
        shell.ask("Name a fruit.")
        shown = shell.run("/compare temperature=0 haiku,max_tokens=12")
        assert "│" not in shown
        heads = [line for line in shown.splitlines() if re.match(r"\[\d\]", line)]
        assert heads == ["[1] temperature=0", "[2] haiku,max_tokens=12"]
        assert len(FACTS.findall(shown)) == 2
        shell.press(CTRL_D)
        assert shell.ends() == 0
    turns = stored(home)
    assert len({turn.request.asked for turn in turns}) == 1 and len(turns) == 3


def test_blind_until_picked(scripted: Shell) -> None:
    """Neither the answers nor any view says which is which; the pick does, and the arena counts it."""
    shown = scripted.run("/compare --blind temperature=0 temperature=1.5 -- Name a river.")
    for view in (shown, scripted.run("/usage"), scripted.run("/branches"), scripted.run("/diff 1 2")):
        assert not [betrays for betrays in ("temperature", "tok/s", "first") if betrays in view], view
    told = scripted.run("/pick b")
    assert re.search(r"^ *A +temperature=.*\n● B  temperature=", told, re.MULTILINE), told
    arena = scripted.run("/arena")
    assert re.search(r"temperature=\S+\s+1\s+0\s+100%", arena) and re.search(
        r"temperature=\S+\s+0\s+1\s+0%", arena
    )


def test_a_number_key_stops_one_and_ctrl_c_the_rest(api: Api, home: Path) -> None:
    """The other one goes on; what is typed meanwhile stands in the next prompt, and is not sent."""
    with shell_at(api) as shell:
        shell.ready()
        shell.type("/compare seed=1 seed=2 -- Tell me a story of the sea.")
        shell.wait(r"1/2 stops one")
        shell.until(lambda: len(re.findall(r"\d+ chunks?", shell.window)) == 2, "they did not both begin")
        shell.press("2")
        shell.wait(r"\n1 stops one · Ctrl-C stops all")
        shell.wait("what arrived is kept")

        def arrived() -> int:
            """While an answer keeps one waiting, the seconds stand in place of its chunks."""
            return max(map(int, re.findall(r"(\d+) chunks?", shell.window)), default=0)

        before = arrived()
        shell.until(lambda: arrived() > before + 5, "the other one did not go on")
        shell.press("1")
        shell.ready()
        assert "goes on with [1]" in shell.text
        shell.run("/compare max_tokens=60,seed=1 max_tokens=70,seed=2")
        shell.type("/compare max_tokens=60,seed=1 max_tokens=70,seed=2")
        shell.wait(r"stops all")
        for key in "/pick 2":
            shell.press(key)
        shell.ready()
        shell.until(lambda: shell.typed == "/pick 2", "what was typed ahead is not at the prompt")
        assert "goes on with answer 2" in shell.run("")
        shell.press(CTRL_D)
        assert shell.ends() == 0
        assert is_sane(shell)
    assert [turn.answer.ended for turn in stored(home)] == [INTERRUPTED] * 2 + [COMPLETE] * 4


def test_four_at_once_under_ctrl_c(api: Api, home: Path) -> None:
    """At any moment, before the first word, among many, or twice: the shell lives, each answer that had
    begun is kept as far as it came, and the terminal is sound."""
    chance = random.Random(6)
    moments = (0.0, 0.02, 0.3, 1.0)  # seconds after Enter, at most; the last is in the answers
    with shell_at(api, columns=140) as shell:
        shell.ready()
        for number in range(8):
            blind = "--blind " if number % 4 == 3 else ""
            up = shell.prompts_up
            shell.type(f"/compare {blind}temperature=0 seed=1 haiku seed=2,top_p=0.5 -- Tell story {number}")
            shell.look_on(moments[number % 4] * chance.random())
            shell.press(CTRL_C)
            if chance.random() < 0.4:
                shell.press(CTRL_C)
            settle(shell, up)
        settle_at_last(shell)
        shown = shell.run("/compare temperature=0,max_tokens=5 seed=1,max_tokens=5 -- And the end?")
        assert len(FACTS.findall(shown)) == 2
        shell.press(CTRL_D)
        assert shell.ends() == 0
        assert is_sane(shell)
    turns = stored(home)
    assert {turn.answer.ended for turn in turns} <= {INTERRUPTED, COMPLETE}
    assert any(turn.answer.ended == INTERRUPTED and turn.answer.answered for turn in turns)
    assert [turn.answer.ended for turn in turns[-2:]] == [COMPLETE] * 2
    stories = {turn.request.asked.id for turn in turns}
    assert all(sum(turn.request.asked.id == story for turn in turns) <= 4 for story in stories)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_the_system_ends_it_in_the_middle(api: Api, home: Path, number: int, status: int) -> None:
    """What came of each is in the store, and the terminal is put right."""
    with shell_at(api) as shell:
        shell.ready()
        shell.type("/compare seed=1 seed=2 -- Tell me a story of the sea.")
        shell.until(lambda: len(re.findall(r"\d+ chunks?", shell.window)) == 2, "they did not both begin")
        shell.signal(number)
        assert shell.ends() == status
        assert_put_right(shell)
    turns = stored(home)
    assert [turn.answer.ended for turn in turns] == [INTERRUPTED] * 2 and all(
        turn.choice.text for turn in turns
    )
