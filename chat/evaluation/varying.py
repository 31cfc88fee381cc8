"""Make columns by what is to be compared: prompts and their versions, profiles, values of parameters.

Every combination is a column. Pure but for what it is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from ..base.errors import BadInput
from ..lab.grid import Grid
from ..prompts.prompt import JINJA, Prompt
from .suite import Column, Suite

#: Columns of a run at most: of more nobody can compare the figures.
MOST = 1000


def of_prompt(label: str, prompt: Prompt) -> Column:
    """Make a column of a prompt. Raises BadInput where it ends with nothing to answer."""
    system = [{"role": "system", "content": prompt.system}] if prompt.system else []
    messages = (*system, *prompt.messages)
    if not prompt.messages or prompt.messages[-1].get("role") == "assistant":
        messages = (*messages, {"role": "user", "content": "{{input}}"})
    template = "jinja" if prompt.template == JINJA else "plain" if prompt.template else "last"
    return Column(label, messages, dict(prompt.parameters), prompt.profile, template=template)


def with_prompts(suite: Suite, prompts: Iterable[tuple[str, Prompt]]) -> Suite:
    """Ask these prompts instead of those of the suite; their variables' defaults stand in where a case has no
    value."""
    found = list(prompts)
    if not found:
        return suite
    defaults: dict[str, Any] = {}
    for _, prompt in found:
        defaults = {**prompt.values({}), **defaults}
    cases = tuple(replace(case, variables={**defaults, **case.variables}) for case in suite.cases)
    return replace(suite, columns=tuple(of_prompt(*each) for each in found), cases=cases)


def varied(suite: Suite, profiles: Sequence[str], grids: Sequence[Grid]) -> Suite:
    """Ask each column with each profile and with each combination of values. Raises BadInput."""
    columns = suite.columns
    if profiles:
        columns = tuple(
            replace(column, profile=name, label=_label(column.label, name, len(columns)))
            for column, name in product(columns, profiles)
        )
    for grid in grids:
        columns = tuple(
            replace(
                column,
                parameters={**column.parameters, **cell.values},
                label=_label(column.label, cell.label, len(columns)),
            )
            for column, cell in product(columns, grid.cells())
        )
    if len(columns) > MOST:
        raise BadInput(f"{len(columns):,} columns are more than {MOST:,}, which nobody could compare")
    return replace(suite, columns=columns)


def _label(before: str, more: str, others: int) -> str:
    """Name a column that was made of another: by what is new alone, where there is no other."""
    return more if others == 1 else f"{before} · {more}"
