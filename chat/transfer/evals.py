"""Read an evaluation from the files that people have: promptfoo's, OpenAI's, tables.

A file may be a stranger's: it is read to a limit, nothing in it runs, and no key in it is kept. What is not
understood is named by its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from ..base import yamlfile
from ..base.errors import BadFile, BadInput
from ..evaluation.suite import Suite
from . import evals_openai, evals_promptfoo, evals_rows
from .evals_files import PROGRAMS, SuiteFiles, check_yaml, is_yaml, json_value

_FORMS = "promptfoo's YAML or JSON, an eval of OpenAI's, JSONL, CSV"


def read(path: Path, data: Path | None = None) -> Suite:
    """Read a suite. `data` has the rows of an OpenAI eval, where they stand in a file of another name.
    Raises BadFile with the line, as far as one is known."""
    beside = SuiteFiles(path)
    try:
        return _read(path, data, beside)
    except BadInput as error:
        raise BadFile(path, error.message, hint=error.hint) from None
    except RecursionError:
        raise BadFile(path, "is nested too deeply") from None


def _read(path: Path, data: Path | None, beside: SuiteFiles) -> Suite:
    ending = path.suffix.lower()
    if ending in PROGRAMS:
        raise BadFile(
            path, "is a program, which is never run to make an evaluation", hint=f"it takes {_FORMS}"
        )
    if ending in (".csv", ".tsv"):
        return evals_rows.suite(path.stem, beside.rows(path), beside)
    if ending in (".jsonl", ".ndjson"):
        return _of_lines(path.stem, beside.rows(path), beside)
    text = beside.text(path)
    if is_yaml(path):
        check_yaml(path, text)
        entries = _entries(path, text)
        if entries is None:
            return _of_value(yamlfile.value(text, path), data, beside)
        try:
            return _of_value({key: each.value for key, each in entries.items()}, data, beside)
        except BadInput as error:
            raise BadFile(path, error.message, _line(entries, error.message), error.hint) from None
    if ending != ".json":
        raise BadFile(path, f"is no evaluation by its name: it takes {_FORMS}")
    return _of_value(json_value(path, text), data, beside)


def _entries(path: Path, text: str) -> dict[str, yamlfile.Entry] | None:
    """Give the entries of a mapping in YAML, or None for a list."""
    first = next((line for line in text.splitlines() if line.strip() and line.lstrip()[0] not in "#%"), "")
    return None if first.startswith(("- ", "[")) or first == "-" else yamlfile.parse(path, text)


def _line(entries: Mapping[str, yamlfile.Entry], message: str) -> int | None:
    """Find the line of the place that a message begins with: tests[3].assert …"""
    import re

    found = re.match(r"(\w+)(?:\[(\d+)\]|\.(\w+))?", message)
    if found is None or found[1] not in entries:
        return None
    entry = entries[found[1]]
    return entry.lines.get(found[2] or found[3] or "", entry.line)


def _of_value(value: Any, data: Path | None, beside: SuiteFiles) -> Suite:
    if evals_openai.looks_like(value):
        return evals_openai.read(value, data, beside)
    if evals_promptfoo.looks_like(value):
        return evals_promptfoo.read(value, beside)
    if isinstance(value, list) and value:
        if all(isinstance(each, Mapping) and _is_test(each) for each in value):
            return evals_promptfoo.read({"tests": value}, beside)
        return _of_lines(beside.path.stem, enumerate(value, 1), beside)
    raise BadFile(beside.path, "holds no evaluation", hint=f"it takes {_FORMS}")


def _is_test(row: Any) -> bool:
    return isinstance(row, Mapping) and isinstance(row.get("vars"), Mapping)


def _of_lines(name: str, rows: Iterator[tuple[int, Any]], beside: SuiteFiles) -> Suite:
    """Make a suite of rows of JSON, by what the first of them is."""
    first = next(rows, None)
    if first is None:
        raise BadFile(beside.path, "has no rows")
    every = chain([first], rows)
    if evals_openai.is_item(first[1]):
        return evals_openai.of_items(name, every, beside)
    if _is_test(first[1]):
        return evals_promptfoo.read({"tests": [row for _, row in every]}, beside)
    return evals_rows.suite(name, every, beside)
