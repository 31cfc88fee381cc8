"""Write requests as lines of a batch's file. Pure.

A request's id names run, sample and batch: `r12-c345-1f3a9c02`. So an answer finds its sample whatever the
order, and one of another machine's run 12 is told apart.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .providers import Provider
from .state import Batch

_ID = re.compile(r"r(\d{1,15})-c(\d{1,10})-([0-9a-f]{8})", re.ASCII)
#: Fields of a body that say how an answer comes, which a batch decides.
HOW = ("stream", "stream_options")


def custom_id(batch: Batch, number: int) -> str:
    """Give the id of a sample's request."""
    return f"r{batch.run}-c{number}-{batch.tail}"


def read_id(text: Any) -> tuple[int, int, str] | None:
    """Read run, number of the sample, and the beginning of its batch's key; None where it is no such id."""
    found = _ID.fullmatch(text) if isinstance(text, str) else None
    return (int(found[1]), int(found[2]), found[3]) if found else None


def carried(body: Mapping[str, Any]) -> dict[str, Any]:
    """Give a body without what a batch can't carry."""
    return {name: value for name, value in body.items() if name not in HOW}


def line(batch: Batch, number: int, body: Mapping[str, Any], provider: Provider) -> bytes:
    """Write the request of a sample, whose `body` is as it was `carried`."""
    record: dict[str, Any] = {"custom_id": custom_id(batch, number)}
    if provider.method:
        record["method"] = "POST"
    if provider.url:
        record["url"] = provider.url
    record["body"] = {name: value for name, value in body.items() if provider.model or name != "model"}
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
