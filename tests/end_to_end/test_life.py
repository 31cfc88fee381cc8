"""The end of the shell: its model ends with it, its terminal is as it was, its status is right."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chat.conversation.turn import INTERRUPTED
from tests.support.server import Api
from tests.support.stored import stored
from tests.support.terminal import PATIENCE, STORY, Shell, begin_story

from .conftest import KEY, write_profile

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="it looks into /proc")

CTRL_D = "\x04"


@pytest.fixture
def local(home: Path) -> Iterator[Shell]:
    """A shell of its own for each test, with the model running."""
    with Shell("--local") as shell:
        shell.ready()
        shell.loaded()
        yield shell


def parent_and_state(process: int) -> tuple[int, str]:
    """From /proc; (0, "") where there is no such process."""
    try:
        state, parent = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[:2]
    except (OSError, ValueError):
        return 0, ""
    return int(parent), state


def children(shell: Shell, program: str) -> list[int]:
    """The processes that the shell has started of this program."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if (
                entry.name.isdecimal()
                and parent_and_state(int(entry.name))[0] == shell.child.pid
                and program.encode() in (entry / "cmdline").read_bytes()
            ):
                found.append(int(entry.name))
    return found


def model_of(shell: Shell) -> int:
    """The process of the shell's embedded model."""
    found = children(shell, "embedded_server.py")
    assert len(found) == 1, f"the shell has {len(found)} embedded models"
    return found[0]


def tokenizer_of(shell: Shell) -> int:
    """The process in which tiktoken runs; it counts the tokens of models that have no own way."""
    found = children(shell, "tokenizer_server.py")
    assert len(found) == 1, f"the shell has {len(found)} processes of tiktoken"
    return found[0]


def eventually(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def ended(process: int) -> bool:
    """Gone, or a zombie without threads that nobody has waited for yet."""
    if parent_and_state(process)[1] not in ("", "Z", "X"):
        return False
    try:
        return len(os.listdir(f"/proc/{process}/task")) <= 1
    except OSError:
        return True


def is_sane(shell: Shell) -> bool:
    """Whether the terminal echoes, reads lines and takes CR for the end of one, as it did before."""
    modes = termios.tcgetattr(shell.child.child_fd)
    return bool(modes[0] & termios.ICRNL and modes[3] & termios.ECHO and modes[3] & termios.ICANON)


def assert_put_right(shell: Shell) -> None:
    assert is_sane(shell), "the terminal was left raw"
    for switched_on, switched_off, what in (
        (b"\x1b[?2004h", b"\x1b[?2004l", "bracketed paste was left on"),
        (b"\x1b[?25l", b"\x1b[?25h", "the cursor was left hidden"),
        (b"\x1b[?7l", b"\x1b[?7h", "wrapping was left off"),
    ):
        assert shell.raw.rfind(switched_on) <= shell.raw.rfind(switched_off), what


def test_ctrl_d_ends_the_model_too(local: Shell) -> None:
    """Ctrl-D at an empty prompt: status 0, terminal as it was, no process left."""
    model = model_of(local)
    local.press(CTRL_D)
    assert local.ends() == 0
    assert_put_right(local)
    eventually(lambda: ended(model), "the model lived on")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_at_the_prompt_ends_all(home: Path, api: Api, number: int, status: int) -> None:
    """SIGTERM or SIGHUP at the prompt: 128 and the number, terminal as it was. (That the model ends of them as well
    is seen where they come in an answer.)"""
    write_profile(home, api)
    with Shell("-p", "here") as shell:
        shell.ready()
        end_at_the_prompt(shell, number, status)


def end_at_the_prompt(shell: Shell, number: int, status: int) -> None:
    """Send the signal while something is typed; the status is right, and so is the terminal."""
    shell.press("half a message")
    shell.until(lambda: shell.typed == "half a message", "nothing was typed")
    assert not is_sane(shell), "this test would not notice a terminal left raw"
    shell.signal(number)
    assert shell.ends() == status
    assert_put_right(shell)


def test_a_signal_in_an_answer_ends_all_and_stores_it(local: Shell, home: Path) -> None:
    """SIGTERM while an answer streams: the same, tiktoken's process too, and what had arrived is in the
    store. (A window that is closed sends SIGHUP, see below; both, in a comparison, are in
    test_compare.py.)"""
    local.run('/tokens "a" "b"')
    local.until(lambda: children(local, "tokenizer_server.py"), "tiktoken did not start")
    model, tokenizer = model_of(local), tokenizer_of(local)
    begin_story(local)
    local.signal(signal.SIGTERM)
    assert local.ends() == 143
    assert_put_right(local)
    eventually(lambda: ended(model), "the model lived on")
    eventually(lambda: ended(tokenizer), "tiktoken's process lived on")
    (turn,) = stored(home)
    assert turn.answer.ended == INTERRUPTED
    assert len(turn.choice.text) >= 20 and turn.request.whole["messages"][-1]["content"] == STORY


def test_the_model_does_not_outlive_a_killed_shell(local: Shell) -> None:
    """SIGKILL, which no shell can answer, in the middle of an answer: the model ends by itself."""
    model = model_of(local)
    begin_story(local)
    local.signal(signal.SIGKILL)
    assert local.ends() == 128 + signal.SIGKILL
    eventually(lambda: ended(model), "the model lived on")


def test_a_window_closed_in_an_answer_loses_nothing_of_it(local: Shell, home: Path) -> None:
    """The terminal goes away while an answer streams: it is stored as far as it came, and nothing runs on."""
    model, shell = model_of(local), local.child.pid
    begin_story(local)
    local.child.ptyproc.fileobj.close()
    eventually(lambda: ended(shell), "the shell lived on without a terminal")
    eventually(lambda: ended(model), "the model lived on")
    (turn,) = stored(home)
    assert turn.answer.ended == INTERRUPTED and len(turn.choice.text) >= 20


def test_a_model_that_was_killed_is_started_again(local: Shell) -> None:
    """The model's own death costs a sentence and the text back, not the shell: the next try works. What
    failed before it was sent was not interrupted, either."""
    local.run("/set temperature=0 max_tokens=5")
    first = model_of(local)
    os.kill(first, signal.SIGKILL)
    eventually(lambda: ended(first), "SIGKILL did not end it")
    said = local.run("hello there")
    assert "the embedded model's process has ended" in said
    assert "interrupted" not in said
    local.until(lambda: local.typed == "hello there", "the text did not come back")
    assert "5 out" in local.run("")
    assert model_of(local) != first


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc/net/tcp")
def test_the_model_is_for_its_shell_alone(shell: Shell) -> None:
    """Nobody else on the network, and nobody else on the machine, can use the embedded model; and the
    person's API key does not reach the environment of its process."""
    model = model_of(shell)
    addresses = list(_listening(model))
    assert len(addresses) == 1, addresses
    host, port = addresses[0]
    assert host == "0100007F", f"the model listens on {host}, not on 127.0.0.1"
    for headers in ({}, {"Authorization": "Bearer guessed"}):
        for method, path in (("POST", "/v1/chat/completions"), ("POST", "/tokenize"), ("GET", "/props")):
            assert _status(port, method, path, headers) == 401, f"{path} is answered without the key"
    environ = Path(f"/proc/{model}/environ").read_bytes()
    assert environ and KEY.encode() not in environ
    assert KEY.encode() in Path(f"/proc/{shell.child.pid}/environ").read_bytes()


def _listening(process: int) -> Iterator[tuple[str, int]]:
    """(address in hexadecimal, port) of each TCP socket on which the process takes connections."""
    links = []
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(OSError):
            links.append(os.readlink(descriptor))
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{process}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in links:
                host, _, port = fields[1].partition(":")
                yield host, int(port, 16)


def _status(port: int, method: str, path: str, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        body = b'{"messages": [{"role": "user", "content": "hi"}], "max_tokens": 1, "content": "hi"}'
        connection.request(method, path, body, {"Content-Type": "application/json", **headers})
        return connection.getresponse().status
    finally:
        connection.close()


def test_leaving_while_the_model_loads_leaves_no_process(home: Path) -> None:
    """Ctrl-D while the model still loads ends it as well."""
    with Shell("--local") as shell:
        shell.ready()
        eventually(lambda: _started(shell), "the model never started")
        model = model_of(shell)
        shell.press(CTRL_D)
        assert shell.ends() == 0
        eventually(lambda: ended(model), "the model lived on")


def _started(shell: Shell) -> bool:
    """Whether the shell's embedded model runs, as that program, by now."""
    with contextlib.suppress(AssertionError):
        return bool(model_of(shell))
    return False
