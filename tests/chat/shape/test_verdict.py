"""What an answer is to the format that was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from chat.conversation.branch import Branch
from chat.conversation.turn import Choice
from chat.shape import verdict
from chat.shape.verdict import Form

from ...support.turns import changed, made

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
FORM = Form("thing", SCHEMA)


@pytest.mark.parametrize(
    ("choice", "form", "kind", "said"),
    [
        (Choice(0, '{"a": 1}'), FORM, verdict.FITS, "the answer fits the schema thing"),
        (Choice(0, '{"a": "x"}'), FORM, verdict.OTHER, "does not fit the schema thing: one fault"),
        (Choice(0, '{"a": '), FORM, verdict.CUT, "cut off, at /a"),
        (Choice(0, "Sure!"), FORM, verdict.NO_JSON, "no JSON: it does not begin"),
        (Choice(0, "", refusal="No."), FORM, verdict.REFUSED, "the model refused"),
        (Choice(0, tool_calls=(("look", "{}"),)), FORM, verdict.CALLS, "calls a tool"),
        (Choice(0, " \n"), FORM, verdict.EMPTY, "the answer is empty"),
        (Choice(0, "{}"), Form("x", {"type": "nope"}), verdict.UNKNOWN, "can't be told"),
        (Choice(0, "[1]"), Form(), verdict.OTHER, "one fault"),
        (Choice(0, '{"b": 2}'), Form(), verdict.FITS, "the answer is JSON"),
    ],
)
def test_each_answer_has_its_word(choice: Choice, form: Form, kind: str, said: str) -> None:
    """Of the right shape, of a wrong one, cut off, no JSON, refused, empty, or not to be told."""
    found = verdict.of(choice, form)
    assert found.kind == kind
    assert said in found.said(form.name)


def test_the_beginning_that_was_sent_belongs_to_it() -> None:
    """A prefill is the beginning of the JSON."""
    assert verdict.of(Choice(0, '"a": 1}'), FORM, "{").value == {"a": 1}


@pytest.mark.parametrize(
    ("form", "wants"),
    [
        (None, None),
        ("json", None),
        ({"type": "text"}, None),
        ({"type": "json_object"}, Form()),
        ({"type": "json_schema", "json_schema": {"name": "n", "schema": {}, "strict": True}}, Form("n", {})),
        ({"type": "json_schema", "json_schema": 3}, Form("schema", None)),
    ],
)  # fmt: skip
def test_what_a_format_wants(form: Any, wants: Form | None) -> None:
    """Text wants nothing, and what is not as the API has it ends nothing."""
    assert verdict.form_of(form) == wants


def test_a_turn_is_judged_once_for_each_answer() -> None:
    """The same turn with other choices is judged anew."""
    body = {"response_format": {"type": "json_object"}}
    turn = made(Branch().add("user", "hi"), "{}", "[]", body=body)
    assert [each.kind for each in verdict.of_turn(turn)] == [verdict.FITS, verdict.OTHER]
    assert verdict.of_turn(turn) is verdict.of_turn(turn)
    assert verdict.of_turn(changed(turn, choices=(Choice(0, "no"),)))[0].kind == verdict.NO_JSON
    assert verdict.of_turn(made(Branch().add("user", "hi"), "{}")) == ()
