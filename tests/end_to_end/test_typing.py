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
    begin: Callable[..., Shell], api: Api, pressed: list[str], text: str
) -> None:
    """It is shown when the answer is over, and nothing of it is sent or run unseen."""
    shell = begin()
    begin_story(shell)
    for keys in pressed:
        shell.press(keys)
        shell.look_on(0.05)
    shell.interrupt()
    shell.ready()
    stands(shell, text)
    assert said(api) == [STORY]
    shell.press("\x7f\r" if text == "/show" else "\r")
    shell.ready()


def test_an_answer_that_ends_by_itself_leaves_what_was_typed(begin: Callable[..., Shell], api: Api) -> None:
    """Without Ctrl-C it stands there, too, and Enter sends it."""
    shell = begin()
    begin_story(shell)
    shell.press("and more\r")
    shell.ready()
    stands(shell, "and more")
    shell.press("\r")
    shell.ready()
    assert said(api) == [STORY, "and more"]


def test_ctrl_c_pressed_as_a_key_keeps_what_was_typed(begin: Callable[..., Shell], api: Api) -> None:
    """The terminal's own Ctrl-C stops the answer, and the system does not drop what stood unread."""
    shell = begin()
    begin_story(shell)
    shell.press("kept")
    shell.look_on(0.05)
    shell.press("\x03")
    shell.ready()
    stands(shell, "kept")


def test_what_is_typed_ahead_does_not_answer_a_question(begin: Callable[..., Shell], api: Api) -> None:
    """A question that comes up meanwhile is answered by what is typed at it."""
    refused = error("400 Bad Request", "seed is not supported", param="seed")
    shell = begin()
    shell.run("/set seed 4")

    def late(connection: Any) -> None:
        time.sleep(1)
        connection.sendall(refused)

    api.reply(late, stream("fine"))
    shell.type("hello")
    shell.look_on(0.3)
    shell.press("y\r")
    shell.wait("send again")
    shell.look_on(0.3)
    assert said(api) == ["hello"]
    shell.type("n")
    shell.ready()
    stands(shell, "y")
    assert "hello" in shell.window
    assert said(api) == ["hello"]


# ---- what failed comes back


def test_a_command_that_is_typed_where_a_message_came_back_is_run(
    begin: Callable[..., Shell], api: Api
) -> None:
    """The failed text makes room for it, comes back after it, and is never glued to it."""
    shell = begin()
    api.reply(error("404 Not Found"))
    shell.type("hello")
    shell.ready()
    stands(shell, "hello")
    for command in ("/set temperature 0.5", "/show"):
        shell.type(command)
        shell.ready()
        stands(shell, "hello")
    assert "temperature" in shell.text
    shell.press(" /and more\r")
    shell.ready()
    assert said(api) == ["hello", "hello /and more"]


def test_ctrl_c_takes_the_command_back_and_leaves_the_failed_text(
    begin: Callable[..., Shell], api: Api
) -> None:
    """What was put aside comes back as well where the command is not run; the toolbar says that it waits."""
    shell = begin()
    api.reply(error("404 Not Found"))
    shell.type("hello")
    shell.ready()
    shell.press("/mod")
    shell.until(lambda: shell.typed == "/mod", "the failed text is in the way")
    shell.wait("after this: hello")
    shell.press("\x03")
    stands(shell, "hello")
    shell.press("\x03")
    stands(shell, "")


def test_what_was_typed_while_a_message_failed_comes_first(begin: Callable[..., Shell], api: Api) -> None:
    """It may go on being typed; the failed text comes after it, and nothing is put together."""
    shell = begin()

    def late(connection: Any) -> None:
        time.sleep(1)
        connection.sendall(error("404 Not Found"))

    api.reply(late, stream("fine"))
    shell.type("hello")
    shell.look_on(0.3)
    shell.press("and mo")
    shell.ready()
    stands(shell, "and mo")
    shell.wait("after this: hello")
    shell.type("re")
    shell.ready()
    assert said(api) == ["hello", "and more"]
    stands(shell, "hello")


# ---- start-up


@pytest.mark.parametrize("how", ["key", "signal"])
@pytest.mark.parametrize("after", [0.0, 0.1, 0.2, 0.3, 0.5])
def test_ctrl_c_while_the_shell_starts_loses_nothing(
    begin: Callable[..., Shell], api: Api, how: str, after: float
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


@pytest.mark.parametrize("after", [0.0, 0.02, 0.05, 0.1, 0.2])
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
    begin: Callable[..., Shell], api: Api, data: str, text: str
) -> None:
    """They stand in the prompt, to be looked at; Enter sends them as one."""
    shell = begin()
    shell.press(data)
    last = text.rpartition("\n")[2].expandtabs(4)
    shell.until(lambda: f"· {last}" in shell.window, "the last line is missing")
    shell.look_on(0.3)
    assert said(api) == []
    shell.press("\r")
    shell.ready()
    assert said(api) == [text]


@pytest.mark.parametrize("paste", ["\x1b[200~a\tb\x1b[201~\r", "a\tb\r"])
def test_tabs_in_pastes_stay_tabs(begin: Callable[..., Shell], api: Api, paste: str) -> None:
    """A tab that comes with text is text, whether the terminal says that it is pasted or not."""
    shell = begin()
    shell.press(paste)
    shell.ready()
    assert said(api) == ["a\tb"]


def test_a_dumb_terminal_shows_what_stands_there(begin: Callable[..., Shell], api: Api) -> None:
    """A failed text, and lines that arrive together, are seen where nothing is painted, too."""
    api.reply(error("404 Not Found"))
    shell = begin(ready=False, TERM="dumb")
    shell.wait("help\n>")
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
