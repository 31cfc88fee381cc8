"""Find where each token of an answer stands in its text, so that the text can be cut before it.

A token may be a part of a character: `events` then tells its bytes (`\\xf0\\x9f`). Text is only
ever cut between characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..base.dataclass import dataclass

_SPELT = re.compile(r"\\x([89a-f][0-9a-f])")


@dataclass(frozen=True)
class Position:
    """A token's place: the answer's text `before` it; None where it begins inside a character or
    its place in the text is not known. `within`: the numbers of the tokens (from 1, first and
    last) that make the character up, where that is why."""

    before: str | None = None
    within: tuple[int, int] | None = None


def is_part(token: str) -> bool:
    """Tell whether a token is, or seems to be, a part of a character, which no text can hold."""
    return "\ufffd" in token or _SPELT.search(token) is not None


def position(tokens: Sequence[str], text: str, number: int) -> Position:
    """Give the place of token `number`, from 1."""
    data = text.encode()
    starts = [0]
    for token in tokens[:number]:
        end = _end(data, starts[-1], token)
        if end is None:
            break
        starts.append(end)
    if len(starts) < number:
        return Position()
    at = starts[number - 1]
    if _between(data, at):
        return Position(data[:at].decode())
    first = number
    while not _between(data, starts[first - 1]):
        first -= 1
    last = number
    while last < len(tokens):
        end = _end(data, starts[last - 1], tokens[last - 1])
        if end is None or _between(data, end):
            break
        starts[last:] = [end]
        last += 1
    return Position(within=(first, last))


def _end(data: bytes, start: int, token: str) -> int | None:
    """Tell where a token that begins there ends: as it reads, or as its bytes are spelt."""
    for raw in (token.encode(), _unspelt(token)):
        if data.startswith(raw, start):
            return start + len(raw)
    return None


def _unspelt(token: str) -> bytes:
    out, at = b"", 0
    for found in _SPELT.finditer(token):
        out += token[at : found.start()].encode() + bytes.fromhex(found[1])
        at = found.end()
    return out + token[at:].encode()


def _between(data: bytes, at: int) -> bool:
    """Tell whether no character is cut there."""
    return at >= len(data) or data[at] & 0xC0 != 0x80
