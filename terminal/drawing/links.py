"""Links that can be pressed (OSC 8), and what their text must not hide. Pure.

A model writes both the text and the address. Only addresses of the web and of mail can be pressed,
their characters are harmless, and a text that looks like another address has its true one behind it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from urllib.parse import urlsplit

from markdown_it.token import Token

_HARMLESS = re.compile(r"(?:https?://|mailto:)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+\Z", re.IGNORECASE)
_LONGEST = 2000  # characters of an address; terminals take no more
#: A text, or a part of it, that a reader takes for an address.
_LOOKS = re.compile(r"(?:https?://|www\.|mailto:|\S+@)\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b", re.IGNORECASE)


def pressed(text: str, address: str) -> str:
    """Write a text, styles and all, as a link. The number lets a terminal take the lines of one for one."""
    number = zlib.crc32(address.encode("utf-8", "replace"))
    return f"\x1b]8;id={number:x};{address}\x1b\\{text}\x1b]8;;\x1b\\"


def harmless(address: str) -> bool:
    """Tell whether an address may be given to the terminal."""
    return len(address) <= _LONGEST and bool(_HARMLESS.match(address))


def honest(children: Sequence[Token]) -> list[Token]:
    """Return the tokens of a line with its links as they may be pressed. What may not be, or whose text
    looks like another address, has its address behind it."""
    out: list[Token] = []
    opened: list[tuple[str, int]] = []  # (address, where the text begins)
    for token in children:
        if token.type == "link_open":
            address = str(token.attrs.get("href", ""))
            opened.append((address, len(out) + 1))
            if harmless(address):
                out.append(token)
            continue
        if token.type != "link_close" or not opened:
            out.append(token)
            continue
        address, begun = opened.pop()
        text = "".join(each.content for each in out[begun - (not harmless(address)) :])
        if harmless(address):
            out.append(token)
        if not harmless(address) or lies(text, address):
            out.append(Token("text", "", 0, content=f" ({address})"))
    return out


def lies(text: str, address: str) -> bool:
    """Tell whether a text looks like the address of somebody else."""
    return any(_host(found[0]) != _host(address) for found in _LOOKS.finditer(text)) or not text.strip()


def _host(address: str) -> str:
    """Return whose address this is: a host, without `www.`."""
    scheme, colon, rest = address.partition(":")
    if scheme.lower() == "mailto" and colon:
        address = rest.partition("?")[0]
    if "://" not in address:
        address = f"https://{address}"
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
