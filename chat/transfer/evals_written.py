"""Write an evaluation in the form that a file's name, and its reader, want."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ..base import files, yamlfile
from ..base.errors import BadFile, BadInput
from ..base.redact import hide_bytes, spelt
from ..evaluation.suite import NotUnderstood, Suite
from . import bounded
from .eval_clean import public
from .evals_files import LARGEST, LARGEST_YAML
from .evals_left_out import LeftOut

#: The forms, with what each is for.
FORMS = {
    "promptfoo": "promptfoo's configuration (.yaml, .json), or its tests alone (.jsonl, .csv, .tsv)",
    "openai": "an eval of OpenAI's with its runs (.json), its rows beside it; or rows alone (.jsonl)",
    "samples": "samples of the older openai/evals (.jsonl)",
}
_ENDINGS = {
    "promptfoo": (".yaml", ".yml", ".json", ".jsonl", ".csv", ".tsv"),
    "openai": (".json", ".jsonl"),
    "samples": (".jsonl",),
}
_SCHEMA = "# yaml-language-server: $schema=https://promptfoo.dev/config-schema.json\n"
_ALONE = "cases alone say nothing of it: left out"


class WrittenEval(NamedTuple):
    """What is to be written: each file with its bytes, what they are, and what they do not say."""

    files: dict[Path, bytes]
    what: str
    notes: tuple[NotUnderstood, ...]


def ending(form: str) -> str:
    """Give the ending that a form has where nobody says one."""
    return _ENDINGS[form][0]


def paths(out: Path, form: str) -> list[Path]:
    """Give the files that a form makes, those that others name first. Raises BadInput for an ending that it
    does not have."""
    if out.suffix.lower() not in _ENDINGS[form]:
        known = ", ".join(_ENDINGS[form])
        ways = [name for name, endings in _ENDINGS.items() if out.suffix.lower() in endings]
        hint = f"--as {ways[0]} has it" if ways else ""
        raise BadInput(f"{out.name} has an ending that says no form: this writes {known}", hint)
    if form == "openai" and out.suffix.lower() == ".json":
        return [out.with_suffix(".jsonl"), out]
    return [out]


def write(suite: Suite, out: Path, form: str, secrets: Iterable[str] = ()) -> WrittenEval:
    """Write a suite, without these secrets and without what proves who asks. Raises BadInput, BadFile."""
    left = LeftOut()
    suite = _public(suite, left)
    made, what = _openai(suite, out, left) if form == "openai" else _texts(suite, out, form, left)
    hidden, done = spelt(secrets), {}
    for path, text in made.items():
        whole = text.encode()
        done[path] = hide_bytes(whole, hidden)
        if done[path] != whole:
            left.note(path.name, "a key of this run stood in it: [key] stands there")
        if path.suffix.lower() == ".json" and len(text) > bounded.MOST_VALUES:
            _refuse_unread(path, text)
        most = LARGEST_YAML if path.suffix.lower() in (".yaml", ".yml") else LARGEST
        if len(done[path]) > most:
            raise _too_long(path, most)
    return WrittenEval(done, what, tuple(left.notes))


def _refuse_unread(path: Path, text: str) -> None:
    """Raise BadFile for JSON that has more values than are read of one piece."""
    try:
        bounded.read(text)
    except BadInput:
        problem = f"would have more than the {bounded.MOST_VALUES:,} values that are read of one piece"
        raise BadFile(path, problem, hint="as .jsonl or .csv it may have more") from None


def _too_long(path: Path, most: int) -> BadFile:
    hint = "as .jsonl or .csv it may have more" if most < LARGEST else ""
    return BadFile(path, f"would have more than the {files.megabytes(most)} that are read", hint=hint)


def _public(suite: Suite, left: LeftOut) -> Suite:
    columns = tuple(map(public, suite.columns))
    for number, (before, now) in enumerate(zip(suite.columns, columns, strict=True)):
        if before != now:
            left.note(f"columns[{number}]", "what proves who asks is left out")
    return replace(suite, columns=columns)


def _openai(suite: Suite, out: Path, left: LeftOut) -> tuple[dict[Path, str], str]:
    from . import evals_to_openai

    *rows, last = paths(out, "openai")
    if not rows:
        _alone(suite, left)
        left.openais(suite)
        for number, case in enumerate(suite.cases):
            for n, each in enumerate(case.assertions):
                where = each.place or f"{case.place or f'tests[{number}]'}.assert[{n}]"
                left.note(where, "rows alone have no graders: left out")
        bare = tuple(replace(case, assertions=()) for case in suite.cases)
        suite = replace(suite, columns=(), cases=bare, repeat=1)
    made = evals_to_openai.written(suite, rows[0].name if rows else "")
    left.more(made.notes)
    text = "".join(left.line(each, f"rows[{n}]") for n, each in enumerate(made.rows))
    if not rows:
        return {last: text}, "rows of an eval of OpenAI's"
    whole = left.json({"eval": made.eval, "runs": made.runs})
    return {rows[0]: text, last: whole}, "an eval of OpenAI's with its runs, and its rows"


def _texts(suite: Suite, out: Path, form: str, left: LeftOut) -> tuple[dict[Path, str], str]:
    from . import evals_to_promptfoo, evals_to_samples, evals_to_table

    suffix = out.suffix.lower()
    if form == "samples":
        text, notes = evals_to_samples.written(suite)
        left.more(notes)
        return {out: text}, "samples of openai/evals"
    if suffix in (".csv", ".tsv"):
        _alone(suite, left)
        text, notes = evals_to_table.written(suite, "\t" if suffix == ".tsv" else ",")
        left.more(notes)
        return {out: text}, "a table of cases"
    if suffix == ".jsonl":
        _alone(suite, left)
        tests, notes = evals_to_promptfoo.tests(suite)
        left.more(notes)
        text = "".join(left.line(each, f"tests[{n}]") for n, each in enumerate(tests))
        return {out: text}, "promptfoo's tests, a line each"
    config, notes = evals_to_promptfoo.configuration(suite)
    left.more(notes)
    text = left.json(config)
    if suffix != ".json":
        if len(text) > 2 * LARGEST_YAML:  # YAML has about the same length, and is written slowly
            raise _too_long(out, LARGEST_YAML)
        text = _SCHEMA + yamlfile.dump(left.finite(config, ""))
    return {out: text}, "promptfoo's configuration"


def _alone(suite: Suite, left: LeftOut) -> None:
    """Note what is not written where cases stand alone."""
    for number in range(len(suite.columns)):
        left.note(f"columns[{number}]", _ALONE)
    if suite.repeat != 1:
        left.note("repeat", _ALONE)
