"""Open a request, whatever it was written in: JSON, a command line, a program, a recording, a trace.

A text may be a stranger's: it is read to a limit, nothing in it runs, and no key or cookie in it is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from ..base.errors import BadValue
from . import bounded
from .opened import MOST_MESSAGES, Opened, TooMuch, settled

LARGEST = 64 * 1024 * 1024  # bytes
#: Requests of one text that are read; a further one is taken by its number.
MOST = 50
_LINES = 50_000  # requests in a Batch file, by the API's own limit

_FORMS = "JSON, a curl or HTTPie command, Python or JavaScript, a HAR file, a trace"


def read(text: str, number: int | None = None) -> Sequence[Opened]:
    """Find the requests in a text, at most MOST and one. With a number, from 1, find that one alone: it is
    the number of a line in a file of lines and in a program, else that of a request. Raises BadValue if
    there is none, and says what is wrong with the text as the form that it looked like."""
    text = text.lstrip("\ufeff").strip()
    if not text:
        raise BadValue("there is nothing to open", f"it takes {_FORMS}")
    try:
        found = _found(text, number)
        given = list(islice(found, MOST + 1)) if number is None else [_numbered(found, number)]
        return _settled(given)
    except RecursionError:
        raise BadValue("it is nested too deeply") from None


def _settled(given: Sequence[Opened]) -> Sequence[Opened]:
    """Settle each; of several, those that can't be are left aside."""
    made: list[Opened] = []
    refused: list[BadValue] = []
    for each in given:
        try:
            made.append(each if each.file else settled(each))
        except BadValue as error:
            refused.append(error)
    if not made:
        raise refused[0]
    if refused:
        many = "another request" if len(refused) == 1 else f"{len(refused)} other requests"
        note = f"{many} can't be opened: {refused[0].message}"
        made = [each.noting(note) for each in made]
    return made


def _numbered(found: Iterator[Opened], number: int) -> Opened:
    """Pick the request of a line, or, if requests don't tell their lines, the one of that number."""
    counted: list[Opened] = []
    for each in found:
        if each.label.partition(",")[0] == f"line {number}":
            return each
        counted.append(each)
    if not any(each.label.startswith("line ") for each in counted) and len(counted) >= number:
        return counted[number - 1]
    if len(counted) == 1:
        raise BadValue(f"there is no line {number}: this is one request")
    lines = ", ".join(each.label.removeprefix("line ").partition(",")[0] for each in counted[:8])
    many = (
        f"requests are 1 to {len(counted)}" if lines.strip(", 0123456789") else f"requests begin in {lines}"
    )
    raise BadValue(f"no request has the number {number}: {many}")


def _found(text: str, number: int | None) -> Iterator[Opened]:
    from . import open_curl  # each reader loads what it needs, only for what it reads

    if text[0] in "{[":
        yield from _json(text, number)
    elif open_curl.is_command(text):
        yield from open_curl.requests(text)
    else:
        yield from _program(text)


def _json(text: str, number: int | None) -> Iterator[Opened]:
    from . import open_json

    first, _, rest = text.partition("\n")
    if rest and text[0] == "{" and _whole(first):
        yield from _lines(text, number)
        return
    if text.count('"role"') > 20 * MOST_MESSAGES:
        raise BadValue(f"it has too many messages: at most {MOST_MESSAGES:,} in a request can be opened")
    try:
        value = bounded.read(text)
    except json.JSONDecodeError as error:
        value = _several(text, error) if error.msg == "Extra data" else _with_comments(text, error)
    yield from open_json.requests(value)


def _whole(line: str) -> bool:
    """Tell whether a line is a value of JSON by itself."""
    try:
        return isinstance(bounded.read(line), dict)
    except ValueError:
        return False


def _lines(text: str, number: int | None) -> Iterator[Opened]:
    """Read a file of lines, each a request; blank ones do not count as any. A trace is one, however many."""
    from . import open_json, open_traces

    count = text.count("\n") + 1
    if count > 2 * _LINES:
        raise TooMuch(f"a file of {count:,} lines: at most {_LINES:,} requests can be looked through")
    if number is not None and number > count:
        raise BadValue(f"there is no line {number}: the last is {count}")
    for at, each in enumerate(text.split("\n"), 1):
        if not each.strip() or number not in (None, at):
            continue
        try:
            value = bounded.read(each)
        except ValueError:
            raise BadValue(f"line {at} is no JSON") from None
        if open_traces.is_trace(value):
            yield from open_traces.requests([bounded.read(one) for one in text.split("\n") if one.strip()])
            return
        for found in open_json.requests(value):
            yield replace(found, label=", ".join(filter(None, (f"line {at}", found.label))))


def _several(text: str, error: json.JSONDecodeError) -> object:
    """Read values that stand one after another, as exporters of traces print them."""
    try:
        values = bounded.each(text)
    except ValueError:
        return _with_comments(text, error)
    return [one for each in values for one in (each if isinstance(each, list) else [each])]


def _with_comments(text: str, error: json.JSONDecodeError) -> object:
    """Read JSON with comments and trailing commas, or an object as JavaScript has it."""
    from . import open_javascript

    with suppress(BadValue):
        return open_javascript.value(text)
    raise BadValue(f"this is no JSON: {error.msg}, line {error.lineno}, column {error.colno}")


def _program(text: str) -> Iterator[Opened]:
    """Read Python, or JavaScript if it is no Python."""
    from . import open_javascript, open_python

    if len(text) > open_python.LARGEST:
        raise BadValue("this is neither JSON nor a command, and too long for a program", f"it takes {_FORMS}")
    if not any(word in text for word in ("messages", "completion", "responses", "input")):
        raise BadValue("this is no request", f"it takes {_FORMS}")
    try:
        yield from open_python.requests(text)
    except TooMuch:
        raise
    except BadValue as error:  # a call of fetch may be sound Python, too
        try:
            yield from open_javascript.requests(text)
        except BadValue as other:
            both = isinstance(error, open_python.NotPython)
            said = f"{other.message}; {error.message}" if both else error.message
            raise BadValue(said, f"it takes {_FORMS}") from None
