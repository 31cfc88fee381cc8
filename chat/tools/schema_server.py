"""jsonschema's process. Run as a program, by `arguments`.

It reads orders from its standard input, a line of JSON each: a schema, and the arguments of a call; and
answers each with a line. It fetches nothing: a `$ref` leads to the schema itself, or to the published
meta-schemas, which are there. A stranger's schema can take any time and memory: here it has little.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from itertools import islice
from typing import Any

with suppress(ImportError):  # Windows has none: there the time limit of the shell holds
    import resource

MEMORY = 512 * 1024 * 1024  # bytes
SECONDS = 3  # of computing, an order
MOST = 100  # faults that are counted
LONG = 200  # characters of one
TOLD = 3  # faults that are named

if sys.path and sys.path[0] == os.path.dirname(os.path.abspath(__file__)):
    del sys.path[0]  # this folder's modules are not meant to be found by name


def fault(error: Any) -> str:
    """Say what does not fit, and where."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    said = str(error.message)
    said = said if len(said) <= LONG else f"{said[: LONG - 1]}…"
    return f"{path.removeprefix('.') or 'the arguments'}: {said}"


def check(schema: Any, arguments: Any) -> str:
    """Say what of the arguments does not fit; "" where all does, and where the schema says nothing that can
    be held against them."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for
    from jsonschema_specifications import REGISTRY
    from referencing.exceptions import Unresolvable

    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
        found = list(islice(kind(schema, registry=REGISTRY).iter_errors(arguments), MOST))
    except (SchemaError, Unresolvable, RecursionError):
        return ""
    told = [fault(each) for each in sorted(found, key=lambda each: [*map(str, each.absolute_path)])]
    more = f"; and {len(told) - TOLD} more" if len(told) > TOLD else ""
    return "; ".join(told[:TOLD]) + more


def limited() -> None:
    """Allow so many seconds of computing from now on, and little memory."""
    if "resource" in globals():
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime) + 1 + SECONDS
        for name, value in (("RLIMIT_CPU", most), ("RLIMIT_AS", MEMORY), ("RLIMIT_CORE", 0)):
            with suppress(OSError, ValueError, AttributeError):
                resource.setrlimit(
                    getattr(resource, name), (value, resource.getrlimit(getattr(resource, name))[1])
                )


def main() -> None:
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    check({"type": "object"}, {})
    for line in sys.stdin:
        limited()
        order = json.loads(line)
        try:
            said = check(order["schema"], order["arguments"])
        except Exception:  # a stranger's schema
            said = ""
        out.write(json.dumps({"said": said}) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
