"""No key leaves this program in a sentence: text without what is, or looks like, a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

#: What is shorter than this many characters is no secret: it would be found in any text.
SHORTEST = 8

#: Parts of the name of a header, or of a query's parameter, that carries what proves who asks.
SECRET_NAME = re.compile(r"auth|key|token|secret|cookie|password|credential|signature", re.IGNORECASE)

_LIKE_A_KEY = re.compile(r"\b(?:sk|pk|rk)-[\w-]{8,}|(?i:bearer)\s+[^\s\"']{8,}")


def secrets_in(environ: Mapping[str, str]) -> list[str]:
    """Give the values of an environment that may be keys, by their names."""
    return [value.strip() for name, value in environ.items() if "KEY" in name or "TOKEN" in name]


def _worth_hiding(secrets: Iterable[str]) -> list[str]:
    """The longest first: one that begins with another would leave its rest in the text."""
    return sorted((each for each in set(secrets) if len(each) >= SHORTEST), key=len, reverse=True)


def hide(text: str, secrets: Iterable[str]) -> str:
    """Take these secrets out of a text."""
    for secret in _worth_hiding(secrets):
        text = text.replace(secret, "[key]")
    return text


def spelt(secrets: Iterable[str]) -> tuple[bytes, ...]:
    """Give these secrets as they may stand among bytes: as they are, and as JSON writes them."""
    import json  # late: the prompt's history hides keys, too, and needs none of it

    found: dict[bytes, None] = {}
    for secret in _worth_hiding(secrets):
        quoted = [json.dumps(secret, ensure_ascii=ascii)[1:-1] for ascii in (True, False)]
        for text in (secret, *quoted, *(each.replace("/", "\\/") for each in quoted)):
            found[text.encode("utf-8", "surrogateescape")] = None
    return tuple(found)


def hide_bytes(data: bytes, spelt: Iterable[bytes]) -> bytes:
    """Take secrets, as they are `spelt`, out of bytes that may become shorter."""
    for secret in spelt:
        data = data.replace(secret, b"[key]")
    return data


def cover(data: bytes | bytearray, secrets: Iterable[str]) -> bytes | bytearray:
    """Take these secrets out of bytes that keep their length, for they are known by where their
    pieces end. Those of a long answer are megabytes: they are copied only where a secret is there."""
    for secret in _worth_hiding(secrets):
        found = secret.encode("utf-8", "surrogateescape")
        if found in data:
            data = data.replace(found, b"[key]".ljust(len(found), b"*"))
    return data


def redact(text: str, key: str = "") -> str:
    """Take `key`, and anything that looks like a key, out of a text."""
    return _LIKE_A_KEY.sub("[key]", text.replace(key, "[key]") if key else text)
