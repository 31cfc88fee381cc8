"""Choose what an evaluation asks: the file, its cases, and the columns that it is varied by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from chat.base.errors import BadInput
from chat.base.places import named
from chat.base.redact import hide
from chat.evaluation import inforce, varying
from chat.evaluation.suite import Suite
from chat.lab import grid
from chat.prompts import files as prompt_files
from chat.prompts.prompt import Prompt
from chat.prompts.prompt import read as read_prompt
from chat.session.state import Session

from ..prompts.prompt import folder
from ..settings.system import read_file

if TYPE_CHECKING:
    from .eval_words import Words


def suite_of(session: Session, words: Words, names: Sequence[str]) -> Suite:
    """Read the file that is to be run, with only the cases that are wanted. Raises TemperaError."""
    if not 1 <= len(names) <= 2:
        raise BadInput("it takes a file, and one with the rows of an eval", "/eval FILE [DATA]")
    suite = inforce.with_columns(session, prompted(session, words, names))
    grids = [grid.read(each, read_file) for each in words.vary]
    suite = varying.varied(suite, _profiles(session, words.profiles), grids)
    return chosen(_named(session, suite), words)


def prompted(session: Session, words: Words, names: Sequence[str]) -> Suite:
    """Read a file, and put the prompts that are asked for in place of its own. Raises TemperaError."""
    from chat.transfer import evals

    suite = evals.read(named(names[0]), named(names[1]) if len(names) == 2 else None)
    return varying.with_prompts(suite, _prompts(session, words.prompts))


def _listed(text: str | None) -> list[str]:
    return [each.strip() for each in (text or "").split(",") if each.strip()]


def _profiles(session: Session, text: str | None) -> list[str]:
    """Give the profiles of these names. Raises UnknownName."""
    return [session.profiles.find(name).name for name in _listed(text)]


def _prompts(session: Session, text: str | None) -> list[tuple[str, Prompt]]:
    """Give the prompts of these names, each with its label; NAME@VERSION is an earlier version. Raises
    TemperaError."""
    found = []
    for name in _listed(text):
        bare, at, version = name.partition("@")
        path = prompt_files.locate(bare, folder(session))
        if not at:
            found.append((name, prompt_files.load(path).prompt))
            continue
        kept = session.store.prompt_versions(str(path.resolve()))
        content = next((each.content for each in reversed(kept) if each.version.startswith(version)), None)
        if content is None or not version:
            raise BadInput(f"{bare} has no version {version}", f"/prompt {bare}, then /prompt log lists them")
        found.append((name, read_prompt(content)))
    return found


def _named(session: Session, suite: Suite) -> Suite:
    """Take keys out of the names of columns, which may be whole prompts, before anything cuts them."""
    secrets = session.secrets()
    columns = tuple(replace(each, label=hide(each.label, secrets)) for each in suite.columns)
    return replace(suite, columns=columns, name=hide(suite.name, secrets))


def chosen(suite: Suite, words: Words) -> Suite:
    """Give a suite with the cases and the repeats that are asked for. Raises BadInput where none is left."""
    cases = suite.cases
    if words.filter:
        wanted = words.filter.lower()
        cases = tuple(
            case
            for case in cases
            if wanted in case.description.lower()
            or any(wanted in str(value).lower() for value in case.variables.values())
        )
        if not cases:
            raise BadInput(f"no case has {words.filter} in its description or its variables")
    if words.limit:
        cases = cases[: words.limit]
    if not cases:
        raise BadInput("it has no cases")
    return replace(suite, cases=cases, repeat=words.repeat or suite.repeat)
