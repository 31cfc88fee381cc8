"""The three streams and the environment: who can be asked, what may be coloured, where notices go."""

from __future__ import annotations

import io
import os
import select
from collections.abc import Iterator
from typing import Any

import pytest

from terminal.streams import Quiet, Terminal, is_tty

termios = pytest.importorskip("termios")


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal(stdin: bool = True, stdout: bool = True, stderr: bool = True, **more: Any) -> Terminal:
    """A terminal whose streams are one, or files."""
    made = [Tty() if is_one else io.StringIO() for is_one in (stdin, stdout, stderr)]
    one_shot = more.pop("one_shot", False)
    terminal = Terminal(*made, **{"environ": {}, **more})
    terminal.one_shot = one_shot
    return terminal


def test_notices_share_the_terminal_with_the_answer() -> None:
    """On a terminal everything goes to stdout, in its order."""
    made = terminal()
    assert made.notices is made.stdout


@pytest.mark.parametrize(("stdout", "one_shot"), [(False, False), (True, True), (False, True)])
def test_notices_stay_out_of_the_answer(stdout: bool, one_shot: bool) -> None:
    """For a file, a pipe or a single answer, stdout carries the answer alone: notices go to stderr."""
    made = terminal(stdout=stdout, one_shot=one_shot)
    assert made.notices is made.stderr


@pytest.mark.parametrize(
    ("stdin", "stdout", "stderr", "asked"),
    [
        (True, True, True, True),
        (True, True, False, True),
        (True, False, True, True),
        (True, False, False, False),
        (False, True, True, False),
        (False, False, False, False),
    ],
)
def test_a_person_is_asked_only_where_one_is(stdin: bool, stdout: bool, stderr: bool, asked: bool) -> None:
    """Questions need a terminal to be read from and one to be shown on."""
    assert terminal(stdin, stdout, stderr).interactive is asked


@pytest.mark.parametrize(
    ("environ", "is_one", "styled"),
    [
        ({}, True, True),
        ({"TERM": "xterm"}, True, True),
        ({"NO_COLOR": ""}, True, True),
        ({"NO_COLOR": "1"}, True, False),
        ({"TERM": "dumb"}, True, False),
        ({}, False, False),
    ],
)
def test_styles_are_for_terminals_that_want_them(environ: dict[str, str], is_one: bool, styled: bool) -> None:
    """No styles in files and pipes, none where NO_COLOR is set to something, none on a dumb terminal."""
    made = terminal(stdout=is_one, environ=environ)
    assert made.colour(made.stdout) is styled


def test_a_closed_stream_is_no_terminal() -> None:
    """A stream that is closed, or none at all, is asked for nothing."""
    closed = io.StringIO()
    closed.close()
    assert not is_tty(closed)
    assert not is_tty(None)  # type: ignore[arg-type]


class Piped(io.StringIO):
    """A stdin with bytes behind it."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.buffer = io.BytesIO(data)


@pytest.mark.parametrize(
    ("message", "piped", "text"),
    [
        ("", b"question\n", "question"),
        ("Summarize:", b"line 1\r\nline 2\n", "Summarize:\n\nline 1\nline 2"),
        ("hi", b"", "hi"),
        ("", b"", ""),
        ("", b"\n\n  indented\n", "  indented"),
        ("", "日本\n".encode(), "日本"),
        ("", b"caf\xe9\0 \xff", "caf\ufffd \ufffd"),
        ("", b"/exit\n/set temperature 9\n", "/exit\n/set temperature 9"),
    ],
)
def test_what_is_piped_stands_below_the_message(message: str, piped: bytes, text: str) -> None:
    """Piped text is text whatever its bytes are, and goes after what was asked."""
    assert Terminal(stdin=Piped(piped), environ={}).with_piped(message) == text


def test_text_that_the_encoding_cant_hold_is_replaced() -> None:
    """An answer in Japanese on a Latin-1 terminal shows question marks instead of failing."""
    raw = io.BytesIO()
    made = Terminal(stdout=io.TextIOWrapper(raw, "latin-1"), stderr=io.StringIO(), environ={})
    made.prepare()
    made.stdout.write("é 日")
    made.stdout.flush()
    assert raw.getvalue() == "é ?".encode("latin-1")


def test_a_reader_that_is_gone_causes_no_error() -> None:
    """When whoever reads has read enough, what is still buffered goes nowhere."""
    reader, writer = os.pipe()
    stream = os.fdopen(writer, "w")
    stream.write("never read")
    os.close(reader)
    Terminal(stdout=stream, environ={}).discard()
    stream.close()
    assert stream.closed


# ---- a terminal that shows no typing


@pytest.fixture
def pty() -> Iterator[tuple[int, Any]]:
    """(the end of the one who types, the stream of the one who reads)."""
    ours, theirs = os.openpty()
    stream = os.fdopen(theirs, "r")
    yield ours, stream
    stream.close()
    os.close(ours)


def echoes(stream: Any) -> bool:
    return bool(termios.tcgetattr(stream)[3] & termios.ECHO)


def test_typing_is_not_shown_while_nothing_reads_it(pty: tuple[int, Any]) -> None:
    """Inside, nothing echoes and Ctrl-C still makes a signal; afterwards all is as it was found."""
    _, stream = pty
    before = termios.tcgetattr(stream)
    with Quiet(stream):
        inside = termios.tcgetattr(stream)
        assert not inside[3] & (termios.ECHO | termios.ICANON)
        assert inside[3] & termios.ISIG
        assert not inside[0] & termios.ICRNL
    assert termios.tcgetattr(stream) == before


def test_the_terminal_is_put_right_after_an_exception(pty: tuple[int, Any]) -> None:
    """However the run ends, the terminal echoes again."""
    _, stream = pty
    with pytest.raises(ZeroDivisionError), Quiet(stream):
        raise ZeroDivisionError
    assert echoes(stream)


def test_a_program_of_ones_own_gets_the_terminal_as_it_was(pty: tuple[int, Any]) -> None:
    """An editor, a pager or an installer sees a terminal that echoes; after it the quiet goes on."""
    _, stream = pty
    with Quiet(stream) as quiet:
        with quiet.loud():
            assert echoes(stream)
        assert not echoes(stream)
        with pytest.raises(ZeroDivisionError), quiet.loud():
            raise ZeroDivisionError
        assert not echoes(stream)


def test_ctrl_c_does_not_make_the_system_forget_what_was_typed(
    pty: tuple[int, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands unread when Ctrl-C is pressed is still there: the system would drop it."""
    ours, stream = pty
    with Quiet(stream):
        os.write(ours, b"typed ahead\x03 and on")
        assert select.select([stream], [], [], 10)[0], "it has arrived"
        assert os.read(stream.fileno(), 100) == b"typed ahead and on"


def test_without_a_terminal_nothing_happens() -> None:
    """Pipes and files have no echo to put out."""
    stream = io.StringIO("text")
    with Quiet(stream) as quiet, quiet.loud():
        assert quiet.keys is None
    assert stream.read() == "text"
