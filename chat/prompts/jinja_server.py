"""jinja2's process. Run as a program, by `jinja`.

It reads orders from its standard input, a line of JSON each, and answers each with a line. It has no
secrets, opens no file once it is loaded, and may take little memory and time: the sandbox alone stops
neither nested loops nor huge texts.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import Any

with suppress(ImportError):  # Windows has none: there the time limit and the counted output hold
    import resource

MEMORY = 256 * 1024 * 1024  # bytes beyond what is there once it is loaded
SECONDS = 1  # of computing, an order
OUTPUT = 1_000_000  # characters, of all texts of an order

if sys.path and sys.path[0] == os.path.dirname(os.path.abspath(__file__)):
    del sys.path[0]  # this folder's modules are not meant to be found by name here


class TooLong(Exception):
    """More came out than is taken."""


def made() -> Any:
    """Make the sandbox: no loader, no random text, and an error for every missing value."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True
    )
    environment.globals.pop("lipsum", None)
    return environment


def nunjucks() -> Any:
    """Make a sandbox that fills as Nunjucks does: what is missing is empty, a list is its values with
    commas, and `dump` writes JSON. A mapping is JSON, too, where Nunjucks writes [object Object] of it."""
    from jinja2 import ChainableUndefined

    def shown(value: Any) -> Any:
        if value is None:
            return ""
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            return int(value)
        if isinstance(value, list) and not any(isinstance(each, list | dict) for each in value):
            return ",".join(str(shown(each)) for each in value)
        return json.dumps(value, ensure_ascii=False) if isinstance(value, bool | list | dict) else value

    def dump(value: Any, indent: int | None = None) -> str:
        missing = isinstance(value, ChainableUndefined)
        return "" if missing else json.dumps(value, ensure_ascii=False, indent=indent)

    environment = made()
    environment.undefined = ChainableUndefined
    environment.finalize = shown
    environment.filters["dump"] = dump
    return environment


def answer(environment: Any, order: dict[str, Any]) -> list[str]:
    """Do an order: render `texts` with `values`, or name the variables of the texts."""
    from jinja2 import meta

    if order["do"] == "names":
        found: dict[str, None] = {}
        for text in order["texts"]:
            found.update(dict.fromkeys(sorted(meta.find_undeclared_variables(environment.parse(text)))))
        return [name for name in found if name not in environment.globals]
    size, done = 0, []
    for text in order["texts"]:
        pieces = []
        for piece in environment.from_string(text).generate(order["values"]):
            size += len(piece)
            if size > OUTPUT:
                raise TooLong
            pieces.append(piece)
        done.append("".join(pieces))
    return done


def limited() -> None:
    """Allow little memory and no file; more time comes with each order."""
    if "resource" not in globals():
        return
    with suppress(OSError, ValueError), open("/proc/self/statm") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    for name, most in (("RLIMIT_CORE", 0), ("RLIMIT_FSIZE", 0), ("RLIMIT_NPROC", 0)):
        with suppress(OSError, ValueError, AttributeError):
            resource.setrlimit(getattr(resource, name), (most, most))


def timed() -> None:
    """Allow so many seconds of computing from now on."""
    if "resource" in globals():
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime) + 1 + SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def main() -> None:
    environment, lenient = made(), nunjucks()
    answer(environment, {"do": "render", "texts": ["{{ a }}"], "values": {"a": "loaded"}})
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    limited()
    for line in sys.stdin:
        timed()
        try:
            order = json.loads(line)
            wanted = lenient if order["do"] == "nunjucks" else environment
            reply: dict[str, object] = {"result": answer(wanted, order)}
        except TooLong:
            reply = {"failed": f"it makes more than {OUTPUT:,} characters"}
        except MemoryError:
            reply = {"failed": "it takes too much memory"}
        except RecursionError:
            reply = {"failed": "it is nested too deeply"}
        except Exception as error:
            reply = {"failed": f"{error}"[:300] or type(error).__name__}
        print(json.dumps(reply), file=out, flush=True)


if __name__ == "__main__":
    main()
