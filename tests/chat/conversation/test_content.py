"""What a message holds, looked at part by part; answers as later requests have them; a loop of tools."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import TemperaError
from chat.conversation import content, edits
from chat.conversation.branch import Branch
from chat.conversation.chunks import Reader
from chat.conversation.content import audio_part, file_part, image_part, part_of, text_part
from chat.conversation.data import data_url
from chat.conversation.folding import Fold
from chat.conversation.message import message_of, waiting
from chat.conversation.tree import Conversation
from chat.conversation.turn import INTERRUPTED, Choice
from chat.store.conversations import Store
from chat.transfer import to_html, to_markdown

from ...support import sdk_types
from ...support.examples import times
from ...support.turns import a_turn, say

CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"x": 1}'}}
OTHER = {"id": "c2", "type": "custom", "custom": {"name": "run", "input": "ls"}}


@pytest.mark.parametrize(
    ("form", "label", "line"),
    [
        (text_part("hello"), "text", "hello"),
        (image_part("https://example.com/cat.png"), "image", "[image: https://example.com/cat.png]"),
        (image_part(data_url(b"x" * 30, "image/png"), "low"), "image", "[image]"),
        (audio_part(b"x" * 30, "wav"), "audio", "[audio]"),
        (file_part(b"x" * 30, "a.pdf", "application/pdf"), "file", "[file: a.pdf]"),
        ({"type": "file", "file": {"file_id": "f-1"}}, "file", "[file: f-1]"),
        ({"type": "refusal", "refusal": "No."}, "refusal", "No."),
        ({"type": "hologram", "hologram": {"url": "x"}}, "hologram", "[hologram]"),
        ({"type": None}, "None", "[None]"),
    ],
)
def test_each_part_says_what_it_is(form: dict[str, Any], label: str, line: str) -> None:
    """A part is read as its text, or as what it is and what it is called."""
    part = part_of(form)
    assert (part.label, part.line) == (label, line)


@pytest.mark.parametrize(
    ("form", "media", "name"),
    [
        (image_part(data_url(b"x" * 30, "image/png")), "image/png", ""),
        (audio_part(b"x" * 30, "wav"), "audio/wav", ""),
        (file_part(b"x" * 30, "a.pdf", "application/pdf"), "application/pdf", "a.pdf"),
    ],
)
def test_bytes_of_a_part_are_found(form: dict[str, Any], media: str, name: str) -> None:
    """A part that has its bytes itself gives them, with their type and name."""
    data = part_of(form).data
    assert data is not None
    assert (data.decoded(), data.media, data.name) == (b"x" * 30, media, name)


def answered(*deltas: dict[str, Any], finish: str = "stop") -> Choice:
    reader, fold = Reader(), Fold()
    for delta in (*deltas, {}):
        last = delta == {}
        chunk = {"choices": [{"index": 0, "delta": delta, "finish_reason": finish if last else None}]}
        for event in reader.read(chunk):
            fold.feed(event)
    for event in reader.end():
        fold.feed(event)
    return fold.answer().at()


def test_calls_are_sent_back_as_they_came() -> None:
    """Calls of functions and custom tools keep ids, and fields that nobody here knows."""
    signed = {**CALL, "index": 0, "extra_content": {"google": {"thought_signature": "s"}}}
    choice = answered({"tool_calls": [signed]}, {"tool_calls": [{**OTHER, "index": 1}]}, finish="tool_calls")
    back = choice.message().sent()
    assert back == {
        "role": "assistant",
        "content": None,
        "tool_calls": [{**CALL, "extra_content": {"google": {"thought_signature": "s"}}}, OTHER],
    }
    assert [call.result("1") for call in choice.calls] == [
        {"role": "tool", "tool_call_id": "c1", "content": "1"},
        {"role": "tool", "tool_call_id": "c2", "content": "1"},
    ]


def test_the_older_form_of_a_call_stays_what_it_is() -> None:
    """A function_call goes back as one, and is answered by a function's message."""
    choice = answered(
        {"function_call": {"name": "look", "arguments": "{"}}, {"function_call": {"arguments": "}"}}
    )
    assert choice.message().sent() == {
        "role": "assistant",
        "content": None,
        "function_call": {"name": "look", "arguments": "{}"},
    }
    assert choice.calls[0].result("1") == {"role": "function", "name": "look", "content": "1"}


def test_a_call_without_an_id_gets_one() -> None:
    """Where a server gives a call no id, it has one of ours, by which its result names it."""
    choice = answered({"tool_calls": [{"function": {"name": "look", "arguments": "{}"}}]})
    assert [call.id for call in choice.calls] == ["call_1"]
    assert choice.message().sent()["tool_calls"][0]["id"] == "call_1"


def test_audio_is_put_together_and_sent_back_by_its_id() -> None:
    """Pieces of audio, each base64 for itself, become one; a later request names it."""
    one, two = (base64.b64encode(each).decode() for each in (b"RIFFx", b"data"))
    choice = answered(
        {"audio": {"id": "a", "transcript": "Hel"}},
        {"audio": {"data": one, "transcript": "lo"}},
        {"audio": {"data": two}},
        {"audio": {"expires_at": 9}},
    )
    assert choice.text == "Hello"
    data = base64.b64encode(b"RIFFxdata").decode()
    assert choice.beside == {"audio": {"id": "a", "expires_at": 9, "data": data, "transcript": "Hello"}}
    assert choice.message().sent() == {"role": "assistant", "audio": {"id": "a"}}


@pytest.mark.parametrize(
    ("choice", "back"),
    [
        (Choice(0, "Hi."), {"role": "assistant", "content": "Hi."}),
        (Choice(0, refusal="No."), {"role": "assistant", "content": None, "refusal": "No."}),
        (Choice(0, "Hi.", beside={"annotations": [{"type": "x"}]}), {"role": "assistant", "content": "Hi."}),
        (Choice(0, "Hi.", beside={"audio": {"data": "x"}}), {"role": "assistant", "content": "Hi."}),
        (Choice(0, "", "hm"), {"role": "assistant", "content": ""}),
    ],
)
def test_what_a_request_can_not_carry_is_left_out(choice: Choice, back: dict[str, Any]) -> None:
    """Annotations, reasoning and audio without an id stay with the answer, and are not sent."""
    assert choice.message().sent() == back


def test_a_call_that_broke_off_is_not_sent_back() -> None:
    """Where the answer was interrupted in a call, later requests have its text alone."""
    choice = Choice(0, "Let me see", tool_calls=(("look", '{"x'),), beside={"tool_calls": [CALL]})
    message = choice.message(ended=INTERRUPTED)
    assert (message.sent(), message.mark) == ({"role": "assistant", "content": "Let me see"}, "interrupted")


def loop(tmp_path: Path) -> tuple[Store, Conversation]:
    """A conversation in which two tools were called, and answered both at once."""
    store, conversation = Store(tmp_path / "c.db"), Conversation()
    calls = Choice(0, tool_calls=(("look", "{}"), ("run", "ls")), beside={"tool_calls": [CALL, OTHER]})
    turn = conversation.add(a_turn(asked=Branch().add("user", "look"), choices=(calls,)))
    store.add_turn(conversation, turn)
    head = conversation.head
    for call in calls.calls:
        head = head.append(message_of(call.result(f"{call.name} done")))
    turn = conversation.add(a_turn(asked=head, choices=(Choice(0, "Both done."),)))
    store.add_turn(conversation, turn)
    return store, conversation


def test_results_follow_the_calls_in_the_next_request(tmp_path: Path) -> None:
    """One request adds several results; it carries the calls before them, here and in the store."""
    store, conversation = loop(tmp_path)
    there = store.load(conversation.number)
    for each in (conversation, there):
        assert each.turns[1].request.whole["messages"] == [
            {"role": "user", "content": "look"},
            {"role": "assistant", "content": None, "tool_calls": [CALL, OTHER]},
            {"role": "tool", "tool_call_id": "c1", "content": "look done"},
            {"role": "tool", "tool_call_id": "c2", "content": "run done"},
        ]
        assert each.path() == [0, 1] and each.parent(1) == 0
    assert there.turns[0].choice == conversation.turns[0].choice
    store.close()


def test_a_request_may_add_nothing(tmp_path: Path) -> None:
    """What stands can be sent as it stands: the answer hangs below the answer before it."""
    store, conversation = Store(tmp_path / "c.db"), Conversation()
    first = say(conversation, "hello", "Hi")
    store.add_turn(conversation, first)
    turn = conversation.add(a_turn(asked=conversation.head, choices=(Choice(0, "there."),)))
    store.add_turn(conversation, turn)
    there = store.load(conversation.number)
    assert [message.content for message in there.head] == ["hello", "Hi", "there."]
    assert there.path() == [0, 1]
    assert there.last_asked().last == first.branches[0].last
    store.close()


def test_a_loop_is_gone_back_in_step_by_step(tmp_path: Path) -> None:
    """/retry asks again with the results; /undo goes back before them, then before the message."""
    store, conversation = loop(tmp_path)
    assert conversation.last_asked() == conversation.turns[1].request.asked
    assert waiting(conversation.head) == ()
    conversation.undo()
    assert [call.id for call in waiting(conversation.head)] == ["c1", "c2"]
    conversation.undo()
    assert list(conversation.head) == []
    with pytest.raises(TemperaError):
        conversation.undo()
    store.close()


#: Fields of messages with whatever a file of a stranger may have in them.
ANYTHING = st.recursive(
    sdk_types.JSON | st.sampled_from(["text", "image_url", "function", "data:image/png;base64,AAAA" * 9]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                [*content.KINDS, *content.FIELDS, "type", "text", "url", "data", "function", "custom", "id"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
FORMS = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "tool", "function"])},
    optional=dict.fromkeys(("content", *content.FIELDS), ANYTHING),
)


@times(2)
@given(st.lists(FORMS, min_size=1, max_size=3))
def test_whatever_a_message_holds_is_shown_and_sent_as_it_is(forms: list[dict[str, Any]]) -> None:
    """Nothing that a stranger's file has in a message stops it from being read, exported or sent back."""
    conversation = Conversation()
    head = Branch()
    for form in forms:
        head = head.append(message_of(form))
    conversation.add(a_turn(asked=head, choices=(Choice(0, "Yes."),)))
    assert [message.sent() for message in head] == forms
    for message in head:
        assert isinstance(message.words, str) and all(isinstance(call.name, str) for call in message.calls)
        assert all(isinstance(text, str) for part in message.parts for text in (part.line, part.about))
        assert all(isinstance(text, str) for text in content.texts_of(message.sent()))
    assert isinstance(waiting(head), tuple) and all(edits.clashes(list(head)))
    assert isinstance(to_html.page(conversation), str) and isinstance(to_markdown.markdown(conversation), str)
    assert json.loads(to_markdown.jsonl(conversation))["messages"][:-1] == forms
