"""The drawing of a conversation's tree: every turn once, and one place where it goes on."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from chat.conversation.tree import Conversation
from commands.talk.outline import outline

from ...support.turns import made, say

MOVES = st.lists(st.sampled_from(("say", "retry", "undo", "first", "fork", "long\nwords " * 9)), max_size=25)


@given(MOVES)
def test_every_turn_is_drawn_once(moves: list[str]) -> None:
    """A line a turn, each number once, one mark of where the conversation goes on, every name shown;
    a turn stands below the one it goes on from, and no line is broken."""
    conversation = Conversation()
    for move in moves:
        asked = [node for node in conversation.head.backwards() if node.last and node.last.role == "user"]
        if move == "retry" and asked:
            conversation.add(made(asked[0], "again"))
        elif move == "undo" and asked:
            conversation.undo()
        elif move == "first" and conversation.turns:
            conversation.switch("1")
        elif move == "fork":
            conversation.fork()
        else:
            say(conversation, move, "answer")
    lines = outline(conversation)
    numbers = [int(found[1]) for line in lines if (found := re.match(r"[ │├└─]*[● ] ?(\d+) ", line))]
    assert sorted(numbers) == list(range(1, len(conversation.turns) + 1))
    for place in range(len(conversation.turns)):
        parent = conversation.parent(place)
        assert parent is None or numbers.index(parent + 1) < numbers.index(place + 1)
    assert sum("●" in line for line in lines) == 1
    assert all(name in "\n".join(lines) for name in conversation.names)
    assert not any("\n" in line for line in lines)


def test_a_long_chain_is_drawn_without_recursion() -> None:
    """Thousands of turns in a row are as many lines, none of them indented."""
    conversation = Conversation()
    for number in range(3000):
        say(conversation, f"q{number}", "a")
    lines = outline(conversation)
    assert len(lines) == 3000
    assert lines[-1] == "● 3000  q2999 · a"
