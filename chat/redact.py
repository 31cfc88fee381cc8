"""No key leaves this program in a sentence: text without what is, or looks like, a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

#: What is shorter than this many characters is no secret: it would be found in any text.
SHORTEST = 8

_LIKE_A_KEY = re.compile(r"\b(?:sk|pk|rk)-[\w-]{8,}|(?i:bearer)\s+[^\s\"']{8,}")


def secrets_in(environ: Mapping[str, str]) -> list[str]:
    """The values of an environment that may be keys, by their names."""
    return [value.strip() for name, value in environ.items() if "KEY" in name or "TOKEN" in name]


def hide(text: str, secrets: Iterable[str]) -> str:
    """The text without these secrets."""
    for secret in secrets:
        if len(secret) >= SHORTEST:
            text = text.replace(secret, "[key]")
    return text


def redact(text: str, key: str = "") -> str:
    """The text with `key`, and anything that looks like a key, replaced by [key]."""
    return _LIKE_A_KEY.sub("[key]", text.replace(key, "[key]") if key else text)


def without(data: bytes | bytearray, secrets: Iterable[str]) -> bytes | bytearray:
    """As many bytes without these secrets, should somebody have typed one into a message. Those of
    a long answer are megabytes: they are copied only where one of them is there."""
    for secret in secrets:
        found = secret.encode("utf-8", "surrogateescape")
        if len(found) >= SHORTEST and found in data:
            data = data.replace(found, b"[key]".ljust(len(found), b"*"))
    return data
