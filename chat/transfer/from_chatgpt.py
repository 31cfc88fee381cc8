"""Read ChatGPT's export: a conversation is a `mapping` of nodes, each of which names its parent.

A question is a message of the user. What comes after it, until the user speaks again, is one
answer: thoughts, what was sent to tools and what came back, and the text that was shown. Each end
of such a run is a turn, so answers that were asked for again are siblings, as they were there.
Pictures that the export has beside are parts of the user's messages; what else is no text stands as a note.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from ..base.dataclass import dataclass
from ..base.errors import BadValue, RequestFailed
from ..base.short import several, shorten
from ..conversation.body import Carried
from ..conversation.branch import Branch
from ..conversation.content import text_part
from ..conversation.message import Message, message_of
from ..conversation.tree import Conversation
from ..conversation.turn import COMPLETE, FAILED, INTERRUPTED, Answer, Choice, Request, Turn
from . import chatgpt_tree, untrusted
from .chatgpt_files import ExportFiles
from .chatgpt_said import Said, said
from .untrusted import Record, mapping, text

ENDPOINT = "chatgpt.com"
_MOST = 100_000  # nodes
_LATEST = 4e9  # seconds since 1970
_LONGEST = 50_000_000  # characters of all answers together, which may share their beginnings
_ENDS = {"max_tokens": "length", "stop": "stop", "content_filter": "content_filter"}
#: Names of models that only ChatGPT knows.
_NO_MODELS = ("auto", "")


@dataclass
class _Node:
    key: str
    parent: str | None
    said: Said
    at: float
    message: Record


@dataclass(frozen=True)
class _Run:
    """An answer that is going on: its last node, and what it went on from."""

    node: _Node
    before: _Run | None

    def nodes(self) -> list[_Node]:
        found: list[_Node] = []
        run: _Run | None = self
        while run is not None:
            found.append(run.node)
            run = run.before
        return found[::-1]


@dataclass
class _Item:
    """A question, or (with a run, or unanswered) a turn; `above` is what it hangs from."""

    above: int | None
    node: _Node | None
    turn: bool = False
    run: _Run | None = None
    system: str = ""
    at: float = 0.0
    branch: Branch | None = None


@dataclass(frozen=True)
class _Walk:
    """Where a walk down the tree is."""

    above: int | None = None
    system: str = ""
    run: _Run | None = None
    at: float = 0.0


def conversation(whole: object, beside: ExportFiles | None = None) -> tuple[Conversation, list[str]]:
    """Read a conversation, with pictures that are `beside`. Return it and notes on what could not be read as
    it stands. Raises BadValue if nothing was said in it."""
    nodes, notes = _nodes(
        _mapping(whole), untrusted.time(whole, "create_time") or untrusted.time(whole, "update_time")
    )
    own = text(whole, "conversation_id") or text(whole, "id") or _signature(whole, nodes)
    items, ends = _walked(nodes)
    if beside:
        beside.begin()
    turns = sorted((item for item in items if item.turn), key=lambda item: item.at)
    found = Conversation(untrusted.conversation_number("chatgpt", own))
    numbers = untrusted.Numbers()
    model = text(whole, "default_model_slug")
    room = _LONGEST
    for item in turns:
        asked = _branch(item.above, items, numbers, beside)
        turn = _turn(item, asked, numbers, model)
        room -= sum(len(choice.text) + len(choice.reasoning) for choice in turn.answer.choices)
        if room < 0:
            raise BadValue("it is too large")
        item.branch = turn.branches[0] if turn.branches else asked
        if item.branch.last:
            found.add(turn)
    if not found.turns:
        raise BadValue("; ".join(["nothing was said in it", *notes]))
    found.title = shorten(text(whole, "title"), 200) or found.title
    _move(found, text(whole, "current_node"), nodes, ends, items)
    return found, notes


def _mapping(whole: object) -> Record:
    nodes = untrusted.listed(whole, "mapping")
    return {text(each, "id") or str(place): each for place, each in enumerate(nodes)} or mapping(
        whole, "mapping"
    )


def _signature(whole: object, nodes: dict[str, _Node]) -> str:
    """Return a text that identifies a conversation without an id. All of it counts, since keys of nodes may
    come again."""
    said = [[key, node.at, node.said.text, node.said.reasoning] for key, node in nodes.items()]
    return json.dumps([text(whole, "title"), untrusted.time(whole, "create_time"), said])


def _nodes(nodes: Record, begun: float) -> tuple[dict[str, _Node], list[str]]:
    """Read the nodes, with notes on those that can't be read. `begun` is the time of nodes that have none."""
    if len(nodes) > _MOST:
        raise BadValue(f"it has more than {_MOST:,} messages")
    above, astray = chatgpt_tree.parents(nodes)
    made, unread = {}, 0
    for key, each in nodes.items():
        message = mapping(each, "message")
        holds = each is not None if not isinstance(each, Mapping) else each.get("message") is not None
        unread += holds and not message
        at = untrusted.time(message, "create_time") or untrusted.time(message, "update_time")
        made[key] = _Node(key, above[key], said(message), at, message)
    begun = min([begun or _LATEST, *(node.at for node in made.values() if node.at)])
    for node in made.values():
        node.at = node.at or (begun if begun < _LATEST else 0.0)
    notes = [f"{several(unread, 'message')} of it can't be read"] if unread else []
    if astray:
        notes.append(f"{several(astray, 'message')} of it had no place, and stands after the one before it")
    return made, notes


# ---- the tree


def _walked(nodes: dict[str, _Node]) -> tuple[list[_Item], dict[str, int]]:
    """Walk down the tree. Return (questions and turns, each after the one it hangs from; the item that each
    node ended up in)."""
    below: dict[str | None, list[_Node]] = {}
    for node in nodes.values():
        below.setdefault(node.parent, []).append(node)
    items: list[_Item] = []
    ends: dict[str, int] = {}
    left = [(node, _Walk()) for node in reversed(below.get(None, []))]
    while left:
        node, state = left.pop()
        state = _step(node, state, items, ends)
        children = below.get(node.key, [])
        if not children and (state.run or state.above is not None):
            _ended(state, items, ends)
        left += [(child, state) for child in reversed(children)]
    return items, ends


def _step(node: _Node, state: _Walk, items: list[_Item], ends: dict[str, int]) -> _Walk:
    """Go one node further down."""
    node.at = max(node.at, state.at)
    if node.said.kind == "system":
        system = "\n\n".join(filter(None, [state.system, node.said.text]))
        return _Walk(state.above, system, state.run, node.at)
    if node.said.kind == "user":
        above = _ended(state, items, ends) if state.run else state.above
        items.append(_Item(above, node, at=node.at))
        ends[node.key] = len(items) - 1
        return _Walk(len(items) - 1, state.system, None, node.at)
    if node.said.kind in ("assistant", "tool"):
        return _Walk(state.above, state.system, _Run(node, state.run), node.at)
    return _Walk(state.above, state.system, state.run, node.at)


def _ended(state: _Walk, items: list[_Item], ends: dict[str, int]) -> int:
    """Give the turn that ends here, which may have been found before."""
    key = state.run.node.key if state.run else f"\0{state.above}"
    if key not in ends:
        at = state.run.nodes()[0].at if state.run else state.at
        items.append(_Item(state.above, None, True, state.run, state.system, at))
        ends[key] = len(items) - 1
    return ends[key]


# ---- turns


def _branch(
    at: int | None, items: list[_Item], numbers: untrusted.Numbers, beside: ExportFiles | None
) -> Branch:
    """Give the messages down to an item, made where they are not there yet."""
    missing: list[_Item] = []
    while at is not None and items[at].branch is None:
        missing.append(items[at])
        at = items[at].above
    branch = (items[at].branch if at is not None else None) or Branch()
    for item in reversed(missing):
        if item.node is not None:
            number = numbers.next(item.node.at, item.node.key)
            branch = branch.append(_message(item.node.said, beside), number)
        item.branch = branch
    return branch


def _message(said: Said, beside: ExportFiles | None) -> Message:
    """Make a message of the user: pictures that are there are parts, before its text."""
    lines, parts = said.text.split("\n"), []
    for pointer, note in said.pictures:
        if beside and note in lines and (part := beside.picture(pointer)):
            parts.append(part)
            lines.remove(note)
    if not parts:
        return Message("user", said.text, said.mark)
    words = "\n".join(lines)
    form = {"role": "user", "content": [*parts, *([text_part(words)] if words else [])]}
    return replace(message_of(form), mark=said.mark)


def _turn(item: _Item, asked: Branch, numbers: untrusted.Numbers, model: str) -> Turn:
    nodes = item.run.nodes() if item.run else []
    key = nodes[-1].key if nodes else str(asked.id)
    for node in nodes:
        model = text(mapping(node.message, "metadata"), "model_slug") or model
    last: Record = nodes[-1].message if nodes else {}
    reason = text(mapping(mapping(last, "metadata"), "finish_details"), "type")
    ended, error = _end(text(last, "status"), reason)
    answered, thought = (
        "\n\n".join(filter(None, (getattr(node.said, name) for node in nodes)))
        for name in ("text", "reasoning")
    )
    if not answered:  # what a tool said was the answer
        answered = "\n\n".join(node.said.reasoning for node in nodes if node.said.kind == "tool")
        thought = "\n\n".join(
            node.said.reasoning for node in nodes if node.said.kind != "tool" and node.said.reasoning
        )
    choice = Choice(
        0,
        answered,
        thought,
        tool_calls=tuple(node.said.call for node in nodes if node.said.call),
        finish_reason=_ENDS.get(reason, ""),
    )
    number = numbers.next(item.at, f"turn {key}")
    empty = not (choice.text or choice.reasoning or choice.tool_calls)
    mark = {INTERRUPTED: "interrupted", FAILED: "cut off"}.get(ended, "")
    answer = None if empty else asked.add("assistant", choice.text, mark, numbers.next(item.at, key))
    request = Request(
        body={"model": model} if model else {},
        asked=asked,
        carried=Carried(item.system),
        id=number,
        at=item.at,
        settings=untrusted.settings("" if model in _NO_MODELS else model, item.system, {}),
        endpoint=ENDPOINT,
    )
    came = Answer(
        choices=(choice,) if answer else (),
        ended=INTERRUPTED if empty and ended == COMPLETE else ended,
        error=error,
        model=model,
    )
    return Turn(request, came, branches=(answer,) if answer else ())


def _end(status: str, reason: str) -> tuple[str, RequestFailed | None]:
    if status == "error" or "error" in reason:
        return FAILED, RequestFailed("ChatGPT's answer failed")
    stopped = status == "in_progress" or status.endswith("partial_completion") or reason == "interrupted"
    return (INTERRUPTED if stopped else COMPLETE), None


def _move(
    found: Conversation, key: str, nodes: dict[str, _Node], ends: dict[str, int], items: list[_Item]
) -> None:
    """Go on where it went on there."""
    at: str | None = key
    while at in nodes:
        item = items[ends[at]] if at in ends else None
        if item is not None and item.branch is not None:
            found.move(item.branch)
            return
        at = nodes[at].parent
