"""A terminal that is closed, as a window is, wherever the shell is just then."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.conversation.turn import INTERRUPTED
from tests.support.server import Api
from tests.support.stored import stored
from tests.support.terminal import PATIENCE, STORY, Shell, begin_story

from .conftest import write_profile


def close(shell: Shell) -> int:
    """Close the terminal, and give what the shell ends with."""
    process = shell.child.pid
    shell.child.ptyproc.fileobj.close()  # pexpect's own close would send signals of its own
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            shell.child.ptyproc.terminated = True
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    raise AssertionError("the shell lived on without a terminal")


def at_the_prompt(shell: Shell) -> None:
    shell.ready()
    shell.press("half a message")
    shell.until(lambda: shell.typed == "half a message", "nothing was typed")


def in_an_answer(shell: Shell) -> None:
    shell.ready()
    begin_story(shell)


def in_a_comparison(shell: Shell) -> None:
    shell.ready()
    shell.type(f"/compare temperature=0.1 temperature=0.2 -- {STORY}")
    shell.wait(r"\n\w+ \w+ .*│ \w+ \w+ ")  # of both answers, wherever their lines are broken


def at_a_question(shell: Shell) -> None:
    shell.ready()
    shell.run("Hi")
    shell.type("/delete")
    shell.wait(r"\[y/N\]")


@pytest.mark.parametrize("reach", [at_the_prompt, in_an_answer, in_a_comparison, at_a_question])
def test_a_closed_terminal_is_an_end_and_no_failure(
    home: Path, api: Api, reach: Callable[[Shell], None]
) -> None:
    """The status is 129, nothing goes wrong on the way, what had come is stored, and nothing is left
    unfinished, so that the next start does not tell of a shell that was killed."""
    write_profile(home, api)
    with Shell("-p", "here", "--debug") as shell:
        reach(shell)
        assert close(shell) == 129
    log = home / "debug.log"
    assert "Error" not in (log.read_text() if log.exists() else "")
    assert list((home / "unfinished").glob("*")) == []
    if reach in (in_an_answer, in_a_comparison):
        assert {turn.answer.ended for turn in stored(home)} == {INTERRUPTED}
    if reach is in_an_answer:
        with Shell("-p", "here") as again:
            again.ready()
            assert "killed" not in again.text


def test_a_closed_terminal_ends_a_single_answer(home: Path, api: Api) -> None:
    """The same for a question on the command line."""
    write_profile(home, api)
    with Shell("-p", "here", STORY) as shell:
        shell.wait(r"(\w+ ){8}")
        assert close(shell) == 129
    (turn,) = stored(home)
    assert turn.answer.ended == INTERRUPTED
    assert list((home / "unfinished").glob("*")) == []
