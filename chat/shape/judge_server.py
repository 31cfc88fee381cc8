"""jsonschema's process. Run as a program, by `judge`.

It reads orders from its standard input, a line of JSON each: a schema, and a value to hold against it;
and answers each with a line. It fetches nothing: a `$ref` leads to the schema itself or to the published
meta-schemas, which are there. It may take little memory and time: a pattern can take for ever.
"""

from __future__ import annotations

import json
import os
import re
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


#: What a text has to be of a format, beside those that jsonschema knows by itself.
_DATE, _TIME = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
_ZONE = r"(z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)"
FORMATS = {
    "date-time": rf"{_DATE}[t\s]{_TIME}{_ZONE}",
    "time": _TIME + _ZONE,
    "email": r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]*[a-z0-9])?",
    "uri": r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+",
    "hostname": r"(?=.{1,253}\.?$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    r"(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?",
    "duration": r"P(?!$)((\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?|(\d+W)?)",
    "uuid": r"(urn:uuid:)?[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}",
}


class UnknownFormat(Exception):
    """A format that nothing here can hold a text against."""


def checker(schema: Any) -> Any:
    """Make what holds texts against formats. Raises UnknownFormat for one that the schema names in vain."""
    from jsonschema import FormatChecker

    own = FormatChecker(("date", "ipv4", "ipv6", "regex"))

    def fits(pattern: str) -> Any:
        whole = re.compile(pattern, re.IGNORECASE)
        return lambda text: not isinstance(text, str) or whole.fullmatch(text) is not None

    for name, pattern in FORMATS.items():
        own.checkers = {**own.checkers, name: (fits(pattern), ())}
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            named = part.get("format")
            if isinstance(named, str) and named not in own.checkers:
                raise UnknownFormat(named)
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return own


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
        formats = checker(schema) if order.get("formats") else None
        held = kind(schema, registry=REGISTRY, format_checker=formats)
        found = list(islice(held.iter_errors(order["value"]), COUNTED))
    except SchemaError as error:
        return {"bad": {"place": pointer(error.absolute_path), "said": short(error.message)}}
    except UnknownFormat as error:
        return {"bad": {"place": "", "said": f"the format {short(str(error))} is not known"}}
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
