"""No key leaves this program in a sentence: text without what is, or looks like, a secret."""

from __future__ import annotations

import re

_LIKE_A_KEY = re.compile(r"\b(?:sk|pk|rk)-[\w-]{8,}|(?i:bearer)\s+[^\s\"']{8,}")


def redact(text: str, key: str = "") -> str:
    """The text with `key`, and anything that looks like a key, replaced by [key]."""
    return _LIKE_A_KEY.sub("[key]", text.replace(key, "[key]") if key else text)
