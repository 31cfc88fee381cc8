"""Say beforehand what an evaluation will do: how much it asks, what it checks, and what it does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..base.dataclass import dataclass
from ..base.errors import BadValue
from ..base.short import several
from . import transforms
from .assertions import table
from .expected import leaves
from .filling import has, names_in
from .suite import Case, Column, NotUnderstood, Suite


@dataclass(frozen=True)
class Plan:
    """What is to be done. `checked` has each type with the number of checks of an answer to each case;
    `unchecked` those that are counted as "not checked". `missing` says which variables have no value."""

    answers: int
    checked: dict[str, int]
    unchecked: dict[str, int]
    missing: tuple[NotUnderstood, ...] = ()


def of(suite: Suite) -> Plan:
    """Make the plan of a suite."""
    undone = {note.place for note in suite.not_understood}
    checked: Counter[str] = Counter()
    unchecked: Counter[str] = Counter()
    for case in suite.cases:
        whole = bool(case.transform) and not transforms.kind(case.transform)
        for assertion in leaves(case.assertions):
            declared = table.find(assertion.type)
            never = declared is None or bool(declared.never)
            lost = never or whole or assertion.place in undone or f"{assertion.place}.transform" in undone
            if assertion.type == "python":
                unchecked[f"{assertion.name}, off until allowed"] += 1
            else:
                (unchecked if lost else checked)[assertion.name] += 1
    answers = len(suite.columns or (None,)) * len(suite.cases) * suite.repeat
    missing = tuple(note for column in suite.columns for note in _missing(column, suite.cases))
    return Plan(answers, dict(checked), dict(unchecked), tuple(dict.fromkeys(missing)))


def _missing(column: Column, cases: tuple[Case, ...]) -> Iterator[NotUnderstood]:
    """Name the variables of a column that cases have no value for, and a template that fails."""
    try:
        wanted = names(column)
    except BadValue as error:
        yield NotUnderstood(column.label, error.message)
        return
    for name in wanted:
        lacking = [case for case in cases if not has(case.variables, name)]
        if not lacking:
            continue
        if len(lacking) == len(cases):
            why = "no case has a value"
        else:
            verb = "has" if len(lacking) == 1 else "have"
            first = f" (the first is {lacking[0].place})" if lacking[0].place else ""
            why = f"{several(len(lacking), 'case')} of {len(cases):,} {verb} none{first}"
        yield NotUnderstood("{{" + name + "}}", why)


def names(column: Column) -> list[str]:
    """Name what a column takes from the variables. Raises BadValue for a template that is broken."""
    texts = [text for message in column.messages for text in _texts(message)]
    if column.template == "last":
        return [name for text in _texts(dict(column.messages[-1])) for name in names_in(text)]
    if column.template == "plain":
        found = [name for text in texts for name in names_in(text)]
        found += [str(each["item_reference"]) for each in column.messages if "item_reference" in each]
        return list(dict.fromkeys(found))
    meant = [text for text in texts if "{{" in text or "{%" in text]
    if not meant:
        return []
    from ..prompts import jinja

    return [name for name in jinja.PROCESS.names(meant, nunjucks=True) if name != "_conversation"]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
