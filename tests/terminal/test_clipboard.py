"""The clipboard: the system's tool where this is the person's machine, else the terminal's OSC 52."""

from __future__ import annotations

import base64
import io
import re
import subprocess
from pathlib import Path

import pyperclip
import pytest

from terminal.clipboard import OSC52_LIMIT, by_terminal, by_tool


def test_the_systems_tool_takes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    monkeypatch.setattr(pyperclip, "copy", taken.append)
    assert by_tool("text", {}) and taken == ["text"]


def test_over_ssh_the_tool_is_another_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pyperclip, "copy", lambda text: pytest.fail("it went to the wrong clipboard"))
    assert not by_tool("text", {"SSH_TTY": "/dev/pts/1"})


def test_a_tool_that_fails_is_no_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str) -> None:
        raise pyperclip.PyperclipException("no display")

    monkeypatch.setattr(pyperclip, "copy", fail)
    assert not by_tool("text", {})


@pytest.mark.parametrize("text", ["plain", "Grüße 你好 👍", "\x1b]52;c;evil\x07", ""])
def test_the_terminal_gets_it_encoded(text: str) -> None:
    """Base64: nothing in the text can end the sequence, or begin another."""
    out = io.StringIO()
    assert by_terminal(text, out)
    sent = re.fullmatch(r"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", out.getvalue())
    assert sent and base64.b64decode(sent[1]) == text.encode()


def test_what_terminals_would_drop_is_not_sent() -> None:
    out = io.StringIO()
    assert not by_terminal("x" * (OSC52_LIMIT + 1), out) and not out.getvalue()
    assert by_terminal("x" * OSC52_LIMIT, out)


def test_the_systems_tool_inherits_no_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """xclip and its like live on after the shell, with the environment that they were given."""
    seen = tmp_path / "seen"

    def copy(text: str) -> None:
        program = ["/bin/sh", "-c", f"env > {seen}"]
        pyperclip.subprocess.Popen(program, close_fds=True).wait()

    monkeypatch.setattr(pyperclip, "subprocess", subprocess)
    monkeypatch.setattr(pyperclip, "copy", copy)
    assert by_tool("text", {"DISPLAY": ":0", "MYCRED": "sk-abcdefghij"})
    assert "DISPLAY=:0" in seen.read_text()
    assert "sk-" not in seen.read_text()
