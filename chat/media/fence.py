"""Text of a file within a message, between two lines that nothing in it can imitate."""

from __future__ import annotations

import secrets

from ..base.escapes import visible
from ..base.short import cut

_LONGEST_NAME = 200


def fenced(name: str, text: str) -> str:
    """Give the text with a line before and a line after it, which hold the file's name, and a number that
    is made now: what the file says about its own end is not it."""
    mark = secrets.token_hex(4)
    while mark in text:
        mark = secrets.token_hex(4)
    shown = cut(visible(" ".join(name.split())), _LONGEST_NAME)
    end = "" if text.endswith("\n") else "\n"
    return f"----- {shown} ({mark}) -----\n{text}{end}----- end of {shown} ({mark}) -----"
