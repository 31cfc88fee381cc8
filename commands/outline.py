"""A conversation as a tree of lines: pure."""

from __future__ import annotations

from chat import compare
from chat.conversation import Conversation, shortened
from chat.turn import Turn

from .marks import about

_WORDS = 34  # characters of a message or an answer


def outline(conversation: Conversation) -> list[str]:
    """A line a turn, indented where branches part. Never by recursion: a chain may be long."""
    children = conversation.children()
    here = conversation.owner(conversation.head)
    names: dict[int | None, list[str]] = {}
    for name, end in conversation.names.items():
        path = conversation.path(end)
        names.setdefault(path[-1] if path else None, []).append(name)
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
        mark = "●" if at == here else " "
        known = f" ({', '.join(names[at])})" if at in names else ""
        lines.append(f"{stem}{mark} {at + 1}{known}  {_about(conversation, at, children)}")
        deeper = children.get(at, [])
        if len(deeper) == 1:
            left.append((deeper[0], below, below))
        else:
            left += [(each, *_stems(below, place, deeper)) for place, each in _backwards(deeper)]
    return lines


def _backwards(places: list[int]) -> list[tuple[int, int]]:
    """Last first, for the first is taken from the end of the stack."""
    return list(enumerate(places))[::-1]


def _stems(below: str, place: int, siblings: list[int]) -> tuple[str, str]:
    last = place == len(siblings) - 1
    return below + ("└─" if last else "├─"), below + ("  " if last else "│ ")


def _about(conversation: Conversation, at: int, children: dict[int | None, list[int]]) -> str:
    """What was asked, or how it differs from the first time, and how the answer begins."""
    turn = conversation.turns[at]
    if conversation.hides(turn):
        return _answered(f"hidden until you /pick one: {'ABCDEFGHI'[turn.cell : turn.cell + 1]}", turn)
    first = next(
        (each for each in children[conversation.parent(at)] if conversation.turns[each].asked == turn.asked),
        at,
    )
    if first != at:
        changes = "; ".join(map(str, compare.parameters(conversation.turns[first], turn)))
        asked = f"again{', ' if changes else ''}{changes}"
    else:
        asked = shortened(turn.asked.last.content if turn.asked.last else "", _WORDS)
        earlier = conversation.parent(at)
        changes = "; ".join(
            map(str, compare.parameters(conversation.turns[earlier], turn)) if earlier is not None else ()
        )
        asked += f" [{changes}]" if changes else ""
    if turn.carried.prefill:
        asked += f" · begun with {shortened(turn.carried.prefill, _WORDS // 2)}"
    return _answered(asked, turn)


def _answered(asked: str, turn: Turn) -> str:
    """What was asked, with how the answer begins, and what a person said of it."""
    said = "".join(f" · {each}" for each in about(turn, _WORDS))
    if not turn.answered:
        return f"{asked} · {turn.ended}{said}"
    several = f" · {len(turn.choices)} choices" if len(turn.choices) > 1 else ""
    return f"{asked} · {shortened(turn.choice.text or turn.choice.refusal, _WORDS)}{several}{said}"
