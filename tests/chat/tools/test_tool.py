"""What a tool is, whatever form it is declared in."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadValue
from chat.tools.tool import LONGEST_NAME, Tool, api_name, declared, named_apart

FUNCTION = {"name": "add", "description": "Add.", "parameters": {"type": "object"}, "strict": True}


@pytest.mark.parametrize(
    "form",
    [{"type": "function", "function": FUNCTION}, FUNCTION, {"type": "function", **FUNCTION}],
    ids=["Chat Completions", "functions", "Responses"],
)
def test_a_function_is_one_tool_in_every_form(form: dict[str, object]) -> None:
    """The older form and that of Responses become the one that Chat Completions takes."""
    tool = declared(form)
    assert tool.form == {"type": "function", "function": FUNCTION}
    assert (tool.name, tool.description) == ("add", "Add.")
    assert tool.policy == "hand"


def test_a_custom_tool_stays_as_it_came() -> None:
    """What takes a text in place of arguments is kept whole, fields that nobody knows included."""
    form = {"type": "custom", "custom": {"name": "sql", "format": {"type": "text"}}, "later": 1}
    tool = declared(form)
    assert tool.form == form and tool.name == "sql"


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("add", "is not a tool"),
        ({"type": "function", "function": {}}, "has no name"),
        ({"type": "function", "function": {"name": "a b"}}, "a b is no name of a tool"),
        ({"type": "function", "function": {"name": "x" * 65}}, "is no name"),
        ({"name": "a", "parameters": [1]}, "are not an object"),
        ({"type": "weather"}, "has no name"),
    ],
)
def test_what_is_no_tool_is_refused(form: object, said: str) -> None:
    """The sentence says what is wrong, and where it stands."""
    with pytest.raises(BadValue, match=said) as caught:
        declared(form, place="tools.json, tool 2")
    assert caught.value.message.startswith("tools.json, tool 2: ")


@given(st.lists(st.text(min_size=1), unique=True, max_size=8), st.sets(st.sampled_from(["add", "s__add"])))
def test_a_servers_names_become_names_of_the_api(names: list[str], taken: set[str]) -> None:
    """Whatever a server calls its tools, each gets a name that the API takes, and that no other has."""
    found = list(named_apart("s", ["add", *names], taken))
    assert [own for own, _ in found] == ["add", *names]
    given_ = [name for _, name in found]
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in given_)
    assert len(set(given_)) == len(given_) and not taken & set(given_)


def test_a_name_that_is_free_and_sound_stays() -> None:
    """Only what collides, or what the API refuses, is called otherwise."""
    assert dict(named_apart("files", ["get-sum", "a.b", "add"], {"add"})) == {
        "get-sum": "get-sum",
        "a.b": "a_b",
        "add": "files__add",
    }
    assert len(api_name("x" * 100)) == LONGEST_NAME


def test_a_tool_without_a_schema_takes_anything() -> None:
    """A tool that says nothing of its arguments has an empty schema."""
    assert Tool("a", {"type": "function", "function": {"name": "a"}}).parameters == {}
