"""Columns are made by prompts, profiles and values of parameters: every combination is one."""

from __future__ import annotations

import pytest

from chat.base.errors import BadInput
from chat.evaluation import filling, varying
from chat.evaluation.suite import Case, Column, Suite
from chat.lab import grid
from chat.prompts.prompt import JINJA, PLAIN, Prompt, Variable

CASES = (Case({"input": "hello", "city": "Rome"}),)


def read(text: str) -> grid.Grid:
    return grid.read(text, lambda path: path)


def test_every_combination_is_a_column() -> None:
    """Two prompts, two profiles and three temperatures are twelve columns, each with a name of its own."""
    columns = (Column("a", ({"role": "user", "content": "{{input}}"},)), Column("b", ()))
    made = varying.varied(Suite("s", columns, CASES), ["x", "y"], [read("temperature 0,0.5,1")])
    assert len(made.columns) == 12
    assert len({each.label for each in made.columns}) == 12
    assert made.columns[0].label == "a · x · temperature=0"
    assert made.columns[0].profile == "x"
    assert made.columns[2].parameters == {"temperature": 1.0}


def test_a_lone_column_is_named_by_what_is_new() -> None:
    """Where there is one prompt alone, its name says nothing."""
    made = varying.varied(Suite("s", (Column("long prompt", ()),), CASES), [], [read("seed 1,2")])
    assert [each.label for each in made.columns] == ["seed=1", "seed=2"]


def test_too_many_columns_are_refused() -> None:
    """Of more than a thousand columns nobody can compare the figures."""
    with pytest.raises(BadInput, match="1,600 columns"):
        varying.varied(Suite("s", (Column("a", ()),), CASES), [], [read("seed 1..40"), read("n 1..40")])


@pytest.mark.parametrize(
    ("template", "system", "asked"),
    [("", "{{city}}", "hello"), (PLAIN, "Rome", "hello"), (JINJA, "Rome", "hello")],
)
def test_braces_mean_variables_only_in_a_template(template: str, system: str, asked: str) -> None:
    """A prompt that is declared no template is sent as it is; the message of the case follows it."""
    prompt = Prompt("{{city}}", (), template=template, variables=(Variable("city"),) if template else ())
    column = varying.of_prompt("p", prompt)
    assert filling.fill(column, CASES[0]) == [
        {"role": "system", "content": system},
        {"role": "user", "content": asked},
    ]


def test_defaults_of_prompts_stand_in() -> None:
    """A variable that a case has no value for takes the prompt's own."""
    prompt = Prompt("", ({"role": "user", "content": "{{tone}}"},), template=PLAIN)
    prompt = prompt.with_variables(["tone"])
    made = varying.with_prompts(Suite("s", (), (Case({}),)), [("p", prompt)])
    assert made.columns[0].label == "p"
    assert made.cases[0].variables == {}
