"""Do orders in a process of its own: the other end of `child`, for programs that `alone` runs.

`serve` is the loop, with its limits; what is done with an order is the program's own. It ends at once when
its input does: the shell is gone then. What its work prints goes to standard error, which the shell bounds,
and there is nothing to read from standard input.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO, NoReturn

with suppress(ImportError):  # Windows has none: there time limits and bounds hold
    import resource

_LONG = 300  # characters of what is said of an error


class Refused(Exception):
    """An order that is not done; the sentence says why."""


def said_of(error: BaseException) -> str:
    """Say what an error is, on one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:_LONG].removesuffix(":")


def serve(
    answer: Callable[[Any], dict[str, Any]],
    *,
    said: Callable[[BaseException], str] = said_of,
    plain: Callable[[Any], Any] | None = None,
    memory: int = 0,
    seconds: int = 0,
    sealed: bool = False,
    leave: Callable[[], object] = lambda: os._exit(0),
) -> NoReturn:
    """Answer orders until the input closes, which calls `leave`. An error is answered by {"failed": …}, the
    sentence that `said` makes of it; `plain` turns what JSON does not know into what it knows. An order may
    take `seconds` of computing; for `memory` and `sealed` see `limited`."""
    orders, replies = opened()
    came: list[bytes] = []
    waiting = threading.Semaphore(0)

    def listen() -> None:  # also while an order is done
        for line in orders:
            came.append(line)
            waiting.release()
        leave()

    threading.Thread(target=listen, daemon=True).start()
    limited(memory, sealed)
    pid = os.getpid()
    while True:
        waiting.acquire()
        line = came.pop(0)
        _timed(seconds)
        try:
            text = json.dumps(answer(json.loads(line)), default=plain, allow_nan=False)
        except Refused as error:
            text = _failed(str(error))
        except MemoryError:
            text = _failed("it takes too much memory")
        except RecursionError:
            text = _failed("it is nested too deeply, or leads back to itself")
        except BaseException as error:  # SystemExit, and the panics of native code
            text = _failed(said(error))
        if os.getpid() != pid:  # what ran forked, and its child came back here
            os._exit(0)
        _write(replies, text)


def _failed(why: str) -> str:
    return json.dumps({"failed": why})


def opened() -> tuple[BinaryIO, BinaryIO]:
    """Give what orders come from, and where replies go. From now on standard output is standard error, and
    standard input is empty."""
    orders, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return orders, replies


def reply(to: BinaryIO, said: dict[str, Any]) -> None:
    """Write a reply."""
    _write(to, json.dumps(said))


def _write(to: BinaryIO, text: str) -> None:
    to.write(text.encode() + b"\n")
    to.flush()


def limited(memory: int = 0, sealed: bool = False) -> None:
    """Allow no dump of memory, and at most `memory` bytes of it. `sealed`: so many beyond those in use by
    now, no file to write and nothing to start."""
    limits = {"RLIMIT_CORE": 0}
    if sealed:
        limits |= {"RLIMIT_FSIZE": 0, "RLIMIT_NPROC": 0}
        with suppress(OSError, ValueError, NameError), open("/proc/self/statm") as file:
            limits["RLIMIT_AS"] = int(file.read().split()[0]) * resource.getpagesize() + memory
    elif memory:
        limits["RLIMIT_AS"] = memory
    for name, most in limits.items():
        with suppress(OSError, ValueError, AttributeError, NameError):
            _, hard = resource.getrlimit(getattr(resource, name))
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(getattr(resource, name), (most, most if sealed else hard))


def _timed(seconds: int) -> None:
    """Allow so many seconds of computing from now on; 0: as many as it takes."""
    with suppress(NameError):
        if seconds:
            used = resource.getrusage(resource.RUSAGE_SELF)
            most = int(used.ru_utime + used.ru_stime) + 1 + seconds
            resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))
