"""A turn as a record and back: nothing is lost, and nothing that is wrong gets in."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadValue
from chat.conversation import chunks, events
from chat.conversation.branch import Branch
from chat.conversation.events import TokenLogprob
from chat.conversation.tree import Conversation
from chat.conversation.turn import Choice, Usage
from chat.store.conversations import Store
from chat.store.records import branches, message_record, turn_of, turn_record

from ...support.turns import a_turn, any_turn, changed, comparable, made, say, texts, values


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


def nodes_of(conversation: Conversation) -> dict[int, Branch]:
    return branches(through_json([message_record(node) for node in conversation]))


@given(st.data(), texts)
def test_a_turn_comes_back_from_json_as_it_was(data: st.DataObject, text: str) -> None:
    """All of a turn but the hint of its error survives a record: text, tokens, times, how it ended."""
    conversation = Conversation()
    first = conversation.add(made(conversation.head.add("user", "before"), "so"))
    turn = conversation.add(any_turn(data, conversation.head.add("user", text), first.request.asked))
    back = turn_of(through_json(turn_record(turn)), nodes_of(conversation))
    assert comparable(back) == comparable(turn)
    assert back.request == turn.request


@given(st.data(), st.lists(texts, min_size=1, max_size=3))
def test_a_turn_comes_back_from_the_store_as_it_was(data: st.DataObject, asked: list[str]) -> None:
    """What was stored is what is loaded, every field of every turn, and the same tree."""
    store = Store(None)
    conversation = Conversation()
    for text in asked:
        turn = conversation.add(any_turn(data, conversation.head.add("user", text)))
        assert store.add_turn(conversation, turn), store.complaints()
    back = store.load(conversation.number)
    store.close()
    assert [comparable(turn) for turn in back.turns] == [comparable(turn) for turn in conversation.turns]
    assert back.head == conversation.head
    assert list(back.head) == list(conversation.head)
    assert back.title == conversation.title


@pytest.mark.parametrize(
    ("text", "refusal"), [("No.", "No."), ("", "No."), ("No.", ""), ("Yes.", "No."), ("", "")]
)
def test_a_text_and_a_refusal_are_kept_apart(text: str, refusal: str) -> None:
    """An answer whose text and refusal are the same words has both when it is loaded."""
    store = Store(None)
    conversation = Conversation()
    asked = conversation.head.add("user", "hello")
    conversation.add(a_turn(asked=asked, choices=(Choice(0, text, refusal=refusal),)))
    assert store.add(conversation), store.complaints()
    (turn,) = store.load(conversation.number).turns
    store.close()
    assert turn.answer.choices == (Choice(0, text, refusal=refusal),)


@given(st.data())
def test_hostile_records_raise_bad_value_alone(data: st.DataObject) -> None:
    """A record with anything at all in a field's place is read or refused, and nothing else happens."""
    conversation = Conversation()
    say(conversation, "hello", "a", "b")
    record = through_json(turn_record(conversation.turns[0]))
    name = data.draw(st.sampled_from(sorted(record)))
    where, at = record, name
    if name == "choices" and data.draw(st.booleans()):
        where = record["choices"][0]
        at = data.draw(st.sampled_from(sorted(where)))
    where[at] = data.draw(values | st.floats() | st.just(10**400) | st.lists(st.lists(values, max_size=3)))
    try:
        turn = turn_of(record, nodes_of(conversation))
    except BadValue:
        return
    assert json.dumps(turn_record(turn))


@given(st.dictionaries(texts, values, max_size=4) | st.just({}))
def test_records_that_are_strange_altogether(record: dict[str, Any]) -> None:
    """An object that has nothing to do with a turn or a message is refused."""
    with pytest.raises(BadValue):
        turn_of(record, {0: Branch()})
    with pytest.raises(BadValue):
        branches([{"id": record.get("id")}])


@pytest.mark.parametrize(
    "records",
    [
        [{"id": 1, "before": 2, "role": "user", "content": "x"}],  # goes on from nothing
        [{"id": 1, "before": 1, "role": "user", "content": "x"}],  # goes on from itself
        [{"id": 1, "before": 0}, {"id": 1, "before": 0}],
        [{"id": 0, "before": 0}],
        [{"id": -1, "before": 0}],
        [{"id": True, "before": 0}],
        [{"id": 2**63, "before": 0}],
        [{"id": 1, "before": 0, "role": 7}],
        [{"id": 1, "before": 0, "role": "user", "content": ["x"]}],
    ],
)
def test_messages_without_a_place_are_refused(records: list[dict[str, Any]]) -> None:
    """A message that goes on from one that has not come, or whose number is taken or none, is refused."""
    with pytest.raises(BadValue):
        branches(records)


def test_a_loop_of_messages_is_refused() -> None:
    """Two messages that go on from one another hang nowhere, and nothing walks in circles."""
    loop = [{"id": 1, "before": 2, "role": "user", "content": ""}, {"id": 2, "before": 1}]
    with pytest.raises(BadValue):
        branches(loop)


@pytest.mark.parametrize("logprob", [math.inf, -math.inf, 1e300, -1e300])
def test_infinite_probabilities_are_kept_as_numbers(logprob: float, tmp_path: Path) -> None:
    """What some servers write for the logarithm of 0, and nonsense, never makes a turn unreadable."""
    token = TokenLogprob("a", logprob, (("b", logprob),))
    conversation = Conversation()
    turn = made(conversation.head.add("user", "x"), "a")
    conversation.add(changed(turn, choices=(replace(turn.answer.choices[0], logprobs=(token,)),)))
    store = Store(tmp_path / "c.db")
    assert store.add(conversation)
    (kept,) = store.load(conversation.number).turns[0].answer.choices[0].logprobs
    store.close()
    assert math.isfinite(kept.logprob) and math.isfinite(kept.top[0][1])
    assert (kept.logprob > 0) == (logprob > 0)


@pytest.mark.parametrize("number", [2**63, 10**30, 10**400], ids=["64 bits", "30 digits", "400 digits"])
def test_numbers_that_no_database_holds(number: int, tmp_path: Path) -> None:
    """A server that counts more tokens or choices than there can be costs the count, not the turn."""
    read = list(
        chunks.read(
            {
                "choices": [{"index": number, "message": {"content": "hi"}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": number, "completion_tokens": 1},
            }
        )
    )
    text = next(event for event in read if isinstance(event, events.Piece))
    used = next(event for event in read if isinstance(event, events.Used))
    conversation = Conversation()
    turn = a_turn(
        asked=conversation.head.add("user", "x"),
        choices=(Choice(text.index, text.text),),
        usage=Usage(used.prompt, used.completion),
    )
    conversation.add(turn)
    store = Store(tmp_path / "c.db")
    assert store.add(conversation), store.complaints()
    assert store.load(conversation.number).turns[0].answer.choices[0].text == "hi"
    store.close()


@pytest.mark.parametrize(
    "usage", [None, Usage(None, None), Usage(9, None), Usage(None, 2), Usage(0, 0), Usage(9, 2)]
)
def test_usage_that_is_not_known_is_kept_as_unknown(usage: Usage | None, tmp_path: Path) -> None:
    """What a server told in no way that is understood comes back as unknown, and none as none; the cost of
    the whole is unknown then."""
    conversation = Conversation()
    known = usage is None or usage.total is not None
    turn = a_turn(asked=conversation.head.add("user", "x"), choices=(Choice(0, "hi"),), usage=usage)
    conversation.add(turn.with_answer(cost=0.5 if usage and known else None))
    store = Store(tmp_path / "c.db")
    assert store.add(conversation), store.complaints()
    loaded = store.load(conversation.number)
    store.close()
    assert loaded.turns[0].answer.usage == usage
    assert (loaded.cost is None) == (not known)
