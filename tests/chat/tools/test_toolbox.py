"""What entries of `tools` stand for, whatever they are."""

from __future__ import annotations

from typing import Any

import pytest

from chat.tools.tool import McpServer, Tool
from chat.tools.toolbox import Toolbox

FORM = {"type": "function", "function": {"name": "add", "parameters": {}}}


def test_a_server_that_renamed_its_tools_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a call that failed the person learns what the server has by now."""
    toolbox = Toolbox({})
    monkeypatch.setattr(toolbox.runner, "renamed", lambda server: (["plus"], ["add"]))
    tool = Tool("add", FORM, "mcp x", McpServer("x", ("true",)), "add")
    assert toolbox.renamed(tool) == "mcp x has no longer add and now plus"
    assert toolbox.renamed(Tool("add", FORM)) == ""


@pytest.mark.parametrize(
    "entries", [None, [], [{}], [{"type": "function"}], [{"type": 3}], ["x"], [FORM, FORM]]
)
def test_entries_that_are_not_sound_are_looked_at_all_the_same(entries: Any) -> None:
    """A request that was opened may have anything there: nothing fails for it, and nothing is asked."""
    toolbox = Toolbox({})
    assert toolbox.forms(entries) == list(entries or ())
    assert {tool.policy for tool in toolbox.tools(entries)} <= {"hand"}


def test_what_was_not_asked_yet_stays_as_it_is() -> None:
    """A source is known by where it leads: what is made of it does not count."""
    toolbox = Toolbox({})
    entries = ["a.py:f", {"function": "b.py:g", "off": ["g"]}, FORM]
    assert toolbox.lacking(entries) == entries[:2]
    assert toolbox.forms(entries) == entries
