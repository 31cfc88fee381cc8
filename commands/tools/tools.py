"""/tools: what the model may call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chat.base.errors import BadInput, NoTokenizer
from chat.base.short import shorten
from chat.base.tables import Cut, TableColumn
from chat.parameters import references
from chat.parameters.table import BY_NAME
from chat.session import calling
from chat.session.state import Session
from chat.tokens.tools import count_field
from chat.tools import reading
from chat.tools.tool import ALLOW, ASK, POLICIES, Tool

from ..declare import Argument, Send, Suggestion, command, offer
from ..screen import Screen
from ..settings.assigning import assign_all, own
from ..settings.system import files
from .ready import ready, tell

_TOOLS = BY_NAME["tools"]
_SOURCES = "a FILE.json, module.py:function, or mcp NAME COMMAND…"
_ACTIONS = (
    ("add", "a file of tools, a function of a Python file, an MCP server"),
    ("off", "send one no longer"),
    ("policy", "what happens when one is called"),
    ("step", "one round of calls at a time"),
    ("go", "answer the calls that wait"),
)


def _suggest(session: Session, typed: str) -> Iterator[Suggestion]:
    action, space, rest = typed.partition(" ")
    start = len(typed) - len(rest)
    if not space:
        waits = _waits(session)
        yield from offer(typed, (each for each in _ACTIONS if waits or each[0] != "go"))
    elif action == "add":
        yield from (Suggestion(path, note, start) for path, note in files(rest) if _may_be_one(path))
    elif action in ("off", "policy"):
        name, second, word = rest.partition(" ")
        tools = {tool.name: tool for tool in _declared(session)}
        if not second:
            pairs = offer(rest, ((each.name, f"{each.origin} · {each.policy}") for each in tools.values()))
            yield from (Suggestion(each.text, each.note, start) for each in pairs)
        elif action == "policy" and name in tools:
            found = offer(word, ((each, "") for each in _possible(tools[name])))
            yield from (Suggestion(each.text, each.note, len(typed) - len(word)) for each in found)


def _may_be_one(path: str) -> bool:
    return path.endswith(("/", ".json"))


def _possible(tool: Tool) -> tuple[str, ...]:
    """Give the policies that a tool can have: what nothing runs is answered by hand."""
    return POLICIES if tool.source else tuple(each for each in POLICIES if each not in (ASK, ALLOW))


def _declared(session: Session) -> list[Tool]:
    return session.toolbox.tools(session.settings.get("tools"))


@command(Argument("action", _suggest, optional=True, rest=True, usage="add|off|policy|step|go …"))
def tools(session: Session, screen: Screen, text: str | None) -> Send | None:
    """List the tools that the model may call, add some, or say what happens when it calls.

    /tools add weather.json            tools as the API has them, a list or one; you type what they give
    /tools add tools.py:weather        a function: its signature and docstring are the declaration
    /tools add mcp files npx -y @modelcontextprotocol/server-filesystem .
    /tools add mcp docs https://…/mcp  an MCP server: a command, or an address
    /tools add .mcp.json               the servers that Claude Desktop or Claude Code have
    /tools off NAME                    sent no longer; /unset tools sends none
    /tools policy NAME ask             y, n, e (edit the arguments) or a (always) before it runs; also
                                       allow, deny (the model is told), hand (you type the result)
    /tools step                        one round of calls at a time; /tools go goes on to the end
    /tools [{…}]                       the parameter itself, as /set tools takes it
    Functions and servers run in processes of their own, in a folder of their own, without your keys.
    What runs has as long as /set tool_seconds says; /set tool_rounds bounds the rounds of a message.
    """
    action, _, rest = (text or "").partition(" ")
    rest = rest.strip()
    if text is None:
        ready(session, screen, session.settings)
        _list(session, screen)
    elif action == "add":
        _add(session, screen, rest)
    elif action == "off":
        _off(session, screen, rest)
    elif action == "policy":
        _policy(session, screen, rest)
    elif action == "step" and not rest:
        return _step(session, screen)
    elif action == "go" and not rest:
        return _go(session)
    elif text[:1] in ("[", "{", "@", "=", ":") or text in ("null", "edit"):
        assign_all(session, screen, own(_TOOLS, text))
    else:
        raise BadInput(
            f"/tools does not know {shorten(text, 40)}", "add, off, policy, step or go; alone it lists"
        )
    return None


def _list(session: Session, screen: Screen) -> None:
    tools = _declared(session)
    if not tools:
        screen.say(f"the model has no tools; /tools add takes {_SOURCES}")
        return
    rows = [
        (
            each.name,
            each.origin or "typed",
            shorten(each.description, 200),
            _tokens(session, each),
            each.policy,
        )
        for each in tools
    ]
    columns = (
        TableColumn("name"),
        TableColumn("source", cut=Cut.LONG),
        TableColumn("description", cut=Cut.REST),
        TableColumn("tokens", right=True),
        TableColumn("policy"),
    )
    screen.table(columns, rows)
    if session.toolbox.stepping:
        screen.say("one round of calls at a time: /tools step does one, /tools go all", dim=True)


def _tokens(session: Session, tool: Tool) -> str:
    """Count what a tool adds to each request: an estimate, for nobody says how models are given them."""

    def count(forms: list[Any]) -> int:
        return count_field(lambda text: session.tokenizers.count(model, text), model, "tools", forms)

    model = session.model
    try:
        return f"≈{count([dict(tool.form)]) - count([]):,}"
    except NoTokenizer:
        return ""


def _add(session: Session, screen: Screen, text: str) -> None:
    if not text:
        screen.say(f"/tools add takes {_SOURCES}")
        return
    entry = reading.typed(text)
    before = [*(session.settings.get("tools") or ())]
    ready(session, screen, session.settings)
    kept = [each for each in before if not _same_source(each, entry)]
    added = session.toolbox.resolve(entry, kept)
    tell(screen, entry, added)
    if all(tool.source is None for tool in added.tools):
        screen.say("you type what they give, when the model calls", dim=True)
    session.settings = session.settings.set("tools", _TOOLS.kind.check([*kept, entry]))


def _same_source(one: Any, other: Any) -> bool:
    """Tell whether two entries lead to one source: it is asked anew, and not declared twice."""
    if isinstance(one, Mapping) and isinstance(other, Mapping) and "mcp" in one and "mcp" in other:
        return bool(one["mcp"] == other["mcp"])
    return references.is_one(one) and references.said(one) == references.said(other)


def _off(session: Session, screen: Screen, name: str) -> None:
    if not name:
        screen.say("/tools off takes a name; /tools lists them, and /unset tools sends none")
        return
    entries = session.settings.get("tools") or []
    ready(session, screen, session.settings)
    tool = session.toolbox.find(entries, name)
    kept = session.toolbox.without(entries, tool.name)
    session.settings = session.settings.set("tools", kept) if kept else session.settings.unset("tools")


def _policy(session: Session, screen: Screen, text: str) -> None:
    name, _, policy = text.partition(" ")
    policy = policy.strip()
    if not name:
        screen.say(f"/tools policy takes a name and one of {', '.join(POLICIES)}; /tools lists them")
        return
    ready(session, screen, session.settings)
    tool = session.toolbox.find(session.settings.get("tools") or [], name)
    if not policy:
        screen.say(f"{tool.name}: {tool.policy}")
        return
    if policy not in POLICIES:
        raise BadInput(f"{policy} is not a policy: {', '.join(POLICIES)}")
    if policy not in _possible(tool):
        raise BadInput(f"nothing runs {tool.name}: you type what it gives", f"{', '.join(_possible(tool))}")
    session.toolbox.policies[tool.name] = policy
    screen.say(f"{tool.name}: {tool.policy} → {policy}")


def _step(session: Session, screen: Screen) -> Send | None:
    session.toolbox.stepping = True
    if _waits(session):
        return Send(asked=session.branch)
    screen.say("one round of calls at a time from now on; /tools go goes on to the end")
    return None


def _go(session: Session) -> Send:
    session.toolbox.stepping = False
    if not _waits(session):
        raise BadInput("no call waits for an answer")
    return Send(asked=session.branch)


def _waits(session: Session) -> bool:
    return bool(calling.calls(session)) or calling.head(session) != session.branch
