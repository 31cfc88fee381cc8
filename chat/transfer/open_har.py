"""Requests in a HAR file, as a browser or a proxy records what it sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from ..base.errors import BadValue
from . import bounded
from .opened import Opened, base_of, safe_header


def requests(entries: list[Any], body: Callable[[Any, str], Opened]) -> Iterator[Opened]:
    """Find the entries whose body is a request. The others are counted."""
    others = 0
    found: list[Opened] = []
    for entry in entries:
        request = entry.get("request") if isinstance(entry, dict) else None
        one = (
            _one(request, str(entry.get("startedDateTime", "")), body) if isinstance(request, dict) else None
        )
        others += one is None
        found += [one] if one else []
    if not found:
        raise BadValue(f"none of the {len(entries)} requests in this HAR file is one for a model")
    told = [f"{others} other requests of the HAR file were left aside"] if others else []
    yield from (each.noting(*told) for each in found)


def _one(request: dict[str, Any], when: str, body: Callable[[Any, str], Opened]) -> Opened | None:
    posted = request.get("postData")
    text = posted.get("text") if isinstance(posted, dict) else None
    if not isinstance(text, str) or str(request.get("method", "POST")).upper() != "POST":
        return None
    try:
        found = body(bounded.read(text), "a request of a HAR file")
    except (ValueError, RecursionError, BadValue):
        return None
    names = [str(each.get("name")) for each in _pairs(request.get("headers"))]
    secrets = [name for name in names if not safe_header(name)]
    secrets += ["cookies"] if _pairs(request.get("cookies")) else []
    url = str(request.get("url", ""))
    return replace(
        found,
        form="a request of a HAR file",
        label=f"{when[:19].replace('T', ' ')} {base_of(url)[0]}".strip(),
        url=base_of(url)[0],
        secrets=tuple(dict.fromkeys(secrets)),
    )


def _pairs(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
