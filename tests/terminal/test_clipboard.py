"""The clipboard: the system's tool where this is the person's machine, else the terminal's OSC 52."""

from __future__ import annotations

import base64
import io
import re
import subprocess
from pathlib import Path

import pyperclip
import pytest

from chat.base.errors import TemperaError
from terminal.clipboard import OSC52_LIMIT, by_terminal, by_tool, picture


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


# ---- a picture out of it


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """wl-paste, on a desktop where nothing else is: a script that a test fills."""
    monkeypatch.setattr("sys.platform", "linux")
    program = tmp_path / "wl-paste"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o700)
    return program


def desktop(tool: Path) -> dict[str, str]:
    return {
        "WAYLAND_DISPLAY": "wayland-0",
        "PATH": f"{tool.parent}:/usr/bin:/bin",
        "OPENAI_API_KEY": "sk-" + "x" * 30,
    }


def test_a_picture_comes_as_png(tool: Path) -> None:
    """The tool is asked for image/png, and gets no key; what it writes is taken as it is."""
    tool.write_text('#!/bin/sh\nprintf "%s" "$* [$OPENAI_API_KEY]"\n')
    assert picture(desktop(tool)) == b"--no-newline --type image/png []"


def test_what_is_no_picture_is_said(tool: Path) -> None:
    """Where it holds text, the tool fails; over SSH, and without a desktop or a tool, it is not tried."""
    for environ, said in (
        (desktop(tool), "holds no picture"),
        ({**desktop(tool), "SSH_TTY": "/dev/pts/1"}, "on the other machine"),
        ({"PATH": "/usr/bin"}, "there is no clipboard here"),
        ({"DISPLAY": ":0", "PATH": str(tool.parent)}, "by xclip, which is not installed"),
    ):
        with pytest.raises(TemperaError, match=said):
            picture(environ)


def test_a_tool_that_writes_for_ever_is_ended(tool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so much is read; one that writes nothing for long is ended, too."""
    monkeypatch.setattr("terminal.clipboard.MOST_BYTES", 10_000)
    monkeypatch.setattr("terminal.clipboard._PATIENCE", 0.1)
    tool.write_text("#!/bin/sh\nexec yes\n")
    with pytest.raises(TemperaError, match="more than 10 kB"):
        picture(desktop(tool))
    tool.write_text("#!/bin/sh\nexec sleep 30\n")
    with pytest.raises(TemperaError, match="holds no picture"):
        picture(desktop(tool))
