"""Read back what a run of an evaluation left: our own JSON, or promptfoo's file of results.

A file may be a stranger's: it is read to a limit, each value is checked, and one clear sentence says what is
wrong. What was sent is not taken from it: a run that is read is compared with another, and not gone on with.
"""

from __future__ import annotations

from pathlib import Path

from ..base import files
from ..base.errors import BadFile, BadValue
from ..evaluation.results import EvalRun, Sample
from .eval_results_own import Own
from .eval_results_promptfoo import Theirs
from .eval_stream import JsonReader

_HINT = "it takes what eval --json or --promptfoo wrote, and promptfoo's own results as JSON"


def read(path: Path) -> tuple[EvalRun, tuple[Sample, ...]]:
    """Read a run and its samples. Raises BadFile."""
    with files.opened(path) as file:
        reader = JsonReader(path, file)
        try:
            return _read(path, reader)
        except BadValue as error:
            raise reader.problem(error.message) from None
        except RecursionError:
            raise reader.problem("is nested too deeply") from None


def _read(path: Path, reader: JsonReader) -> tuple[EvalRun, tuple[Sample, ...]]:
    if not reader.is_object():
        raise BadFile(path, "is no file of results", hint=_HINT)
    own, theirs = Own(), Theirs()
    seen: set[str] = set()
    for name in reader.members():
        if name in seen:
            raise BadValue(f"has {name[:80]} twice")
        if not (own.member(name, reader) or theirs.member(name, reader)):
            reader.skip()
            continue
        seen.add(name)
    reader.end()
    for each in (own, theirs):
        if each.is_one:
            return each.run()
    raise BadFile(path, "is no file of results", hint=_HINT)
