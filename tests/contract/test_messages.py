"""Messages against the installed SDK's own types: whatever those admit is kept, and sent back as it came."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import (
    ChatCompletionAssistantMessageParam,
    ChatCompletionMessage,
    ChatCompletionMessageParam,
)
from pydantic import TypeAdapter

from chat.conversation.body import Carried, build
from chat.conversation.branch import Branch
from chat.conversation.chunks import Reader
from chat.conversation.folding import Fold
from chat.conversation.message import message_of
from chat.conversation.tree import Conversation
from chat.conversation.turn import Choice
from chat.parameters.settings import Settings
from chat.store import archive
from chat.store.conversations import Store

from ..support import sdk_types
from ..support.examples import times
from ..support.turns import a_turn, made

KINDS = get_args(ChatCompletionMessageParam)
ASSISTANT: TypeAdapter[Any] = TypeAdapter(ChatCompletionAssistantMessageParam)
SETTINGS = Settings().set("model", "m")


def branch_of(forms: list[Any]) -> Branch:
    branch = Branch()
    for form in forms:
        branch = branch.append(message_of(form))
    return branch


def sent(branch: Branch) -> list[Any]:
    found: list[Any] = build(branch, SETTINGS, carried=Carried())["messages"]
    return found


@pytest.fixture
def shells(tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """The stores of two shells."""
    both = Store(tmp_path / "conversations.db"), Store(tmp_path / "conversations.db")
    yield both
    for store in both:
        store.close()


def stored(shells: tuple[Store, Store], conversation: Conversation) -> Conversation:
    """The conversation as another shell finds it."""
    assert shells[0].add(conversation)
    found = shells[1].load(conversation.number)
    assert not shells[1].complaints()
    return found


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_message_is_sent_back_as_it_came(kind: Any, shells: tuple[Store, Store]) -> None:
    """Whatever message the SDK's types admit goes into a body, the store and a file, and is the same after."""

    @times(1)
    @given(st.lists(sdk_types.of(kind), min_size=1, max_size=2))
    def law(forms: list[Any]) -> None:
        branch = branch_of(forms)
        assert sent(branch) == forms
        conversation = Conversation()
        conversation.add(made(branch, "Yes."))
        there = stored(shells, conversation)
        assert sent(there.turns[0].request.asked) == forms
        again = archive.read(json.loads(archive.write(there)))
        assert sent(again.turns[0].request.asked) == forms

    law()


def read(message: dict[str, Any]) -> Choice:
    """The choice that an answer in one piece gives."""
    reader, fold = Reader(whole=True), Fold()
    for event in (*reader.read({"choices": [{"index": 0, "message": message}]}), *reader.end()):
        fold.feed(event)
    return fold.answer().at()


def answers() -> st.SearchStrategy[dict[str, Any]]:
    """Answers as the SDK's type has them, with whole texts and calls that differ by their numbers."""
    return sdk_types.model(ChatCompletionMessage)


def test_an_answer_is_kept_whole_and_sent_back_as_the_api_takes_it(shells: tuple[Store, Store]) -> None:
    """What an answer has is in the store, and the message that it becomes is one that a request may have."""

    @times(2)
    @given(answers())
    def law(message: dict[str, Any]) -> None:
        choice = read(message)
        for name in ("audio", "annotations"):
            if message.get(name):
                assert choice.beside[name] == message[name]
        back = choice.message().sent()
        ASSISTANT.validate_python(back)
        for call in back.get("tool_calls", []):
            assert call[call["type"]] in [each.get(each["type"]) for each in message["tool_calls"]]
        assert back.get("refusal") == (message.get("refusal") or None)
        if not choice.beside and not choice.text and not choice.refusal:
            return
        conversation = Conversation()
        conversation.add(a_turn(asked=Branch().add("user", "hello"), choices=(choice,)))
        there = stored(shells, conversation)
        assert there.turns[0].answer.choices == (choice,)
        assert sent(there.head) == [{"role": "user", "content": "hello"}, back]

    law()
