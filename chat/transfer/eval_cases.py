"""Keep cases in a file of promptfoo's tests: YAML, since people read and edit it.

Texts of many lines stand there as they are, and comments say why a case is there; both would be lost in
JSONL. The file is a list of tests, or a configuration that has them under `tests`. What is changed is one
item; every other byte stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..base import files, yamlfile, yamlitems
from ..base.errors import BadFile, BadInput
from ..evaluation.suite import Assertion, Case
from . import evals_assertions
from .evals_files import LARGEST_YAML, SuiteFiles, is_yaml
from .evals_to_promptfoo import test_case

_HEAD = """\
# Cases: what a prompt is asked with, and what is expected of its answer. /eval now {name} asks the prompt in
# force with each. promptfoo takes them, too (tests: file://{name}).

"""


def expectation(text: str, path: Path) -> tuple[Assertion, tuple[str, ...]]:
    """Read what is expected in the notation of promptfoo's CSV: `contains: Paris`; a text alone is to be
    equal. Give (the assertion, what of it is not understood). Raises BadInput."""
    beside = SuiteFiles(path)
    made = evals_assertions.short(text.strip(), "expected", beside)
    if made.value in ("", None) and ":" in text:
        raise BadInput(f"{made.name} has nothing to hold the answer against")
    if isinstance(made.value, str) and made.value != made.value.strip():
        made = Assertion(made.type, made.value.strip(), made.threshold, negated=made.negated)
    return made, tuple(note.why for note in beside.notes)


def read(path: Path) -> list[Any]:
    """Give the tests of a file, as they stand there; none where there is no file. Raises BadFile."""
    text = _text(path)
    return yamlitems.items(path, text, _key(path, text))


def asking(path: Path, variables: Mapping[str, Any]) -> list[int]:
    """Give the numbers of the cases that ask with these variables. Raises BadFile."""
    wanted = dict(variables)
    found = enumerate(read(path), 1)
    return [number for number, each in found if isinstance(each, Mapping) and each.get("vars") == wanted]


def add(path: Path, case: Case) -> tuple[int, bool]:
    """Add a case. Give (its number, whether it is new: the same one is not written twice). Raises BadFile."""
    text = _text(path)
    key, item = _key(path, text), test_case(case)
    found = yamlitems.items(path, text, key)
    if item in found:
        return found.index(item) + 1, False
    made = yamlitems.add(path, text or _HEAD.format(name=path.name), item, key)
    if len(made.encode()) > LARGEST_YAML:
        raise BadFile(path, f"would have more than {files.megabytes(LARGEST_YAML)} of YAML")
    files.write_whole(path, made)
    return len(found) + 1, True


def remove(path: Path, number: int) -> Any:
    """Take the case of that number out, and give it. Raises BadInput if there is none, and BadFile."""
    text = _text(path)
    key = _key(path, text)
    found = yamlitems.items(path, text, key)
    if not 1 <= number <= len(found):
        there = f"there are cases 1 to {len(found)}" if found else "there are none"
        raise BadInput(f"{path.name} has no case {number}: {there}")
    files.write_whole(path, yamlitems.remove(path, text, number - 1, key))
    return found[number - 1]


def described(item: Any) -> tuple[str, str]:
    """Say (what a test asks with, what it expects), a line each."""
    if not isinstance(item, Mapping):
        return str(item), ""
    given = item.get("vars")
    if isinstance(given, Mapping):
        given = "; ".join(f"{name}: {value}" for name, value in given.items())
    held = item.get("assert")
    parts = [_short(each) for each in (held if isinstance(held, list) else [])]
    return " ".join(str(given or item.get("description") or "").split()), "; ".join(parts)


def _short(given: Any) -> str:
    if not isinstance(given, Mapping):
        return " ".join(str(given).split())
    value = given.get("value")
    return str(given.get("type")) + ("" if value is None else ": " + " ".join(str(value).split()))


def _text(path: Path) -> str:
    if not is_yaml(path):
        raise BadInput(f"{path.name} is no YAML", "cases are kept in YAML: cases.yaml")
    return files.read_text(path, LARGEST_YAML, absent="")


def _key(path: Path, text: str) -> str:
    """Name the key of the list: a configuration has one, a list of tests is the list itself."""
    return "tests" if isinstance(yamlfile.value(text, path), Mapping) else ""
