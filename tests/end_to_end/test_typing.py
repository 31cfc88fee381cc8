"""What is typed when no prompt is up, and what is typed or pasted together, is taken as it was meant."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import Api, error, stall, stream
from tests.support.terminal import STORY, Shell, begin_story

from .conftest import write_profile


@pytest.fixture
def begin(home: Path, api: Api) -> Iterator[Callable[..., Shell]]:
    """Start a shell at the scripted server, with a home of its own."""
    write_profile(home, api, timeout=60)
    begun: list[Shell] = []

    def begin(ready: bool = True, **env: str) -> Shell:
        begun.append(Shell("-p", "here", env={"TEMPERA_HOME": str(home), **env}))
        if ready:
            begun[-1].ready()
        return begun[-1]

    yield begin
    for shell in begun:
        shell.close()


def said(api: Api) -> list[Any]:
    """The last message of each request."""
    return [body["messages"][-1]["content"] for body in api.asked]


def stands(shell: Shell, text: str) -> None:
    """Wait until the prompt holds exactly this."""
    shell.until(lambda: shell.toolbar and shell.typed == text, f"the prompt does not hold {text!r}")


# ---- what the terminal sends by itself


def test_replies_of_the_terminal_are_not_typed(begin: Callable[..., Shell]) -> None:
    """The terminal is asked once for its background, its replies are no keys, and the colours go with them."""
    shell = begin(ready=False)
    shell.until(lambda: b"\x1b]11;?" in shell.raw, "the terminal is not asked")
    shell.press("ab\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?2026;2$yc")
    shell.ready()
    stands(shell, "abc")
    shell.press("\x15/nosuch\r")
    shell.until(lambda: b"\x1b[38;5;124mno command" in shell.raw, "the error is not in the colours of light")
    assert shell.raw.count(b"\x1b]11;?") == 1


# ---- typed ahead


@pytest.mark.parametrize(
    ("pressed", "text"),
    [
        (["more"], "more"),
        (["more", "\r"], "more"),
        (["first\r", "second\r"], "first\nsecond"),
        (["日本", " é👍\r"], "日本 é👍"),
        (["ab", "\x1b[A", "\x1b[D", "c", "\x04", "\x7f", "d"], "abd"),
        (["/show\r"], "/show"),
    ],
)
def test_what_is_typed_during_an_answer_stands_in_the_prompt(
    scripted: Shell, asked: Api, pressed: list[str], text: str
) -> None:
    """It is shown when the answer is over, and nothing of it is sent or run unseen."""
    begin_story(scripted)
    for keys in pressed:
        scripted.press(keys)
        scripted.look_on(0.05)
    scripted.interrupt()
    scripted.ready()
    stands(scripted, text)
    assert said(asked) == [STORY]
    scripted.press("\x7f\r" if text == "/show" else "\r")
    scripted.ready()


def test_an_answer_that_ends_by_itself_leaves_what_was_typed(scripted: Shell, asked: Api) -> None:
    """Without Ctrl-C it stands there, too, and Enter sends it."""
    scripted.run("/set max_tokens=60")
    begin_story(scripted)
    scripted.press("and more\r")
    scripted.ready()
    stands(scripted, "and more")
    scripted.press("\r")
    scripted.ready()
    assert said(asked) == [STORY, "and more"]


def test_ctrl_c_pressed_as_a_key_keeps_what_was_typed(scripted: Shell, asked: Api) -> None:
    """The terminal's own Ctrl-C stops the answer, and the system does not drop what stood unread."""
    begin_story(scripted)
    scripted.press("kept")
    scripted.look_on(0.05)
    scripted.press("\x03")
    scripted.ready()
    stands(scripted, "kept")


def test_what_is_typed_ahead_does_not_answer_a_question(scripted: Shell, asked: Api) -> None:
    """A question that comes up meanwhile is answered by what is typed at it."""
    refused = error("400 Bad Request", "seed is not supported", param="seed")
    scripted.run("/set seed 4")

    def late(connection: Any) -> None:
        time.sleep(1)
        connection.sendall(refused)

    asked.reply(late, stream("fine"))
    scripted.type("hello")
    scripted.look_on(0.3)
    scripted.press("y\r")
    scripted.wait("send again")
    scripted.look_on(0.3)
    assert said(asked) == ["hello"]
    scripted.type("n")
    scripted.ready()
    stands(scripted, "y")
    assert "hello" in scripted.window
    assert said(asked) == ["hello"]


# ---- what failed comes back


def test_a_command_that_is_typed_where_a_message_came_back_is_run(scripted: Shell, asked: Api) -> None:
    """The failed text makes room for it, comes back after it, and is never glued to it."""
    asked.reply(error("404 Not Found"))
    scripted.type("hello")
    scripted.ready()
    stands(scripted, "hello")
    for command in ("/set temperature 0.5", "/show"):
        scripted.type(command)
        scripted.ready()
        stands(scripted, "hello")
    assert "temperature" in scripted.text
    scripted.press(" /and more\r")
    scripted.ready()
    assert said(asked) == ["hello", "hello /and more"]


def test_ctrl_c_takes_the_command_back_and_leaves_the_failed_text(scripted: Shell, asked: Api) -> None:
    """What was put aside comes back as well where the command is not run; the toolbar says that it waits."""
    asked.reply(error("404 Not Found"))
    scripted.type("hello")
    scripted.ready()
    scripted.press("/mod")
    scripted.until(lambda: scripted.typed.startswith("/mod"), "the failed text is in the way")
    scripted.wait("after this: hello")
    scripted.press("\x03")
    stands(scripted, "hello")
    scripted.press("\x03")
    stands(scripted, "")


def test_what_was_typed_while_a_message_failed_comes_first(scripted: Shell, asked: Api) -> None:
    """It may go on being typed; the failed text comes after it, and nothing is put together."""

    def late(connection: Any) -> None:
        time.sleep(1)
        connection.sendall(error("404 Not Found"))

    asked.reply(late, stream("fine"))
    scripted.type("hello")
    scripted.look_on(0.3)
    scripted.press("and mo")
    scripted.ready()
    stands(scripted, "and mo")
    scripted.wait("after this: hello")
    scripted.type("re")
    scripted.ready()
    assert said(asked) == ["hello", "and more"]
    stands(scripted, "hello")


# ---- start-up


@pytest.mark.parametrize(
    ("after", "how"),
    [(0.0, "key"), (0.0, "signal"), (0.1, "key"), (0.2, "signal"), (0.3, "key"), (0.5, "signal")],
)
def test_ctrl_c_while_the_shell_starts_loses_nothing(
    begin: Callable[..., Shell], api: Api, after: float, how: str
) -> None:
    """Whenever it comes before the shell has started, the shell starts, and no line is lost."""
    shell = begin(ready=False)
    shell.until(lambda: not shell.child.getecho(), "the terminal was never quiet")
    shell.press("hello")
    shell.look_on(after)
    shell.press("\x03") if how == "key" else shell.signal(signal.SIGINT)
    shell.wait("/help")
    shell.until(lambda: shell.toolbar, "no prompt came up")
    if shell.typed:  # else the prompt was up, where Ctrl-C clears the line
        assert shell.typed == "hello"
    shell.press("\x15/exit\r")
    assert shell.ends() == 0


@pytest.mark.parametrize("after", [0.0, 0.05, 0.2])
def test_ctrl_c_just_after_the_first_line_gives_it_back(
    begin: Callable[..., Shell], api: Api, after: float
) -> None:
    """A line that was typed before the shell had started stands there again, or was stopped when it was sent."""
    api.reply(stall())
    shell = begin(ready=False)
    shell.until(lambda: shell.prompts_up, "no prompt came up")
    shell.press("hello\r")
    shell.look_on(after)
    shell.press("\x03")
    shell.ready()
    stands(shell, "hello")


# ---- pastes of terminals that do not say so


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("one\rtwo\rthree\r", "one\ntwo\nthree"),
        ("a = 1\rif a:\r\tprint(a)", "a = 1\nif a:\n\tprint(a)"),
        ("line\r" * 3000, "\n".join(["line"] * 3000)),
        ("long " * 1000 + "\rand é\r", "long " * 1000 + "\nand é"),
    ],
)
def test_lines_that_arrive_together_are_one_message(
    scripted: Shell, asked: Api, data: str, text: str
) -> None:
    """They stand in the prompt, to be looked at; Enter sends them as one."""
    scripted.press(data)
    last = text.rpartition("\n")[2].expandtabs(4)
    scripted.until(lambda: f"· {last}" in scripted.window, "the last line is missing")
    scripted.look_on(0.3)
    assert said(asked) == []
    scripted.press("\r")
    scripted.ready()
    assert said(asked) == [text]


@pytest.mark.parametrize("paste", ["\x1b[200~a\tb\x1b[201~\r", "a\tb\r"])
def test_tabs_in_pastes_stay_tabs(scripted: Shell, asked: Api, paste: str) -> None:
    """A tab that comes with text is text, whether the terminal says that it is pasted or not."""
    scripted.press(paste)
    scripted.ready()
    assert said(asked) == ["a\tb"]


def test_a_dumb_terminal_shows_what_stands_there(begin: Callable[..., Shell], api: Api) -> None:
    """A failed text, and lines that arrive together, are seen where nothing is painted, too."""
    api.reply(error("404 Not Found"))
    shell = begin(ready=False, TERM="dumb")
    shell.wait(r"\n>")
    shell.type("hello")
    shell.wait("> hello", count=2)
    shell.type("/set n 2")
    shell.wait("> /set n 2\nn 1 → 2\n> hello")
    shell.press("x")
    shell.wait("> hellox")
    shell.press("\x03")
    shell.wait("Ctrl-D leaves\n>$")
    shell.press("one\rtwo\r")
    shell.wait("one\n· two")
    assert said(api) == ["hello"]
    shell.signal(signal.SIGTERM)
    assert shell.ends() == 143
