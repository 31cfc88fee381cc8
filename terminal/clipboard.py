"""The clipboard: by the system's own tool, or by asking the terminal (OSC 52)."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Mapping
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import TextIO

from chat.base.redact import without_secrets

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
