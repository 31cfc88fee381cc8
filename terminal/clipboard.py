"""The clipboard: by the system's own tool, or by asking the terminal (OSC 52). Pictures come from it, too."""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import TextIO

from chat.base.errors import TemperaError
from chat.base.redact import without_secrets
from chat.media.medium import MOST_BYTES, size

#: Bytes of text that OSC 52 carries in most terminals; longer ones are dropped in silence.
OSC52_LIMIT = 74_994  # the encoded form is then 99,992 characters: hterm's and others' bound

_REMOTE = ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")


def by_tool(text: str, environ: Mapping[str, str]) -> bool:
    """Tell whether the system's tool took it. Over SSH that would be the other machine's clipboard."""
    if any(environ.get(name) for name in _REMOTE):
        return False
    try:
        import pyperclip

        if isinstance(getattr(pyperclip, "subprocess", None), ModuleType):  # the tool lives on after it
            tools = SimpleNamespace(**vars(subprocess))
            tools.Popen = partial(subprocess.Popen, env=without_secrets(environ))
            pyperclip.subprocess = tools
        pyperclip.copy(text)
    except Exception:  # no tool, no display, or a tool that failed
        return False
    return True


def by_terminal(text: str, stream: TextIO) -> bool:
    """Ask the terminal to take it; nothing tells whether it did. False where it is too long."""
    data = text.encode()
    if len(data) > OSC52_LIMIT:
        return False
    stream.write(f"\x1b]52;c;{base64.b64encode(data).decode()}\x07")
    stream.flush()
    return True


# ---- a picture out of it

_PATIENCE = 5.0  # seconds: a tool waits for the program that holds the clipboard
#: (variable without which it has nothing to do, the tool and its arguments)
_WAYLAND = ("WAYLAND_DISPLAY", ("wl-paste", "--no-newline", "--type", "image/png"))
_X11 = ("DISPLAY", ("xclip", "-selection", "clipboard", "-t", "image/png", "-o"))
_MAC = ("", ("pngpaste", "-"))


def picture(environ: Mapping[str, str]) -> bytes:
    """Give the picture that the clipboard holds, as PNG. Raises TemperaError."""
    if any(environ.get(name) for name in _REMOTE):
        raise TemperaError("the clipboard is on the other machine", "copy the file here, and /attach it")
    wanted = (
        [_MAC] if sys.platform == "darwin" else [each for each in (_WAYLAND, _X11) if environ.get(each[0])]
    )
    if not wanted:
        raise TemperaError("there is no clipboard here", "/attach FILE sends a file")
    for _, command in wanted:
        if shutil.which(command[0], path=environ.get("PATH")):
            data = _output(command, environ)
            if not data:
                raise TemperaError("the clipboard holds no picture")
            if len(data) > MOST_BYTES:
                raise TemperaError(f"the clipboard's picture has more than {size(MOST_BYTES)}")
            return data
    raise TemperaError(
        f"pictures are read from the clipboard by {wanted[0][1][0]}, which is not installed",
        "save the picture, and /attach FILE",
    )


def _output(command: Sequence[str], environ: Mapping[str, str]) -> bytes:
    """Give what a tool writes, as far as the limit; nothing where it fails, or takes too long."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=without_secrets(environ),
        )
    except OSError:
        return b""
    with process:
        late = threading.Timer(_PATIENCE, process.kill)
        late.start()
        try:
            assert process.stdout
            data = process.stdout.read(MOST_BYTES + 1)
            if len(data) > MOST_BYTES:
                process.kill()
                return data
        finally:
            late.cancel()
            if process.poll() is None and sys.exc_info()[0]:
                process.kill()
        return data if process.wait() == 0 else b""
