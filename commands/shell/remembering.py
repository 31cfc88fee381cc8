"""What the prompt's history keeps of a line that was typed: no key, and no request with what it holds."""

from __future__ import annotations

from collections.abc import Sequence

from chat.base.redact import hide, redact


def remembered(line: str, secrets: Sequence[str]) -> str:
    """Give what of a typed line may be kept."""
    line = redact(hide(line, secrets))
    if not line.startswith("/open "):
        return line
    from ..talk.open import remembered as without_request

    return without_request(line)
