"""Ctrl-C at any moment, Ctrl-Z, a window that changes, and many turns with faults among them."""

from __future__ import annotations

import contextlib
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pexpect
import pytest

from chat.conversation.turn import COMPLETE, FAILED
from tests.support.server import (
    Api,
    chunk,
    chunked,
    drip,
    error,
    hang_up,
    http,
    sse,
    stall,
    stream,
)
from tests.support.stored import stored
from tests.support.terminal import PATIENCE, SHELL, Shell, environment

from .conftest import write_profile
from .test_life import is_sane

MOMENTS = 15
CTRL_C, CTRL_D, CTRL_Z = "\x03", "\x04", "\x1a"
ANSWER = """\
# A heading

A paragraph with **bold** words, `code`, and 宽 characters 👩‍👩‍👧 that are wide.

| name | value |
|------|------:|
| one  | 1     |
| two  | 2     |

1. first
   - nested
2. second

```python
def f(x):
    return x + 1
```

> The end of it.
"""


def shell_at(api: Api, home: Path, **more: Any) -> Shell:
    """A shell with a profile that names the server."""
    write_profile(home, api, timeout=0.5)
    return Shell("-p", "here", **more)


def rows_of_usage(shell: Shell) -> list[list[str]]:
    """The table of /usage without its heads and totals."""
    shown = shell.run("/usage")
    return [line.split() for line in shown.splitlines() if re.match(r"\s*\d+ ", line)]


def is_empty(shell: Shell) -> bool:
    """Whether a prompt is up, and nothing stands at it."""
    return bool(shell.toolbar) and shell.window.splitlines()[-2:-1] == [">"]


def settle(shell: Shell, up: int) -> None:
    """Wait for an empty prompt that came after the first `up`; what was given back to it is cleared. A
    Ctrl-C may have come late, and have cleared it, too, or have hinted at Ctrl-D; or with Enter, before
    there was anything to stop, and be lost: then one more is pressed, as a person would."""

    def empty() -> bool:
        return shell.prompts_up > up and is_empty(shell)

    end = time.monotonic() + PATIENCE
    pressed = time.monotonic()
    while not empty():
        assert time.monotonic() < end, f"no empty prompt came up:\n{shell.text}"
        painted = len(shell.raw)
        shell.read(0.05)
        given_back = shell.toolbar and shell.prompts_up > up and len(shell.raw) == painted
        if (given_back or time.monotonic() > pressed + 0.5) and not empty():
            shell.press(CTRL_C)
            pressed = time.monotonic()


def settle_at_last(shell: Shell) -> None:
    """Wait until no Ctrl-C is on its way any more: a command that is typed after all of them is done."""
    shell.type("/set user=last")
    shell.until(
        lambda: "user unset → last" in shell.text and is_empty(shell), "the last command was not done"
    )


def test_ctrl_c_at_many_moments(api: Api, home: Path) -> None:
    """Before the answer, in it, in the middle of a word or a table, after it: the shell lives, what
    arrived is kept and part of what is sent next, and the terminal is sound at the end."""
    moments = random.Random(4)
    api.reply(drip(ANSWER, 0.0004))
    with shell_at(api, home) as shell:
        shell.ready()
        for number in range(MOMENTS):
            up = shell.prompts_up
            shell.type(f"message {number}")
            shell.look_on(moments.choice((0, 0.02, 0.1)) * moments.random())
            shell.press(CTRL_C)
            if moments.random() < 0.3:
                shell.press(CTRL_C)
            settle(shell, up)
        settle_at_last(shell)
        shell.run("/clear")
        assert shell.run("/show temperature")
        shell.press(CTRL_D)
        assert shell.ends() == 0
        assert is_sane(shell)
    assert len(api.asked) > MOMENTS // 2
    answers = [
        message["content"]
        for body in api.asked
        for message in body["messages"]
        if message["role"] == "assistant"
    ]
    assert answers and all(ANSWER.startswith(answer) for answer in answers)
    assert any(0 < len(answer) < len(ANSWER) for answer in answers)
    kept = [turn.choice.text for turn in stored(home) if turn.answer.answered]
    assert all(ANSWER.startswith(text) for text in kept)
    last = [message["content"] for message in api.asked[-1]["messages"] if message["role"] == "assistant"]
    assert kept[: len(last)] == last


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_being_stored_is_not_torn(api: Api, home: Path, number: int) -> None:
    """Ctrl-C again and again, or SIGTERM, while the store takes its time: the turn is in it, whole, and the
    shell lives, or ends after it."""
    api.reply(stream(ANSWER))
    with shell_at(api, home) as shell:
        shell.ready()
        shell.run("first message")
        with contextlib.closing(sqlite3.connect(home / "conversations.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # another shell that writes: this one has to wait
            shell.type("second message")
            shell.wait("The end of it", count=2)
            journals = home / "unfinished"
            shell.until(
                lambda: any(b'"usage"' in file.read_bytes() for file in journals.glob("*")),
                "the answer did not end",
            )
            for _ in range(3):
                shell.signal(number)
                shell.read(0.1)  # it has the time to do the wrong thing
            assert not shell.toolbar, "the store did not take its time"
            other.execute("COMMIT")
        if number == signal.SIGTERM:
            assert shell.ends() == 143
        else:
            shell.ready()
            assert shell.run("/temperature 0.5").strip() == "temperature 1.0 → 0.5"
            shell.press(CTRL_D)
            assert shell.ends() == 0
        assert is_sane(shell)
    assert [turn.choice.text for turn in stored(home)] == [ANSWER] * 2


def test_ctrl_z_in_an_answer_stops_and_fg_goes_on(api: Api, home: Path) -> None:
    """Under a shell with job control: the terminal is the other shell's meanwhile, the answer goes
    on after fg, and the prompt that follows takes keys."""
    api.reply(drip(ANSWER, 0.01))
    write_profile(home, api)
    child = pexpect.spawn(
        "bash",
        ["--norc", "-i"],
        env=environment(TERM="xterm-256color", PS1="bash% "),
        encoding="utf-8",
        timeout=30,
    )
    child.setwinsize(40, 100)
    try:
        child.expect_exact("bash% ")
        child.sendline(f"{sys.executable} {SHELL} -p here")
        child.expect("tokens")
        child.send("message\r")
        child.expect("heading")
        child.send(CTRL_Z)
        child.expect("Stopped")
        child.expect_exact("bash% ")
        child.sendline("echo the other $((40 + 2))")
        child.expect("the other 42")
        child.sendline("fg")
        child.expect("The end of it")
        child.expect("tok/s")
        child.expect("tokens")
        child.send(CTRL_Z)  # and at the prompt
        child.expect("Stopped")
        child.sendline("fg")
        child.expect("tokens")
        child.send("/temperature 0.25\r")
        child.expect("temperature 1.0 → 0.25")
        child.expect("tokens")
        child.send(CTRL_D)
        child.sendline("echo status $?")
        child.expect("status 0")
    finally:
        child.close(force=True)


def test_ctrl_z_where_nothing_could_go_on_is_nothing(api: Api, home: Path) -> None:
    """Without a shell that controls jobs the system stops nothing: the answer goes on, and is not shown twice."""
    api.reply(drip(ANSWER, 0.01))
    with shell_at(api, home) as shell:
        shell.ready()
        shell.type("message")
        shell.wait("first")
        shell.press(CTRL_Z)
        shell.wait("The end of it")
        shell.ready()
        for words in ("A heading", "bold words", "nested", "The end of it"):
            assert shell.text.count(words) == 1


def test_a_window_that_changes_in_an_answer_does_no_harm(api: Api, home: Path) -> None:
    """Narrower, then wider, while the answer streams: all of it comes, and the prompt after it."""
    words = [f"word{number}" for number in range(400)]
    text = "# Title\n\n" + "".join(
        " ".join(words[i : i + 20]) + "\n\n" + ("- item\n- item\n\n" if i % 100 == 0 else "")
        for i in range(0, 400, 20)
    )
    api.reply(drip(text, 0.001))
    with shell_at(api, home) as shell:
        shell.ready()
        shell.type("message")
        for columns in (60, 140, 30, 100):
            upto = len(shell.raw) + 700
            shell.until(lambda upto=upto: len(shell.raw) > upto, "the answer stopped")
            shell.child.setwinsize(40, columns)
        shell.ready()
        shown = re.sub(rb"\x1b\[[\d;?]*[A-Za-z]", b"", shell.raw).decode()
        missing = [word for word in words if not re.search(rf"{word}\b", shown)]
        assert not missing
        assert shell.run("/temperature 0.5").strip() == "temperature 1.0 → 0.5"


#: What a server may do instead of answering, and what is said of it.
FAULTS = {
    "refused": error("429 Too Many Requests", "quota", code="insufficient_quota"),
    "failed": error("500 Internal Server Error", "boom"),
    "html": http(b"<html>bad gateway</html>", "502 Bad Gateway", "text/html"),
    "not JSON": http(b"hello", kind="text/plain"),
    "hung up": hang_up,
    "cut": chunked(sse(chunk({"content": "half an "}), done=False), end=False),
    "stalled": stall(sse(chunk({"content": "half an "}), done=False), seconds=2),
    "error inside": chunked(sse(chunk({"content": "half "}), {"error": {"message": "overloaded"}})),
    "malformed": chunked(sse(chunk({"content": "be"}), "{broken", chunk({"content": "fore"}, finish="stop"))),
    "empty deltas": chunked(sse(*[chunk({"content": ""})] * 3000, chunk({"content": "x"}, finish="stop"))),
}
#: After which an answer is whole all the same.
SOUND = ("sound", "malformed", "empty deltas")


def test_many_turns_with_faults_among_them(api: Api, home: Path) -> None:
    """A long life in a short time: turns are counted, text that failed comes back, memory is as
    it was."""
    plan = [*FAULTS, *FAULTS, *["sound"] * 40]
    random.Random(5).shuffle(plan)
    plan.append("sound")
    sound = stream(*re.findall(r".{1,4}", ANSWER, re.DOTALL))
    api.reply(*(FAULTS.get(name, sound) for name in plan), sound)
    with shell_at(api, home) as shell:
        shell.ready()
        sizes = []
        for number, name in enumerate(plan):
            shell.type(f"message {number}")
            shell.ready()
            if name not in SOUND:
                assert shell.typed == f"message {number}", f"{name} lost the message"
                shell.press(CTRL_C)
                shell.until(lambda: not shell.typed, "the line was not cleared")
            if number % 20 == 19:
                status = Path(f"/proc/{shell.child.pid}/status").read_text()
                sizes.append(int(re.search(r"VmRSS:\s+(\d+)", status)[1]))  # type: ignore[index]
        rows = rows_of_usage(shell)
        assert len(rows) == len(plan)
        # 133 kB a turn; the conversation itself takes a fifth of it
        assert sizes[-1] < sizes[0] + 5_400, f"memory grew, in kB: {sizes}"
        shell.press(CTRL_D)
        assert shell.ends() == 0
    assert len(api.asked) == len(plan)
    turns = stored(home)
    assert [turn.answer.ended for turn in turns] == [COMPLETE if name in SOUND else FAILED for name in plan]
    assert all(turn.choice.text == ANSWER for turn, name in zip(turns, plan, strict=True) if name == "sound")
    last = api.asked[-1]["messages"]
    asked = [message["content"] for message in last if message["role"] == "user"]
    kept = [
        f"message {number}"
        for number, name in enumerate(plan)
        if name in (*SOUND, "cut", "stalled", "error inside")
    ]
    assert asked == kept


HOSTILE = "a\x1b]0;pwned\x07b\x1b[2J\x9b2J\x9d0;t\x9c\u202ec\u2066d"


def test_nothing_that_is_named_anywhere_steers_the_terminal(api: Api, home: Path) -> None:
    """The name of a profile, a model of it and one of the server's list, a file's name, an error of the
    server's and what is pasted: shown, completed and told, but never acted on."""
    text = HOSTILE.encode("unicode_escape").decode()
    escaped = re.sub(r"\\x(..)", r"\\u00\1", text)
    home.mkdir()
    (home / "profiles.yaml").write_text(
        f'here:\n  base_url: {api.url}\n  model: test-model\n"{escaped}":\n'
        f'  base_url: {api.url}\n  model: "{escaped}"\n  nonsense: 1\n'
    )
    (home / HOSTILE).write_text("a system message")
    api.reply(
        error("400 Bad Request", HOSTILE),
        chunked(sse(chunk({"content": HOSTILE}), {"error": {"message": HOSTILE}})),
        http(HOSTILE.encode(), kind="text/plain"),
    )
    api.listed = ("test-model", HOSTILE)
    with Shell("-p", "here") as shell:
        shell.ready()
        file = f"\x15/system @{home / HOSTILE}".replace("\x1b", "\\x1b").replace("\x07", "\\x07")
        for line in ("/profile", "/models", "message", "\x15message", "\x15message", file):
            shell.type(line)
            shell.ready()
        shell.press("\x15/model a")
        shell.until(lambda: "‹U+202E›" in shell.window.partition("> /model a")[2], "the model is not offered")
        shell.press("\t")
        shell.until(lambda: "‹U+202E›" in shell.typed, "the offer was not taken")
        shell.type("")
        shell.ready()
        assert "‹U+202E›" in shell.toolbar
        shell.paste("\u202e\u2066\x9b pasted")
        shell.until(lambda: shell.typed.endswith("pasted"), "the paste did not show")
        shell.press(CTRL_C)
        assert "␛]0;pwned␇" in shell.text and "‹U+202E›" in shell.text
        assert not re.search(
            rb"\x1b\](?!11;\?)|\x07|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae]|\xe2\x81[\xa6-\xa9]", shell.raw
        )
        assert not re.search(rb"\x1b\[2J|pwned\x07", shell.raw)
        assert shell.screen.title == ""


def test_enter_pressed_before_all_is_loaded_is_not_lost(api: Api, home: Path) -> None:
    """What was typed and sent while the shell was starting is sent once it has started."""
    api.reply(stream("Here."))
    with shell_at(api, home) as shell:
        shell.press("hello there\r")
        shell.wait("Here.")
        shell.ready()
    assert [message["content"] for message in api.asked[0]["messages"]] == ["hello there"]


def test_a_fault_of_the_shells_own_is_a_sentence() -> None:
    """No traceback reaches the screen, with or without a log."""
    code = (
        "import shell; from terminal.streams import Terminal; shell.failed(ZeroDivisionError(1), Terminal())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=SHELL.parent, capture_output=True, text=True)
    assert done.stdout + done.stderr == (
        "Tempera failed: ZeroDivisionError\n  --debug writes the details to a log\n"
    )
