"""The process for Python of evaluation files. Run as a program, by `python`, where the person allows it.

It reads orders from its standard input, a line of JSON each: a source, the name of its function and what it
is called with; and answers each with a line. It may take little memory and time. It is no sandbox.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import threading
from contextlib import suppress
from typing import Any

with suppress(ImportError):  # Windows has none: there the time limit holds
    import resource

MEMORY = 1024 * 1024 * 1024  # bytes
SECONDS = 10  # of computing, an order
_LONG = 300  # characters of a fault

if sys.path and sys.path[0] == os.path.dirname(os.path.abspath(__file__)):
    del sys.path[0]  # this folder's modules are not meant to be found by name here


def answer(order: dict[str, Any]) -> dict[str, Any]:
    """Do an order."""
    names: dict[str, Any] = {"__name__": "evaluation"}
    exec(compile(order["source"], "<evaluation>", "exec"), names)
    function = names.get(order["call"])
    if not callable(function):
        return {"failed": f"it has no function {order['call']}"}
    return {"result": function(*order["arguments"])}


def plain(value: Any) -> Any:
    """Give what JSON does not know in a form that it knows."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return value.item() if hasattr(value, "item") else str(value)


def limited() -> None:
    """Allow so much memory."""
    if "resource" in globals():
        for name, most in (("RLIMIT_AS", MEMORY), ("RLIMIT_CORE", 0)):
            with suppress(OSError, ValueError):
                resource.setrlimit(getattr(resource, name), (most, most))


def timed() -> None:
    """Allow so many seconds of computing from now on."""
    if "resource" in globals():
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime) + 1 + SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def main() -> None:
    orders, out = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    limited()
    done = threading.Semaphore(0)
    lines: list[str] = []

    def listen() -> None:
        for line in orders:
            lines.append(line)
            done.release()
        os._exit(0)  # the shell is gone: what runs is not waited for

    threading.Thread(target=listen, daemon=True).start()
    while done.acquire():
        timed()
        try:
            reply = json.dumps(answer(json.loads(lines.pop())), default=plain, allow_nan=False)
        except MemoryError:
            reply = json.dumps({"failed": "it takes too much memory"})
        except BaseException as error:  # whatever it raises, SystemExit too
            said = " ".join(f"{type(error).__name__}: {error}".split())
            reply = json.dumps({"failed": said[:_LONG]})
        print(reply, file=out, flush=True)


if __name__ == "__main__":
    main()
