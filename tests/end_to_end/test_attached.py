"""-a on the command line: files, addresses and standard input go with the message, and what can't is a sentence."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

import shell as program
from terminal.streams import Terminal

from ..support import pictures as made
from ..support.server import Api, Server, stream
from ..support.terminal import environment
from .test_one_shot import at


def inside(*args: str, piped: bytes = b"") -> tuple[int, str, str]:
    """Run the program in this process: its status, and what it wrote on stdout and stderr."""
    streams = [io.TextIOWrapper(io.BytesIO(data), "utf-8", newline="") for data in (piped, b"", b"")]
    status = program.main(args, Terminal(*streams, environ=environment()))
    said = []
    for each in streams[1:]:
        each.flush()
        said.append(each.buffer.getvalue().decode())  # type: ignore[attr-defined]
    return status, said[0], said[1]


def content(server: Server) -> Any:
    """The content of the only message that was sent."""
    (body,) = [each.body for each in server.requests if each.method == "POST"]
    return body["messages"][-1]["content"]


@pytest.fixture
def api() -> Any:
    with Api() as running:
        yield running


def test_a_file_and_an_address_go_with_the_message(api: Api, tmp_path: Path) -> None:
    """Several -a, in their order; what they are is told on stderr, the answer stands alone on stdout."""
    (tmp_path / "red.png").write_bytes(made.png(30, 20))
    api.reply(stream("red"))
    status, out, told = inside(
        *at(api), "-a", str(tmp_path / "red.png"), "--attach", "https://example.org/b.png", "which?"
    )
    assert (status, out) == (0, "red\n")
    assert [each["type"] for each in content(api)] == ["text", "image_url", "image_url"]
    assert "red.png (PNG, 30×20" in told and "\x1b" not in told


def test_standard_input_can_be_a_picture(api: Api) -> None:
    """-a - takes the bytes of the pipe, which are then no text of the message."""
    api.reply(stream("red"))
    status, *_ = inside(*at(api), "-a", "-", "which?", piped=made.png(30, 20))
    text, picture = content(api)
    assert status == 0 and text["text"] == "which?"
    assert picture["image_url"]["url"].startswith("data:image/png;base64,")


def test_a_picture_needs_no_words(api: Api, tmp_path: Path) -> None:
    """What is attached can be all of the message."""
    (tmp_path / "red.png").write_bytes(made.png(30, 20))
    api.reply(stream("red"))
    assert inside(*at(api), "-a", str(tmp_path / "red.png"))[0] == 0
    assert [each["type"] for each in content(api)] == ["image_url"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "there is no such file"),
        (made.bomb(), "which is 10,000 million pixels"),
        (b"\0\1\2\xff", "nothing that is known here"),
        (b"", "is empty"),
    ],
)
def test_what_can_not_be_sent_ends_with_a_sentence(
    api: Api, tmp_path: Path, data: bytes | None, said: str
) -> None:
    """Nothing is sent then, and the status is that of a misuse."""
    if data is not None:
        (tmp_path / "it").write_bytes(data)
    status, out, told = inside(*at(api), "-a", str(tmp_path / "it"), "which?")
    assert status == 2 and not out and said in told and "Traceback" not in told
    assert not [each for each in api.requests if each.method == "POST"]
