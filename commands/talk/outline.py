"""A conversation as a tree of lines: pure."""

from __future__ import annotations

from collections.abc import Set

from chat.base.short import shorten
from chat.conversation.experiment import gathered, ranges
from chat.conversation.tree import Conversation
from chat.conversation.turn import COMPLETE, Turn
from chat.lab import diff

from ..answers.marks import about

_WORDS = 34  # characters of a message or an answer


def outline(conversation: Conversation) -> list[str]:
    """Give a line a turn, indented where branches part. Never by recursion: a chain may be long."""
    here = conversation.owner(conversation.head)
    names: dict[int | None, list[str]] = {}
    for name, end in conversation.names.items():
        path = conversation.path(end)
        names.setdefault(path[-1] if path else None, []).append(name)
    children, groups = _gathered(conversation, {here, *names})
    lines = [] if conversation.path() else ["● at the beginning"]
    lines += [f"({', '.join(names[None])}) at the beginning"] if None in names else []
    several = len(children.get(None, ())) > 1
    # (turn, what stands before its line, what stands before those below it)
    left = [
        (at, *_stems("", place, siblings)) if several else (at, "", "")
        for siblings in [children.get(None, [])]
        for place, at in _backwards(siblings)
    ]
    while left:
        at, stem, below = left.pop()
        if at in groups:
            lines.append(f"{stem}  {_about_all(conversation, groups[at], children)}")
            continue
        mark = "●" if at == here else " "
        known = f" ({', '.join(names[at])})" if at in names else ""
        lines.append(f"{stem}{mark} {at + 1}{known}  {_about(conversation, at, children)}")
        deeper = children.get(at, [])
        if len(deeper) == 1:
            left.append((deeper[0], below, below))
        else:
            left += [(each, *_stems(below, place, deeper)) for place, each in _backwards(deeper)]
    return lines


def _gathered(
    conversation: Conversation, shown: Set[int | None]
) -> tuple[dict[int | None, list[int]], dict[int, list[int]]]:
    """Return (the turns below each turn, groups of them by their first turn). The answers of a sweep are
    one line, except those that are `shown`, or that something follows."""
    children = conversation.children()
    groups: dict[int, list[int]] = {}
    left_out: set[int] = set()
    for places in gathered(conversation.experiments, conversation.turns).values():
        group = [at for at in places if at not in shown and at not in children]
        if len(group) > 1:
            groups[group[0]] = group
            left_out.update(group[1:])
    kept = {above: [at for at in below if at not in left_out] for above, below in children.items()}
    return kept, groups


def _about_all(conversation: Conversation, places: list[int], children: dict[int | None, list[int]]) -> str:
    """Write an experiment in one line. Leave out its question if a line above has it."""
    turn = conversation.turns[places[0]]
    experiment = conversation.experiments[turn.request.experiment]
    above = [at for at in children[conversation.parent(places[0])] if at < places[0]]
    told = any(conversation.turns[at].request.asked == turn.request.asked for at in above)
    asked = (
        ""
        if told or not turn.request.asked.last
        else f" · {shorten(turn.request.asked.last.content, _WORDS)}"
    )
    count = sum(conversation.turns[at].answer.ended == COMPLETE for at in places)
    what = f"{experiment.kind} {shorten(experiment.about, 2 * _WORDS)}"
    return f"{what}: {count} answers, turns {ranges(places)}{asked}"


def _backwards(places: list[int]) -> list[tuple[int, int]]:
    """List the turns last first, since the first is taken from the end of the stack."""
    return list(enumerate(places))[::-1]


def _stems(below: str, place: int, siblings: list[int]) -> tuple[str, str]:
    last = place == len(siblings) - 1
    return below + ("└─" if last else "├─"), below + ("  " if last else "│ ")


def _about(conversation: Conversation, at: int, children: dict[int | None, list[int]]) -> str:
    """Write what was asked, or how it differs from the first time, and how the answer begins."""
    turn = conversation.turns[at]
    if conversation.hides(turn):
        return _answered(
            f"hidden until you /pick one: {'ABCDEFGHI'[turn.request.cell : turn.request.cell + 1]}", turn
        )
    first = next(
        (
            each
            for each in children[conversation.parent(at)]
            if conversation.turns[each].request.asked == turn.request.asked
        ),
        at,
    )
    if first != at:
        changes = "; ".join(map(str, diff.parameters(conversation.turns[first], turn)))
        asked = f"again{', ' if changes else ''}{changes}"
    else:
        asked = shorten(turn.request.asked.last.content if turn.request.asked.last else "", _WORDS)
        earlier = conversation.parent(at)
        changes = "; ".join(
            map(str, diff.parameters(conversation.turns[earlier], turn)) if earlier is not None else ()
        )
        asked += f" [{changes}]" if changes else ""
    if turn.request.carried.prefill:
        asked += f" · begun with {shorten(turn.request.carried.prefill, _WORDS // 2)}"
    return _answered(asked, turn)


def _answered(asked: str, turn: Turn) -> str:
    """Write what was asked, how the answer begins, and a person's mark on it."""
    said = "".join(f" · {each}" for each in about(turn, _WORDS))
    if not turn.answer.answered:
        return f"{asked} · {turn.answer.ended}{said}"
    several = f" · {len(turn.answer.choices)} choices" if len(turn.answer.choices) > 1 else ""
    return f"{asked} · {shorten(turn.choice.said, _WORDS)}{several}{said}"
