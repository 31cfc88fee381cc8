"""jsonschema's process, run by `judge`. An order is a schema, and a value to hold against it.

It fetches nothing: a `$ref` leads to the schema itself or to the published meta-schemas, which are there. It
may take little memory and time: a pattern can take for ever.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

from ..base.serving import serve

MEMORY = 512 * 1024 * 1024  # bytes beyond what is there once it is loaded
SECONDS = 3  # of computing, an order
TOLD = 20  # faults that are named
COUNTED = 200  # and that are counted
_LONG = 200  # characters of a sentence
_FAR = 300  # and of a place


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


def main() -> None:
    answer({"schema": {"type": "object"}, "value": {}})  # so that all of it is loaded
    serve(
        answer,
        said=lambda error: short(f"{type(error).__name__}: {error}"),
        memory=MEMORY,
        seconds=SECONDS,
        sealed=True,
    )
