"""A screen that a screen reader can read: a whole session in which the cursor never goes back."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path

import pexpect
import pytest

from tests.support.server import Api, error
from tests.support.terminal import PATIENCE, ROOT, Shell, environment

from .conftest import write_profile

#: All that is no text: sequences of escapes, a return that is not the end of a line, a step back.
_STEERING = re.compile(rb"\x1b(?!\[[\d;]*m)|\r(?!\n|\r\n)|\x08")
PROMPT = r"^> $"


def line(shell: Shell, text: str, then: str = r"\n> $") -> str:
    """Type a line, and wait for the next prompt, or for what a question says; what came since."""
    before = len(shell.text)
    shell.type(text)
    shell.until(lambda: re.search(then, said(shell)[before:]), f"{then!r} did not come after {text}", 15)
    return said(shell)[before:]


def said(shell: Shell) -> str:
    """All lines, with the blank after the prompt, which `text` leaves out."""
    return f"{shell.text} " if shell.text.endswith("\n>") else shell.text


def test_the_cursor_never_goes_back(api: Api, home: Path) -> None:
    """Message, choices, comparison, sweep, plot, picker, tree, table and error: lines follow one another, in
    words, and nothing else is written to the terminal."""
    write_profile(home, api)
    with Shell("-p", "here", env={"ACCESSIBLE": "1"}, lines=200, columns=90) as shell:
        shell.wait(r"\n> ?$")
        assert "9 in" not in line(shell, "/set temperature=0.5")
        answered = line(shell, "hello")
        assert re.search(r"1 in, 12 out, .*, stop, cost unknown", answered), answered
        assert "[2]" in line(shell, "/retry n=2")
        compared = line(shell, "/compare temperature=0 temperature=1")
        assert compared.index("[1] temperature=0\n") < compared.index("[2] temperature=1\n")
        assert "│" not in compared and "·" not in compared
        assert "1. [y/N]" not in line(shell, "/sweep temperature 0,1", r"\[y/N\]")
        swept = line(shell, "y")
        assert "temperature 0; tokens 12" in swept, swept
        assert "similarity to the first answer, by temperature:\ntemperature 0: 1\n" in swept
        assert re.search(
            r"^branch, level 1: .*\[temperature|^branch, level 1: ", line(shell, "/branches"), re.M
        )
        assert "turn 1; " in line(shell, "/usage")
        for each in ("/clear", "hello there", "/clear"):
            line(shell, each)
        picked = line(shell, "/resume hello", "or Enter for none")
        assert re.search(r"^ +1  .*hello", picked, re.MULTILINE), picked
        line(shell, "2")
        api.reply(error("400 Bad Request", "no such luck", code="x"))
        assert "error: " in line(shell, "again", "no such luck[^$]*> again")
        shell.press("\r")  # what failed stands there again
        shell.wait("no such luck", 15, count=2)
    found = _STEERING.search(shell.raw)
    assert not found, shell.raw[max(0, found.start() - 80) : found.end() + 40]


def test_the_preference_holds_at_once_and_in_the_next_shell(home: Path, api: Api) -> None:
    """/accessible takes the toolbar away, and brings it back; kept, the next shell begins without it. Ctrl-D
    leaves."""
    write_profile(home, api)
    with Shell("-p", "here") as shell:
        shell.ready()
        assert "/tour" in shell.text
        shell.type("/accessible")
        shell.wait(r"accessible → true, in every session from now on\n> ?$")
        before = len(shell.raw)
        line(shell, "/show temperature")
        assert not _STEERING.search(shell.raw, before)
        shell.type("/accessible")
        shell.ready()
        before = len(shell.raw)
        shell.type("/accessible true")
        shell.until(
            lambda: b"from now on" in shell.raw[before:] and said(shell).endswith("\n> "), "it is not kept"
        )
        shell.press("\x04")
        assert shell.ends() == 0
    with Shell("-p", "here") as shell:
        shell.wait(r"/help\n> ?$", 15)
        assert not _STEERING.search(shell.raw)
        assert "/tour" not in shell.text, "it is offered at the first start alone"
        shell.press("\x04")
        assert shell.ends() == 0


@pytest.mark.parametrize(
    ("number", "times"), [(signal.SIGINT, 17), (signal.SIGTERM, 17), (signal.SIGHUP, 16)], ids=str
)
def test_no_signal_is_lost_between_the_prompt_and_the_wait_for_a_key(number: int, times: int) -> None:
    """Readline sleeps without an end, and a signal that came just before wakes it no more: all fifty are heard."""
    child = pexpect.spawn(
        sys.executable, ["-m", "tests.support.reading"], cwd=str(ROOT), env=environment(), timeout=PATIENCE
    )
    child.delaybeforesend = None
    for _ in range(times):
        child.expect_exact(b"> ")
        child.kill(number)
        child.expect_exact(f"heard: {128 + number}".encode())
    child.expect_exact(b"> ")
    child.send("\x04")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
