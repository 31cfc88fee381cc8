"""The process for Python of evaluation files, run by `python`, where the person allows it. An order is a
source, the name of its function and what it is called with. It may take little memory and time. It is no
sandbox.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from ...base.serving import Refused, serve

MEMORY = 1024 * 1024 * 1024  # bytes
SECONDS = 10  # of computing, an order


def answer(order: dict[str, Any]) -> dict[str, Any]:
    """Do an order."""
    names: dict[str, Any] = {"__name__": "evaluation"}
    exec(compile(order["source"], "<evaluation>", "exec"), names)
    function = names.get(order["call"])
    if not callable(function):
        raise Refused(f"it has no function {order['call']}")
    return {"result": function(*order["arguments"])}


def plain(value: Any) -> Any:
    """Give what JSON does not know in a form that it knows."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return value.item() if hasattr(value, "item") else str(value)


def main() -> None:
    serve(answer, plain=plain, memory=MEMORY, seconds=SECONDS)
