"""Tools at the embedded model: its template with them and without, and answers begun as calls."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chat.conversation.body import Body
from chat.endpoint import embedded, embedded_tools

TOOLS = [{"type": "function", "function": {"name": name, "parameters": {}}} for name in ("look", "add")]
NAMED = {"type": "function", "function": {"name": "add"}}
TALK = [
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "Ho"},
    {"role": "user", "content": "2+2?"},
]


def written(template: str, **fields: Any) -> str:
    return ImmutableSandboxedEnvironment().from_string(template).render(**fields)


def own() -> str:
    """Give the model's own template."""
    return embedded_tools.template().rpartition("{%- else -%}\n")[2].removesuffix("{%- endif -%}")


def test_plain_chat_is_left_as_the_model_knows_it() -> None:
    """What stands in the weights' file is what is used where no tools are set."""
    weights = embedded.weights()
    if weights is None:
        pytest.skip("the weights are not installed")
    with weights.open("rb") as file:
        assert own().encode() in file.read(20_000_000)


@pytest.mark.parametrize("messages", [TALK[:1], TALK, [{"role": "system", "content": "Be brief."}, *TALK]])
def test_plain_chat_reads_as_before(messages: list[Body]) -> None:
    """Without tools the prompt is the same, sign by sign, so that its tokens are as many."""
    fields = {"messages": messages, "add_generation_prompt": True}
    assert written(embedded_tools.template(), **fields) == written(own(), **fields)
    assert written(embedded_tools.template(), tools=[], **fields) == written(own(), **fields)


def test_tools_calls_and_results_reach_the_model() -> None:
    """With the person's system message before them."""
    call = {"id": "1", "type": "function", "function": {"name": "add", "arguments": '{"a": 2}'}}
    messages = [
        {"role": "system", "content": "Be brief."},
        TALK[-1],
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "four"},
    ]
    prompt = written(embedded_tools.template(), messages=messages, tools=TOOLS, add_generation_prompt=True)
    for part in ("Be brief.", '"name": "look"', '{"name": "add", "arguments": {"a": 2}}', "\nfour\n"):
        assert part in prompt
    assert prompt.endswith("<|im_start|>assistant\n")
    assert prompt.count("<|im_start|>system") == 1


def test_a_required_call_is_begun() -> None:
    """Any tool: all are sent; a named one: it alone, which the server is told to be required."""
    any_ = embedded_tools.begun({"messages": TALK, "tools": TOOLS, "tool_choice": "required"})
    assert any_["messages"] == [*TALK, {"role": "assistant", "content": embedded_tools.CALL}]
    assert (any_["tools"], any_["tool_choice"]) == (TOOLS, "required")
    assert any_["stop"] == [embedded_tools.END]
    named = embedded_tools.begun({"messages": TALK, "tools": TOOLS, "tool_choice": NAMED})
    assert (named["tools"], named["tool_choice"]) == (TOOLS[1:], "required")


@pytest.mark.parametrize(
    "body",
    [
        {"messages": TALK},
        {"messages": TALK, "tool_choice": "required"},
        {"messages": TALK, "tools": TOOLS},
        {"messages": TALK, "tools": TOOLS, "tool_choice": "auto"},
        {"messages": TALK, "tools": TOOLS, "tool_choice": "none"},
        {"messages": TALK[:2], "tools": TOOLS, "tool_choice": "required"},  # begun by the person
        {"messages": TALK, "tools": TOOLS, "tool_choice": {"type": "function", "function": {"name": "no"}}},
        {"messages": TALK, "tools": TOOLS, "tool_choice": {"type": "allowed_tools"}},
    ],
)
def test_everything_else_goes_as_it_is(body: Body) -> None:
    """Where no call is required, nothing is added."""
    assert embedded_tools.begun(body) is body


@pytest.mark.parametrize(
    ("fields", "stop"),
    [
        ({"stop": "x"}, ["x", embedded_tools.END]),
        ({"stop": ["x", "y"]}, ["x", "y", embedded_tools.END]),
        ({"parallel_tool_calls": False}, [embedded_tools.END]),
        ({"parallel_tool_calls": True, "stop": "x"}, "x"),
    ],
)
def test_one_call_is_made_unless_several_are_wanted(fields: Body, stop: Any) -> None:
    """It ends where the call does, beside where the person wants an end."""
    found = embedded_tools.begun({"messages": TALK, "tools": TOOLS, "tool_choice": "required", **fields})
    assert found["stop"] == stop
