r"""Take halves of characters (lone surrogates) out of what comes in, at the edges and nowhere else.

No file, database, request or terminal can hold one. They come of a terminal or a command line whose bytes
are no UTF-8, and of JSON that spells one, as "\ud83d" alone. The edges are: what is typed, pasted or piped;
the command line; files, where `files` refuses them; and what servers and other programs wrote as JSON. What
is inside is whole, and is not looked at again.
"""

from __future__ import annotations

import json
import re
from typing import Any

_SPELT = re.compile(r"\\u[dD][89a-fA-F]")
_HALF = re.compile("[\ud800-\udfff]")
_HALVES = re.compile("[\ud800-\udfff]+")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


def whole(text: str) -> str:
    """Give the text with U+FFFD for each half; two halves that belong together become their character."""
    if not has_half(text):
        return text
    text = _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)
    return _HALVES.sub(
        lambda run: "\ufffd" * len(run[0]), text
    )  # the codec does the same, ten times slower where there are many


def has_half(text: str) -> bool:
    """Tell whether a half of a character is in the text."""
    return _HALF.search(text) is not None


def read_json(written: str | bytes, **how: Any) -> Any:
    """Read JSON, without halves in any text of it. Raises ValueError and RecursionError, as json does."""
    if isinstance(written, bytes):
        written = written.decode(json.detect_encoding(written), "replace").removeprefix("\ufeff")
    value = json.loads(written, **how)
    return cleaned(value) if _SPELT.search(written) else value


def cleaned(value: Any) -> Any:
    """Clean a value that was read from JSON: make every text in it whole."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, dict):
        return {whole(name): cleaned(inner) for name, inner in value.items()}
    return [cleaned(inner) for inner in value] if isinstance(value, list) else value
