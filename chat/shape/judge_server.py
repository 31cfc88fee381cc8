"""jsonschema's process. Run as a program, by `judge`.

It reads orders from its standard input, a line of JSON each: a schema, and a value to hold against it;
and answers each with a line. It fetches nothing: a `$ref` leads to the schema itself or to the published
meta-schemas, which are there. It may take little memory and time: a pattern can take for ever.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from itertools import islice
from typing import Any

with suppress(ImportError):  # Windows has none: there the time limit holds
    import resource

MEMORY = 512 * 1024 * 1024  # bytes beyond what is there once it is loaded
SECONDS = 3  # of computing, an order
TOLD = 20  # faults that are named
COUNTED = 200  # and that are counted
_LONG = 200  # characters of a sentence
_FAR = 300  # and of a place

if sys.path and sys.path[0] == os.path.dirname(os.path.abspath(__file__)):
    del sys.path[0]  # this folder's modules are not meant to be found by name here


def pointer(path: Any) -> str:
    """Write a path as a JSON Pointer."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def short(text: str) -> str:
    """Cut a sentence in its middle, since its end says what is wrong."""
    text = " ".join(text.split())
    return text if len(text) <= _LONG else f"{text[: _LONG // 3]} … {text[-_LONG // 2 :]}"


def answer(order: dict[str, Any]) -> dict[str, Any]:
    """Do an order."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError, best_match, relevance
    from jsonschema.validators import validator_for
    from jsonschema_specifications import REGISTRY
    from referencing.exceptions import Unresolvable

    schema = order["schema"]
    if not isinstance(schema, dict | bool):
        return {"bad": {"place": "", "said": "it is no JSON Schema: that is an object"}}
    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
        if "value" not in order:
            return {"faults": [], "count": 0}
        found = list(islice(kind(schema, registry=REGISTRY).iter_errors(order["value"]), COUNTED))
    except SchemaError as error:
        return {"bad": {"place": pointer(error.absolute_path), "said": short(error.message)}}
    except Unresolvable as error:
        return {"bad": {"place": "", "said": short(f"its $ref {error.ref} leads nowhere: none is fetched")}}
    told = []
    for each in sorted(found, key=relevance, reverse=True)[:TOLD]:
        inner = best_match([each]) or each
        told.append({"place": pointer(inner.absolute_path)[:_FAR], "said": short(inner.message)})
    return {"faults": told, "count": len(found)}


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
    answer({"schema": {"type": "object"}, "value": {}})  # so that all of it is loaded
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    limited()
    for line in sys.stdin:
        timed()
        try:
            reply = answer(json.loads(line))
        except MemoryError:
            reply = {"failed": "it takes too much memory"}
        except RecursionError:
            reply = {"failed": "it is nested too deeply, or leads back to itself"}
        except Exception as error:
            reply = {"failed": short(f"{type(error).__name__}: {error}")}
        print(json.dumps(reply), file=out, flush=True)


if __name__ == "__main__":
    main()
