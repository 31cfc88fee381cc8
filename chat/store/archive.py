"""A conversation as one JSON file, complete, and back: every turn and choice, branches and names.

    {"tempera": 1, "id": …, "title": …, "head": …, "messages": [ … ], "turns": [ … ]}

Messages and turns are as `records` has them, one a line, each after what it goes on from. What
is added later leaves the version as it is; a file of a later version is not read. `read` trusts
nothing: the file may be a stranger's.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..base.errors import BadValue
from ..base.facts import LARGEST
from ..base.redact import hide
from ..conversation.branch import Branch, new_id
from ..conversation.experiment import experiment_of, experiment_record
from ..conversation.tree import NAME, Conversation
from ..endpoint.address import display_url
from .records import Record, branches, message_record, turn_of, turn_record
from .rows import facts

VERSION = 1
_LISTS = ("messages", "turns", "experiments")
_ROLES = ("developer", "system", "user", "assistant", "tool", "function")
_DEEPEST = 60  # levels of what a setting or a request holds
_TITLE = 200
#: What JSON may hold as it is, and a terminal should not be shown.
_UNSEEN = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


# ---- out


def record(conversation: Conversation) -> Record:
    """Give all of a conversation but its number, which is the store's."""
    return {
        "tempera": VERSION,
        "id": conversation.id,
        **facts(conversation),
        "names": {name: end.id for name, end in conversation.names.items()},
        "messages": [message_record(node) for node in _nodes(conversation)],
        "turns": [turn_record(turn) for turn in conversation.turns],
        "experiments": [experiment_record(each) for each in conversation.experiments.values()],
    }


def message_numbers(conversation: Conversation) -> list[int]:
    return [node.id for node in _nodes(conversation)]


def _nodes(conversation: Conversation) -> Iterable[Branch]:
    """Give every message that something names, each after the one it goes on from."""
    found = {node.id: node for node in conversation}
    ends = (conversation.after, *(turn.request.carried.after for turn in conversation.turns))
    for end in (*ends, *(each.asked for each in conversation.experiments.values())):
        missing = []
        for node in end.backwards():
            if node.id in found:
                break
            missing.append(node)
        found.update((node.id, node) for node in reversed(missing))
    return found.values()


def write(conversation: Conversation) -> str:
    whole = mapped(record(conversation), str)
    lists = {name: whole.pop(name) for name in _LISTS}
    fields = [f"{_json(name)}: {_json(value)}" for name, value in whole.items()]
    for name, items in lists.items():
        lines = ",\n".join(map(_json, items))
        fields.append(f'"{name}": [\n{lines}\n]' if items else f'"{name}": []')
    return "{" + ",\n".join(fields) + "}\n"


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isascii() else _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def mapped(value: Any, change: Callable[[str], str], depth: int = 0) -> Any:
    """Give the value with each text in it changed. What JSON has no word for, as infinity, becomes null.
    Raises BadValue where it is nested too deeply."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if depth > _DEEPEST and isinstance(value, dict | list):
        raise BadValue("it is nested too deeply")
    if isinstance(value, dict):
        return {change(name): mapped(inner, change, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [mapped(inner, change, depth + 1) for inner in value]
    return value


def without(conversation: Conversation, secrets: Iterable[str]) -> Conversation:
    """Return the conversation without keys: exports go to other people."""
    whole, secrets = record(conversation), tuple(secrets)
    cleaned = mapped(whole, lambda text: hide(text, secrets))
    for each in (*cleaned["turns"], *cleaned["experiments"]):
        settings = each["settings"]
        settings.pop("headers", None)
        if isinstance(settings.get("base_url"), str):
            settings["base_url"] = display_url(settings["base_url"])
    if cleaned == whole:
        return conversation
    found = conversation_of(cleaned)
    found.number = conversation.number
    return found


# ---- and back


def read(whole: object) -> Conversation:
    """Read an archive. Raises BadValue."""
    if not isinstance(whole, dict):
        raise BadValue("it is not a conversation")
    version = whole.get("tempera")
    if version != VERSION or isinstance(version, bool):
        newer = isinstance(version, int) and version > VERSION
        raise BadValue("a newer Tempera wrote it" if newer else "it has no version that is known")
    found = mapped(whole, str)
    for name in _LISTS:
        items = found.setdefault(name, [])
        if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
            raise BadValue(f"its {name} are no list of objects")
    conversation = conversation_of(found)
    return conversation if in_order(conversation) else renumbered(conversation)


def conversation_of(whole: Mapping[str, Any]) -> Conversation:
    """Raise BadValue where a part is missing, of another type, or where it can't be."""
    for each in whole["messages"]:
        if each.get("role") not in _ROLES or not _number(each.get("id")):
            raise BadValue("a message has no number, or a role that none has")
    nodes = branches(whole["messages"])
    if not _number(whole.get("id")):
        raise BadValue("its number is not one")
    conversation = Conversation(whole["id"])
    for each in whole["experiments"]:
        experiment = experiment_of(each, nodes)
        conversation.experiments[experiment.id] = experiment
    if len(conversation.experiments) < len(whole["experiments"]):
        raise BadValue("an experiment comes twice")
    seen: set[int] = set()
    taken: set[int] = set()
    for each in whole["turns"]:
        turn = turn_of(each, nodes)
        answers = {answer.id for answer in turn.branches}
        astray = any(answer.before != turn.request.asked for answer in turn.branches)
        if astray or len(answers) < len(turn.branches) or answers & taken:
            raise BadValue("an answer is not where it was asked for")
        if (
            not turn.id
            or turn.id in seen
            or len({c.index for c in turn.answer.choices}) < len(turn.answer.choices)
        ):
            raise BadValue("a turn or a choice comes twice")
        if turn.answer.answered and not turn.branches:
            raise BadValue("an answer is missing")
        seen.add(turn.id)
        taken |= answers
        conversation.add(turn, move=False)
    _place(conversation, whole, nodes)
    return conversation


def _place(conversation: Conversation, whole: Mapping[str, Any], nodes: Mapping[int, Branch]) -> None:
    title, summary, on = (whole.get(name) or "" for name in ("title", "summary", "branch"))
    names, head, after = whole.get("names") or {}, whole.get("head") or 0, whole.get("after") or 0
    if not all(isinstance(text, str) for text in (title, summary, on)) or not isinstance(names, dict):
        raise BadValue("its title, summary or names are not texts")
    if not all(isinstance(number, int) and number in nodes for number in (head, after, *names.values())):
        raise BadValue("it goes on from a message that is not there")
    if not all(NAME.fullmatch(name) for name in names):
        raise BadValue("a branch has a name that none can have")
    conversation.title = " ".join(title.split())[:_TITLE] or conversation.title
    conversation.summary = summary
    cost, tokens = whole.get("budget_cost"), whole.get("budget_tokens")
    if isinstance(cost, int | float) and 0 < cost <= LARGEST:
        conversation.budget_cost = float(cost)
    conversation.budget_tokens = tokens if _number(tokens) else None
    conversation.head, conversation.after = nodes[head], nodes[after]
    conversation.names = {name: nodes[number] for name, number in names.items()}
    conversation.on = on if names.get(on) == head else ""


def _number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST


def in_order(conversation: Conversation) -> bool:
    """Tell whether each message and turn has a higher number than the one it goes on from, and none is from
    the future. The store reads them in the order of their numbers, and counts on from them."""
    turns = [turn.id for turn in conversation.turns]
    latest = new_id()
    return (
        turns == sorted(turns)
        and max((0, *turns)) < latest
        and all((node.before.id if node.before else 0) < node.id < latest for node in _nodes(conversation))
    )


def renumbered(conversation: Conversation) -> Conversation:
    """Give the same conversation with new numbers for its messages, turns and experiments."""
    whole = record(conversation)
    new = {0: 0, **{each["id"]: new_id() for each in whole["messages"]}}
    for each in whole["messages"]:
        each["id"], each["before"] = new[each["id"]], new[each["before"]]
    experiments = {each["id"]: new_id() for each in whole["experiments"]}
    for each in whole["experiments"]:
        each["id"], each["asked"] = experiments[each["id"]], new[each["asked"]]
    for turn in whole["turns"]:
        turn["experiment"] = experiments.get(turn["experiment"], 0)
        turn["id"], turn["asked"], turn["after"] = new_id(), new[turn["asked"]], new[turn["after"]]
        for choice in turn["choices"]:
            choice["answer"] = new[choice["answer"]]
    whole["head"], whole["after"] = new[whole["head"]], new[whole["after"]]
    whole["names"] = {name: new[number] for name, number in whole["names"].items()}
    return conversation_of(whole)
