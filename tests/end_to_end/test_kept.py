"""What the real shell leaves on the disk: what it should, for its owner alone, and no key."""

from __future__ import annotations

import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import Request, Server, error, models, stream
from tests.support.stored import stored
from tests.support.terminal import Shell

KEY = "sk-echoed-0123456789abcdef"


def answer(request: Request) -> Any:
    """A careless server: it repeats the message, and the key that came with it."""
    if request.path.endswith("/models"):
        return models("test-model")
    said = request.body["messages"][-1]["content"]
    return stream(f"You said {said} ", f"with {request.headers.get('authorization', 'nothing')}")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        server._next = answer  # type: ignore[method-assign, assignment]
        yield server


def files(home: Path) -> list[Path]:
    return [path for path in home.rglob("*") if path.is_file() and "tiktoken" not in path.parts]


def holds(path: Path, text: bytes) -> bool:
    """Whether a file has the text, packed or not."""
    data = path.read_bytes()
    if text in data:
        return True
    at = data.find(b"\x78")
    while at >= 0:
        try:
            if text in zlib.decompressobj().decompress(data[at:], 1_000_000):
                return True
        except zlib.error:
            pass
        at = data.find(b"\x78", at + 1)
    return False


def test_an_ephemeral_shell_leaves_nothing(home: Path, server: Server) -> None:
    """With --ephemeral no file has a word of what was typed or said; within the run it is all there."""
    with Shell("--ephemeral", "--base-url", server.url, "-m", "test-model") as shell:
        shell.ready()
        shell.run("quetzalcoatlus")
        assert "quetzalcoatlus" in shell.run("/search quetzal")
        assert "●1" in shell.run("/conversations")
        shell.run("/retry")
        assert "again" in shell.run("/branches")
        shell.press("\x04")
        assert shell.ends() == 0
    assert [path for path in files(home) if holds(path, b"quetzalcoatlus")] == []
    assert not (home / "conversations.db").exists()


def test_an_ephemeral_shell_leaves_no_word_of_the_endpoint(home: Path, server: Server) -> None:
    """What it learns of a server, as that it takes no stream_options, is gone with it as well."""

    def refusing(request: Request) -> Any:
        if "stream_options" in (request.body if request.method == "POST" else {}):
            return error("400 Bad", "no such parameter", param="stream_options", code="unknown_parameter")
        return answer(request)

    server._next = refusing  # type: ignore[method-assign, assignment]
    with Shell("--ephemeral", "--base-url", server.url, "-m", "test-model") as shell:
        shell.ready()
        assert "takes no stream_options" in shell.run("hello")
        assert "takes no stream_options" not in shell.run("again")
        shell.press("\x04")
        assert shell.ends() == 0
    assert files(home) == []


def test_a_key_that_comes_back_is_not_kept(home: Path, server: Server) -> None:
    """A server that repeats the key, and a person who types it, do not get it onto the disk."""
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.url}
    with Shell("-m", "test-model", "--debug", env=env) as shell:
        shell.ready()
        said = shell.run("hello there")
        assert "You said hello there" in said
        shell.run(f"/title about {KEY}")
        shell.run("/fork main")
        shell.run("/key sk-another-0123456789")  # there is no such argument: the key is asked for
        shell.press("\x04")
        assert shell.ends() == 0
    (turn,) = stored(home)
    assert not any(holds(path, b"sk-another") for path in files(home))
    assert server.requests[-1].headers["authorization"] == f"Bearer {KEY}", "this test would prove nothing"
    assert turn.choice.text == "You said hello there with Bearer [key]"
    kept = files(home)
    assert {home / "conversations.db", home / "history"} <= set(kept)
    assert "/title about [key]" in (home / "history").read_text()
    assert [path.name for path in kept if holds(path, KEY.encode())] == []
    assert {stat.S_IMODE(path.stat().st_mode) for path in files(home)} == {0o600}


def test_the_tree_is_there_in_the_next_shell(home: Path, server: Server) -> None:
    """Branches, names, settings and where the conversation was: one shell leaves them, the next has
    them, by number, by words and by the command line."""
    with Shell("--base-url", server.url, "-m", "test-model") as shell:
        shell.ready()
        shell.run("first")
        shell.run("/fork main")
        shell.run("second")
        shell.run("/retry temperature=0.5")
        shell.run("/set top_p=0.9")
        shell.run("/undo")
        shell.run("second, otherwise")
        drawn = shell.run("/branches")
        shell.press("\x04")
        assert shell.ends() == 0
    with Shell("--base-url", server.url, "-m", "test-model", "--resume") as shell:
        shell.ready()
        assert "conversation 1: first · 4 turns" in shell.text
        assert "top_p 0.9" in shell.toolbar
        assert shell.run("/branches") == drawn
        shell.run("/clear")
        shell.run("another talk")
        assert "conversation 1: first" in shell.run("/resume otherwise")
        assert "temperature 1.0 → 0.5" in shell.run("/diff 2 3")
        shell.run("/switch main")
        shell.run("third")
    sent = [
        message["content"] for message in server.requests[-1].body["messages"] if message["role"] == "user"
    ]
    assert sent == ["first", "second", "third"]
