"""Conversations out of files: our own, ChatGPT's, llm's, and files that are none of these."""

from __future__ import annotations

import json
import os
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadFile
from chat.conversation.tree import Conversation
from chat.conversation.turn import COMPLETE, FAILED, INTERRUPTED, Choice, Usage
from chat.store import archive
from chat.store.conversations import Store
from chat.transfer import formats, imports
from chat.transfer.adoption import adopt
from chat.transfer.imports import Noted, Skipped

from ...support import llm_logs, pictures
from ...support.conversations import JSON, SAID, conversations, damaged, facts_of
from ...support.examples import shared_fixture
from ...support.turns import a_turn


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store(None)
    yield made
    made.close()


def read(path: Path) -> list[Conversation]:
    found = list(imports.conversations(path))
    assert not [each for each in found if isinstance(each, Skipped)]
    return [each for each in found if isinstance(each, Conversation)]


def saved(path: Path, whole: object) -> Path:
    path.write_text(json.dumps(whole), encoding="utf-8")
    return path


def said(conversation: Conversation) -> list[tuple[str, str]]:
    return [(message.role, message.content) for message in conversation.head]


# ---- our own


@given(conversations())
@shared_fixture
def test_what_was_exported_is_imported(tmp_path: Path, conversation: Conversation) -> None:
    """A file of /export json gives the conversation back, with all that it holds."""
    path = tmp_path / "c.json"
    path.write_text(formats.FORMATS[1].write(conversation), encoding="utf-8")
    (found,) = read(path)
    assert facts_of(found) == facts_of(conversation)


def test_a_file_has_no_say_in_where_requests_go(tmp_path: Path) -> None:
    """Address, key variable, headers and timeout of a file are not taken in: whoever resumes would send
    their key there."""
    conversation = Conversation()
    evil = {"base_url": "https://evil.example/v1", "api_key_env": "OPENAI_API_KEY", "headers": {"a": "b"}}
    settings = {**evil, "timeout": 1, "temperature": 0.5}
    asked = conversation.head.add("user", "a")
    conversation.add(
        a_turn(asked=asked, settings=settings, endpoint="https://evil.example/v1", choices=(Choice(0, "b"),))
    )
    whole = archive.record(conversation)
    cell = ["a", {**settings}, ""]
    experiment = {
        "id": 9,
        "kind": "sweep",
        "asked": asked.id,
        "about": "",
        "profile": "",
        "settings": settings,
    }
    whole["experiments"] = [{**experiment, "blind": False, "cells": [cell]}]
    (found,) = read(saved(tmp_path / "c.json", whole))
    assert found.turns[0].request.settings == {"temperature": 0.5}
    assert found.turns[0].request.endpoint == "https://evil.example/v1", "where it was said is a fact"
    (kept,) = found.experiments.values()
    assert kept.settings == {"temperature": 0.5} == kept.cells[0].values


SOUND = json.loads(
    formats.FORMATS[1].write(
        (
            lambda c: (
                c.add(a_turn(asked=c.head.add("user", "a"), choices=(Choice(0, "b"), Choice(1, "c")))),
                c.add(a_turn(asked=c.head.add("user", "d"), choices=(Choice(0, "e"),), usage=Usage(1, 2))),
                c.fork("x"),
                c,
            )[-1]
        )(Conversation())
    )
)


def taken_in(store: Store, path: Path) -> None:
    """Import a file to the end; what comes of it can be stored, loaded, exported and walked."""
    found: list[Conversation] = []
    with suppress(BadFile):
        found += [each for each in imports.conversations(path) if isinstance(each, Conversation)]
    for each in found:
        adopted = adopt(store, each)
        kept = store.load(adopted.number)
        for form in formats.FORMATS:
            if form.fits(kept):
                form.write(kept)
        for place in range(len(kept.turns)):
            kept.switch(str(place + 1))
        kept.children()


@given(damaged(SOUND))
@shared_fixture
def test_a_damaged_file_is_refused_or_made_sense_of(tmp_path: Path, whole: Any) -> None:
    """Whatever is changed in a file, it is refused in a sentence, or what comes in is a sound conversation."""
    store = Store(None)
    try:
        taken_in(store, saved(tmp_path / "c.json", whole))
    finally:
        store.close()


@given(
    st.one_of(
        JSON,
        st.lists(st.fixed_dictionaries({"mapping": JSON}), max_size=3),
        JSON.map(lambda x: {"tempera": x}),
    )
)
@shared_fixture
def test_any_json_is_refused_or_made_sense_of(tmp_path: Path, whole: Any) -> None:
    """JSON of any kind raises nothing but BadFile."""
    store = Store(None)
    try:
        taken_in(store, saved(tmp_path / "c.json", whole))
    finally:
        store.close()


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(lambda data: b"PK\x03\x04" + data)))
@shared_fixture
def test_any_bytes_are_refused(tmp_path: Path, data: bytes) -> None:
    """Bytes that are no JSON, no archive and no database raise nothing but BadFile."""
    path = tmp_path / "c.json"
    path.write_bytes(data)
    with pytest.raises(BadFile):
        list(imports.conversations(path))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: is not JSON: expecting value"),
        ("{\n\n", "line 3: is not JSON: expecting property name enclosed in double quotes"),
        ("[" * 100_000, "is not JSON: a number is too large, or it is nested too deeply"),
        ("[1e999]", "is not JSON: a number is too large, or it is nested too deeply"),
        ("[NaN]", "is not JSON: a number is too large, or it is nested too deeply"),
        ("9" * 10_000, "is not JSON: a number is too large, or it is nested too deeply"),
        ("[1, 2]", "holds no conversations that are known"),
        ('{"tempera": 2}', "can't be imported: a newer Tempera wrote it"),
        ('{"tempera": "x"}', "can't be imported: it has no version that is known"),
        ('{"tempera": true}', "can't be imported: it has no version that is known"),
        ('{"tempera": 1}', "can't be imported: its number is not one"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, told: str) -> None:
    """A file that can't be imported is named, with what is wrong, in one sentence."""
    path = tmp_path / "c.json"
    path.write_text(text)
    with pytest.raises(BadFile) as caught:
        list(imports.conversations(path))
    assert caught.value.message.removeprefix(str(path)).lstrip(":, ") == told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda w: w["messages"].reverse(), "message"),
        (lambda w: w["messages"][1].update(before=w["messages"][1]["id"]), "has no place"),
        (lambda w: w["messages"].append(w["messages"][0]), "has no place"),
        (lambda w: w["messages"][0].update(role="robot"), "a role that none has"),
        (lambda w: w["turns"].append(w["turns"][0]), "an answer is not where it was asked for"),
        (
            lambda w: w["turns"][1].update(asked=w["turns"][0]["asked"]),
            "an answer is not where it was asked for",
        ),
        (lambda w: w["turns"][1].update(id=w["turns"][0]["id"]), "a turn or a choice comes twice"),
        (lambda w: w["turns"][0]["choices"][1].update(index=0), "a turn or a choice comes twice"),
        (lambda w: w["turns"][0]["choices"][1].update(answer=0), "an answer is missing"),
        (lambda w: w["turns"][0].update(ended="soon"), "can't have ended"),
        (lambda w: w.update(head=5), "goes on from a message that is not there"),
        (lambda w: w.update(names={"../x": w["head"]}), "a name that none can have"),
        (lambda w: w.update(messages={}), "its messages are no list of objects"),
        (lambda w: w.update(id=2**64), "its number is not one"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, change: Any, told: str) -> None:
    """Messages in a circle or twice, answers astray, turns that come twice: each is told."""
    whole = json.loads(json.dumps(SOUND))
    change(whole)
    with pytest.raises(BadFile, match=told):
        list(imports.conversations(saved(tmp_path / "c.json", whole)))


def test_numbers_of_the_future_are_replaced(tmp_path: Path) -> None:
    """A file can't push the count of numbers to its end: what is of the future gets numbers of today."""
    text = json.dumps(SOUND)
    for place, number in enumerate(sorted({node["id"] for node in SOUND["messages"]})):
        text = text.replace(str(number), str(2**63 - 20 + place))
    path = tmp_path / "c.json"
    path.write_text(text)
    (found,) = read(path)
    assert max(archive.message_numbers(found)) < 2**62
    assert said(found) == [("user", "a"), ("assistant", "b"), ("user", "d"), ("assistant", "e")]


# ---- files that are no files


def test_pipes_devices_and_folders_are_refused(tmp_path: Path) -> None:
    """Nothing waits for a pipe, or reads a device without end."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path, tmp_path / "none.json", Path("a\0b")):
        with pytest.raises(BadFile):
            list(imports.conversations(path))


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is read to its limit, and no further; so is what an archive unpacks to."""
    monkeypatch.setattr(imports, "LARGEST", 1024 * 1024)
    with (tmp_path / "c.json").open("wb") as file:
        file.truncate(1024**3)
    with pytest.raises(BadFile, match="larger than 1 MB"):
        list(imports.conversations(tmp_path / "c.json"))
    with zipfile.ZipFile(tmp_path / "c.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("conversations.json", b" " * 3 * 1024 * 1024)
    with pytest.raises(BadFile, match="larger than 1 MB"):
        list(imports.conversations(tmp_path / "c.zip"))


# ---- into the store


def test_a_file_is_taken_in_once(tmp_path: Path, store: Store) -> None:
    """The same file again adds nothing, and says which conversation it is."""
    path = saved(tmp_path / "c.json", SOUND)
    first, second = (adopt(store, read(path)[0]) for _ in range(2))
    assert (first.new, first.known) == (2, False)
    assert (second.number, second.new, second.known) == (first.number, 0, True)
    assert len(store.newest()) == 1


def test_what_was_said_since_is_added(tmp_path: Path, store: Store) -> None:
    """A later export of the same conversation brings its new turns, and what was said here stays."""
    number = adopt(store, read(saved(tmp_path / "c.json", SOUND))[0]).number
    here = store.load(number)
    (later,) = read(tmp_path / "c.json")
    later.add(a_turn(asked=later.head.add("user", "new"), choices=(Choice(0, "newer"),)))
    adopted = adopt(store, later)
    assert (adopted.number, adopted.new, adopted.known) == (number, 1, True)
    assert said(store.load(number))[-1] == ("assistant", "newer")
    here.add(a_turn(asked=here.head.add("user", "mine"), choices=(Choice(0, "yours"),)))
    store.add(here)
    later.add(a_turn(asked=later.head.add("user", "third"), choices=(Choice(0, "fourth"),)))
    assert adopt(store, later).new == 1
    kept = store.load(number)
    assert said(kept)[-1] == ("assistant", "yours"), "where it goes on here is decided here"
    assert {turn.choice.text for turn in kept.turns} == {"b", "e", "newer", "yours", "fourth"}


def test_numbers_that_are_taken_are_replaced(tmp_path: Path, store: Store) -> None:
    """A file whose numbers are another conversation's changes nothing of that one."""
    adopt(store, read(saved(tmp_path / "c.json", SOUND))[0])
    before = archive.record(store.load(1))
    other = json.loads(json.dumps(SOUND))
    other["id"] += 1
    other["messages"][0]["content"] = other["turns"][0]["choices"][0]["text"] = "forged"
    path = saved(tmp_path / "d.json", other)
    adopted = adopt(store, read(path)[0])
    assert adopted.number == 2
    assert archive.record(store.load(1)) == before
    assert said(store.load(2))[0] == ("user", "forged")
    again = adopt(store, read(path)[0])
    assert (again.number, again.new) == (2, 0), "recognised although its numbers were replaced"


def test_an_import_is_no_newer_than_it_is(tmp_path: Path, store: Store) -> None:
    """A conversation of 2023 stands behind today's in the list."""
    whole = json.loads(json.dumps(SOUND))
    for turn in whole["turns"]:
        turn["at"] = 1_700_000_000.0
    recent = Conversation(title="today")
    recent.add(a_turn(asked=recent.head.add("user", "a"), choices=(Choice(0, "b"),)))
    store.add(recent)
    adopt(store, read(saved(tmp_path / "c.json", whole))[0])
    assert [row["title"] for row in store.newest()] == ["today", "a"]


# ---- ChatGPT


def node(key: str, parent: str | None, role: str, *parts: Any, **facts: Any) -> dict[str, Any]:
    content = facts.pop("content", {"content_type": "text", "parts": list(parts)})
    message = {
        "id": key,
        "author": {"role": role, "name": facts.pop("name", None), "metadata": {}},
        "create_time": facts.pop("at", None),
        "content": content,
        "status": "finished_successfully",
        "weight": 1.0,
        "recipient": "all",
        "metadata": facts.pop("metadata", {}),
        **facts,
    }
    return {"id": key, "parent": parent, "children": [], "message": message}


def chatgpt(*nodes: dict[str, Any], **facts: Any) -> dict[str, Any]:
    root = {"id": "root", "parent": None, "children": [], "message": None}
    return {
        "title": "A talk",
        "create_time": 1_700_000_000.0,
        "conversation_id": "uuid-1",
        "current_node": nodes[-1]["id"],
        "default_model_slug": "gpt-4o",
        "mapping": {each["id"]: each for each in (root, *nodes)},
        **facts,
    }


TREE = chatgpt(
    node("s", "root", "system", "", weight=0),
    node("u1", "s", "user", "Hello?", at=1_700_000_001.5),
    node("a1", "u1", "assistant", "Hi.", at=1_700_000_002.0, metadata={"model_slug": "gpt-4"}),
    node("a2", "u1", "assistant", "Hey.", at=1_700_000_009.0),
    node("u2", "a1", "user", "And?", at=1_700_000_004.0),
    node("a3", "u2", "assistant", "So.", at=1_700_000_005.0),
    current_node="a3",
)


def test_chatgpts_tree_is_a_tree(tmp_path: Path) -> None:
    """Answers that were asked for again are siblings; times, models and the place to go on are kept."""
    (found,) = read(saved(tmp_path / "conversations.json", [TREE]))
    assert found.title == "A talk"
    assert said(found) == [("user", "Hello?"), ("assistant", "Hi."), ("user", "And?"), ("assistant", "So.")]
    assert [turn.choice.text for turn in found.turns] == ["Hi.", "So.", "Hey."], "in the order of their times"
    assert found.children() == {None: [0, 2], 0: [1]}
    assert [turn.request.at for turn in found.turns] == [1_700_000_002.0, 1_700_000_005.0, 1_700_000_009.0]
    assert [turn.model for turn in found.turns] == ["gpt-4", "gpt-4o", "gpt-4o"]
    assert found.turns[0].request.settings == {"model": "gpt-4"}


def test_chatgpts_system_texts_hold_below_them(tmp_path: Path) -> None:
    """Custom instructions are the system message of what comes after them, and no message of their own."""
    context = {
        "content_type": "user_editable_context",
        "user_profile": "I am Ann.",
        "user_instructions": "Be short.",
    }
    hidden = {"is_visually_hidden_from_conversation": True}
    whole = chatgpt(
        node("s", "root", "system", "You are ChatGPT."),
        node("c", "s", "user", content=context, metadata=hidden),
        node("u", "c", "user", "Hi"),
        node("a", "u", "assistant", "Hello"),
    )
    (found,) = read(saved(tmp_path / "conversations.json", [whole]))
    assert found.turns[0].request.carried.system == "You are ChatGPT.\n\nI am Ann.\nBe short."
    assert said(found) == [("user", "Hi"), ("assistant", "Hello")]


def test_chatgpts_tools_and_thoughts_are_one_answer(tmp_path: Path) -> None:
    """What the model thought, sent to tools and got back belongs to the answer that came of it."""
    thoughts = {"content_type": "thoughts", "thoughts": [{"summary": "Sum", "content": "Add them."}]}
    code = {"content_type": "code", "language": "python", "text": "1+1"}
    output = {"content_type": "execution_output", "text": "2"}
    whole = chatgpt(
        node("u", "root", "user", "1+1?"),
        node("t", "u", "assistant", content=thoughts),
        node("c", "t", "assistant", content=code, recipient="python"),
        node("o", "c", "tool", content=output, name="python"),
        node("a", "o", "assistant", "It is 2."),
        node("b", "o", "assistant", "Two."),
        current_node="a",
    )
    (found,) = read(saved(tmp_path / "conversations.json", [whole]))
    assert [turn.choice.text for turn in found.turns] == ["It is 2.", "Two."]
    for turn in found.turns:
        assert turn.choice.reasoning == "Sum\nAdd them.\n\n[python] 2"
        assert turn.choice.tool_calls == (("python", "1+1"),)
    assert said(found) == [("user", "1+1?"), ("assistant", "It is 2.")]


def test_chatgpts_pictures_and_sound_are_noted(tmp_path: Path) -> None:
    """What is no text stands as a note where it was; what was spoken is text."""
    picture = {
        "content_type": "image_asset_pointer",
        "asset_pointer": "sediment://f1",
        "width": 10,
        "height": 20,
    }
    spoken = {"content_type": "audio_transcription", "text": "good morning"}
    content = {"content_type": "multimodal_text", "parts": [picture, "Look", spoken, None, 5]}
    files = {"attachments": [{"name": "a.pdf"}]}
    whole = chatgpt(
        node("u", "root", "user", content=content, metadata=files), node("a", "u", "assistant", "Nice")
    )
    (found,) = read(saved(tmp_path / "conversations.json", [whole]))
    assert said(found)[0][1] == "[image sediment://f1 10×20]\nLook\ngood morning\n[attached: a.pdf]"


@pytest.mark.parametrize("packed", [True, False])
def test_chatgpts_pictures_are_parts_where_they_are(tmp_path: Path, packed: bool) -> None:
    """A picture in the archive, or in its folder, is a part of the message; one that is missing, damaged or a bomb
    stays a note."""
    files = {
        "file_a1-sunset.png": pictures.png(),
        "user-1/file-b2.jpeg": pictures.jpeg(),
        "file_bomb.png": pictures.bomb(),
        "file_c3.png": pictures.png()[:40],
    }
    pointers = ("sediment://file_a1", "file-service://file-b2", "sediment://file_bomb", "sediment://file_c3")
    parts = [
        {"content_type": "image_asset_pointer", "asset_pointer": pointer}
        for pointer in (*pointers, "sediment://file_none", "sediment://../../etc")
    ]
    content = {"content_type": "multimodal_text", "parts": [*parts, "Look"]}
    whole = chatgpt(node("u", "root", "user", content=content), node("a", "u", "assistant", "Nice"))
    path = tmp_path / ("export.zip" if packed else "conversations.json")
    if packed:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("conversations.json", json.dumps([whole]))
            for name, data in files.items():
                archive.writestr(name, data)
    else:
        saved(path, [whole])
        for name, data in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(data)
    (found,) = read(path)
    question = found.turns[0].request.asked.last
    assert question is not None
    assert [part.data.media for part in question.parts if part.data] == ["image/png", "image/jpeg"]
    notes = ("file_bomb", "file_c3", "file_none", "../../etc")
    assert question.parts[-1].text.split("\n") == [*(f"[image sediment://{name}]" for name in notes), "Look"]


def test_chatgpts_answers_that_broke_off_are_marked(tmp_path: Path) -> None:
    """How an answer ended is kept: stopped, at its limit, failed, or never begun."""
    end = {"finish_details": {"type": "max_tokens"}}
    whole = chatgpt(
        node("u", "root", "user", "Q", at=1.0),
        node("a", "u", "assistant", "one", at=2.0, metadata=end),
        node("b", "u", "assistant", "two", at=3.0, status="in_progress"),
        node("c", "u", "assistant", "three", at=4.0, status="error"),
        node("v", "a", "user", "unanswered", at=5.0),
    )
    (found,) = read(saved(tmp_path / "conversations.json", [whole]))
    assert [turn.answer.ended for turn in found.turns] == [COMPLETE, INTERRUPTED, FAILED, INTERRUPTED]
    assert found.turns[0].choice.finish_reason == "length"
    assert [turn.branches[0].last.mark for turn in found.turns[:3]] == ["", "interrupted", "cut off"]  # type: ignore[union-attr]
    assert said(found)[-1] == ("user", "unanswered") and not found.turns[3].branches


def test_chatgpts_archive_is_read_as_it_comes(tmp_path: Path) -> None:
    """The archive itself will do, also where it has the conversations in several files."""
    other = {**TREE, "conversation_id": "uuid-2", "title": "Another"}
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as packed:
        packed.writestr("user.json", "{}")
        packed.writestr("conversations-000.json", json.dumps([TREE]))
        packed.writestr("conversations-001.json", json.dumps([other]))
    assert [each.title for each in read(tmp_path / "export.zip")] == ["A talk", "Another"]
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as packed:
        packed.writestr("user.json", "{}")
    with pytest.raises(BadFile, match="without conversations"):
        list(imports.conversations(tmp_path / "other.zip"))


def test_chatgpts_numbers_are_the_same_each_time(tmp_path: Path, store: Store) -> None:
    """An export of next month adds what was said since to what was imported this month."""
    first = adopt(store, read(saved(tmp_path / "c.json", [TREE]))[0])
    grown = json.loads(json.dumps(TREE))
    for each in (
        node("u9", "a3", "user", "More", at=1_700_000_100.0),
        node("a9", "u9", "assistant", "Yes", at=1_700_000_101.0),
    ):
        grown["mapping"][each["id"]] = each
    grown["current_node"] = "a9"
    second = adopt(store, read(saved(tmp_path / "c.json", [grown]))[0])
    assert (second.number, second.new, second.known) == (first.number, 1, True)
    assert said(store.load(first.number))[-1] == ("assistant", "Yes")


def changed(*changes: Any) -> dict[str, Any]:
    whole = json.loads(json.dumps(TREE))
    for change in changes:
        change(whole)
    return whole


def nodes(whole: dict[str, Any]) -> list[dict[str, Any]]:
    return list(whole["mapping"].values())


def without_parents(whole: dict[str, Any]) -> None:
    for key, each in whole["mapping"].items():
        above = each.pop("parent")
        if above:
            whole["mapping"][above]["children"].append(key)


def without_any(whole: dict[str, Any]) -> None:
    for each in nodes(whole):
        del each["parent"], each["children"]


def reordered(whole: dict[str, Any]) -> None:
    whole["mapping"] = dict(reversed(whole["mapping"].items()))


@pytest.mark.parametrize(
    ("changes", "children"),
    [
        ((without_parents,), {None: [0, 2], 0: [1]}),
        ((without_parents, reordered), {None: [0, 2], 0: [1]}),
        ((lambda w: w["mapping"]["u1"].update(parent="nowhere"),), {None: [0, 2], 0: [1]}),
        ((lambda w: w["mapping"]["u2"].update(parent=7),), {None: [0], 0: [], 1: []}),
        ((lambda w: w["mapping"]["s"].update(parent="a3"),), {None: [0, 2], 0: [1]}),
        ((lambda w: w["mapping"]["u1"].update(parent="u1"),), {None: [0, 2], 0: [1]}),
        ((lambda w: w["mapping"].pop("root"),), {None: [0, 2], 0: [1]}),
        ((lambda w: w.update(mapping=nodes(w)),), {None: [0, 2], 0: [1]}),
    ],
)
def test_a_tree_that_is_told_otherwise_or_broken_is_kept(
    tmp_path: Path, changes: Any, children: dict[int | None, list[int]]
) -> None:
    """Parents, children or the order say what goes on from what; a place that can't be costs no message."""
    found = list(imports.conversations(saved(tmp_path / "c.json", changed(*changes))))
    (kept,) = [each for each in found if isinstance(each, Conversation)]
    assert sorted(turn.choice.text for turn in kept.turns if turn.choice.text) == ["Hey.", "Hi.", "So."]
    assert [turn.choice.text for turn in kept.turns][:1] == ["Hi."]
    if children == {None: [0, 2], 0: [1]}:
        assert kept.children() == children


def test_what_has_no_place_is_told(tmp_path: Path) -> None:
    """A message that goes on from one that is not there stands after the one before it, and that is said."""
    whole = changed(lambda w: w["mapping"]["u2"].update(parent="nowhere"))
    found = list(imports.conversations(saved(tmp_path / "c.json", [whole])))
    assert isinstance(found[0], Conversation)
    assert found[1:] == [
        Noted("A talk", "one message of it had no place, and stands after the one before it")
    ]


def test_without_any_links_the_order_is_the_conversation(tmp_path: Path) -> None:
    """Neither parents nor children: each message goes on from the one before it in the file."""
    whole = changed(without_any)
    del whole["mapping"]["a2"]
    (found,) = read(saved(tmp_path / "c.json", [whole]))
    assert said(found) == [("user", "Hello?"), ("assistant", "Hi."), ("user", "And?"), ("assistant", "So.")]


def test_conversations_without_an_id_are_each_their_own(tmp_path: Path, store: Store) -> None:
    """Their nodes may have the same keys, and no times: none is taken for another, and each is known again."""

    def one(number: int, **facts: Any) -> dict[str, Any]:
        made = chatgpt(node("1", "root", "user", f"Q{number}"), node("2", "1", "assistant", f"A{number}"))
        del made["conversation_id"], made["create_time"]
        return {**made, **facts}

    whole = [one(1), one(2), one(3), one(4, id="same"), one(5, id="same"), one(6, title="T"), one(7, id=None)]
    path = saved(tmp_path / "conversations.json", whole)
    adopted = [adopt(store, each) for each in read(path)]
    assert [(each.new, each.known) for each in adopted] == [(1, False)] * 7
    texts = {store.load(each.number).turns[0].choice.text for each in adopted}
    assert texts == {f"A{number}" for number in range(1, 8)}
    assert [adopt(store, each).known for each in read(path)] == [True] * 7


def test_a_key_that_comes_twice_in_an_object_costs_no_message(tmp_path: Path) -> None:
    """JSON that names a node twice holds both."""
    twice = json.dumps([TREE]).replace('"a2": {"id"', '"a1": {"id"')
    path = tmp_path / "c.json"
    path.write_text(twice)
    (found,) = read(path)
    assert {turn.choice.text for turn in found.turns} == {"Hi.", "Hey.", "So."}


@pytest.mark.parametrize("begun", [1_700_000_000.0, None])
def test_a_message_without_a_time_has_that_of_its_conversation(tmp_path: Path, begun: float | None) -> None:
    """Nothing was said in 1970."""
    whole = chatgpt(
        node("u", "root", "user", "Q"),
        node("a", "u", "assistant", "A"),
        node("v", "a", "user", "R"),
        node("b", "v", "assistant", "B", at=1_700_000_050.0),
        create_time=begun,
    )
    (found,) = read(saved(tmp_path / "c.json", [whole]))
    first = begun or 1_700_000_050.0
    assert [turn.request.at for turn in found.turns] == [first, 1_700_000_050.0]


def test_pictures_that_a_tool_drew_are_the_answer(tmp_path: Path) -> None:
    """A picture is in what was answered, and so is one that code drew; what else the tool says is beside it."""
    drawn = {
        "content_type": "image_asset_pointer",
        "asset_pointer": "sediment://p1",
        "width": 8,
        "height": 8,
    }
    parts = {"content_type": "multimodal_text", "parts": [drawn, "the model sees this"]}
    plot = {"aggregate_result": {"messages": [{"message_type": "image", "image_url": "sediment://p2"}]}}
    output = {"content_type": "execution_output", "text": "done"}
    whole = chatgpt(
        node("u", "root", "user", "Draw"),
        node("c", "u", "assistant", '{"prompt": "a cat"}', recipient="dalle.text2im"),
        node("t", "c", "tool", content=parts, name="dalle.text2im"),
        node("v", "t", "user", "Plot"),
        node("o", "v", "tool", content=output, name="python", metadata=plot),
    )
    (found,) = read(saved(tmp_path / "c.json", [whole]))
    one, two = (turn.choice for turn in found.turns)
    assert (one.text, one.reasoning) == ("[image sediment://p1 8×8]", "[dalle.text2im] the model sees this")
    assert one.tool_calls == (("dalle.text2im", '{"prompt": "a cat"}'),)
    assert (two.text, two.reasoning) == ("[image sediment://p2]", "[python] done")


def test_a_document_in_the_canvas_is_the_answer(tmp_path: Path) -> None:
    """What was written beside the conversation is in it, first and each time that it was changed."""
    made = json.dumps({"name": "poem", "type": "document", "content": "Roses"})
    changes = json.dumps({"updates": [{"pattern": ".*", "multiple": False, "replacement": "Violets"}]})
    whole = chatgpt(
        node("u", "root", "user", "A poem"),
        node("c", "u", "assistant", made, recipient="canmore.create_textdoc"),
        node("t", "c", "tool", "Successfully created", name="canmore.create_textdoc"),
        node("v", "t", "user", "Another"),
        node("d", "v", "assistant", changes, recipient="canmore.update_textdoc"),
    )
    (found,) = read(saved(tmp_path / "c.json", [whole]))
    assert [turn.choice.text for turn in found.turns] == ["Roses", "Violets"]
    assert found.turns[0].choice.tool_calls == (("canmore.create_textdoc", made),)


def test_an_answer_that_only_a_tool_gave_is_an_answer(tmp_path: Path) -> None:
    """Where the model said nothing after its tool, the tool's words stand for it; nobody's words are dropped."""
    whole = chatgpt(
        node("u", "root", "user", "Look"),
        node("t", "u", "tool", "It rains", name="browser"),
        node("v", "t", "user", "Hm"),
        node("x", "v", "critic", "Well", content="Well said"),
    )
    (found,) = read(saved(tmp_path / "c.json", [whole]))
    assert [turn.choice.text for turn in found.turns] == ["[browser] It rains", "[critic] Well said"]


def test_an_entry_that_is_no_conversation_keeps_no_other_out(tmp_path: Path) -> None:
    """What has no mapping, or is no object, is named by its title or its place."""
    whole = [{"title": "Empty"}, TREE, 5, None, {"mapping": {}}]
    found = list(imports.conversations(saved(tmp_path / "c.json", whole)))
    none = "it is no conversation: it has no messages"
    assert isinstance(found[1], Conversation)
    assert [found[0], *found[2:]] == [
        Skipped("Empty", none),
        Skipped("entry 3", none),
        Skipped("entry 4", none),
        Skipped("entry 5", "nothing was said in it"),
    ]


SEVERAL = [
    chatgpt(
        node("u", "root", "user", f"question {number}", at=1_700_000_000.0 + number),
        node("a", "u", "assistant", f"answer {number}"),
        conversation_id=f"uuid-{number}",
        title=f"Talk {number}",
    )
    for number in range(5)
]


def answers(path: Path) -> list[str]:
    found: list[str] = []
    with suppress(BadFile):
        for each in imports.conversations(path):
            if isinstance(each, Conversation):
                found += [turn.choice.text for turn in each.turns]
    return found


@given(st.integers(0, 4), st.data())
@shared_fixture
def test_damage_to_one_conversation_loses_no_other(tmp_path: Path, number: int, data: st.DataObject) -> None:
    """Whatever values of one are changed, the others are all there."""
    whole = [*SEVERAL]
    whole[number] = data.draw(damaged(SEVERAL[number]))
    path = saved(tmp_path / "c.json", whole)
    store = Store(None)
    try:
        kept = [each for each in imports.conversations(path) if isinstance(each, Conversation)]
        there = [store.load(adopt(store, each).number) for each in kept]
    finally:
        store.close()
    texts = {turn.choice.text for each in there for turn in each.turns}
    assert texts >= {f"answer {other}" for other in range(5) if other != number}


@given(st.data())
@shared_fixture
def test_damage_to_the_bytes_loses_what_they_are_in_and_no_more(tmp_path: Path, data: st.DataObject) -> None:
    """Bytes that are changed, taken out or put in, or an end that is missing: the rest is read."""
    pieces = [json.dumps(each, ensure_ascii=False).encode() for each in SEVERAL]
    number = data.draw(st.integers(0, 4))
    piece = pieces[number]
    start = data.draw(st.integers(0, len(piece)))
    end = data.draw(st.integers(start, min(len(piece), start + 40)))
    put = data.draw(
        st.one_of(st.binary(max_size=6), st.sampled_from([b'"', b"{", b"}", b"]", b"1e999", b"NaN"]))
    )
    cut = data.draw(st.booleans())
    pieces[number] = piece[:start] + (b"" if cut else put + piece[end:])
    whole = b"[" + b", ".join(pieces[: number + 1] if cut else pieces) + (b"" if cut else b"]")
    path = tmp_path / "c.json"
    path.write_bytes(whole)
    intact = {f"answer {other}" for other in range(number if cut else 5) if other != number}
    assert set(answers(path)) >= intact


def test_a_damaged_list_says_what_is_left_out(tmp_path: Path) -> None:
    """A file that was cut gives what is whole in it, and says where it breaks off."""
    text = json.dumps(SEVERAL, indent=1)
    path = tmp_path / "c.json"
    path.write_text(text[: text.index("question 3")])
    *kept, left = imports.conversations(path)
    assert len(kept) == 3
    assert isinstance(left, Skipped) and left.title == "entry 4" and "is not JSON" in left.why
    assert "line" in left.why


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    """A byte that is no UTF-8 costs the letter that it was, and that is said."""
    path = tmp_path / "c.json"
    path.write_bytes(json.dumps(SEVERAL).encode().replace(b"answer 2", b"answ\xffr 2"))
    assert answers(path) == ["answer 0", "answer 1", "answ\ufffdr 2", "answer 3", "answer 4"]
    assert list(imports.conversations(path))[-1] == Noted("", "1 bytes that are no UTF-8 stand as \ufffd")


def test_a_damaged_file_of_an_archive_keeps_no_other_out(tmp_path: Path) -> None:
    """One of several files is broken, or does not unpack to its end: the others come in, and it is named."""
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("conversations-000.json", json.dumps(SEVERAL[:2]))
        packed.writestr("conversations-001.json", "{")
        packed.writestr("conversations-002.json", json.dumps(SEVERAL[2:]))
    assert len(answers(path)) == 5
    assert [e.title for e in imports.conversations(path) if isinstance(e, Noted)] == [
        "conversations-001.json"
    ]
    path.write_bytes(path.read_bytes().replace(b"answer 3", b"answer X"))  # its checksum is wrong now
    assert answers(path) == ["answer 0", "answer 1", "answer 2", "answer X", "answer 4"]
    last = list(imports.conversations(path))[-1]
    assert last == Noted(
        "conversations-002.json",
        "it can't be unpacked: its checksum is wrong; what could be read is taken in",
    )


@st.composite
def mappings(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, str]]:
    """A random tree of questions and answers, with what each node says."""
    texts = {}
    nodes = []
    for number in range(draw(st.integers(1, 12))):
        key = f"n{number}"
        parent = draw(st.sampled_from(["root", *texts]))
        role = draw(st.sampled_from(["user", "assistant", "user", "assistant", "tool", "system"]))
        texts[key] = f"«{number}» {draw(SAID)}".replace("\r", " ").rstrip()
        at = draw(st.none() | st.floats(0, 2e9, allow_nan=False))
        nodes.append(node(key, parent, role, texts[key], at=at))
    return chatgpt(*nodes), texts


@given(mappings())
@shared_fixture
def test_nothing_that_was_said_to_chatgpt_is_lost(
    tmp_path: Path, made: tuple[dict[str, Any], dict[str, str]]
) -> None:
    """Every text of the tree is in the conversation: as a message, in an answer's reasoning, or as a system
    message."""
    whole, texts = made
    kinds = {each["message"]["author"]["role"] for each in whole["mapping"].values() if each["message"]}
    found = list(imports.conversations(saved(tmp_path / "c.json", [whole])))
    if kinds == {"system"}:
        assert [type(each) for each in found] == [Skipped]
        return
    (conversation,) = found
    assert isinstance(conversation, Conversation)
    held = json.dumps(archive.record(conversation), ensure_ascii=False)
    below = {each["parent"] for each in whole["mapping"].values()}
    for key, text in texts.items():
        role = whole["mapping"][key]["message"]["author"]["role"]
        if role != "system" or key in below:  # what holds for nothing is not kept
            wanted = json.dumps(text, ensure_ascii=False)[1:-1].strip()
            if role != "system" or any(
                whole["mapping"][k]["message"]["author"]["role"] != "system"
                for k in texts
                if _is_below(whole, k, key)
            ):
                assert wanted in held
    assert archive.in_order(conversation)


def _is_below(whole: dict[str, Any], key: str, above: str) -> bool:
    at: str | None = key
    while at is not None:
        at = whole["mapping"][at]["parent"]
        if at == above:
            return True
    return False


@given(damaged(TREE))
@shared_fixture
def test_a_damaged_export_is_refused_or_made_sense_of(tmp_path: Path, whole: Any) -> None:
    """Whatever is changed in ChatGPT's file, it raises nothing but BadFile."""
    store = Store(None)
    try:
        taken_in(store, saved(tmp_path / "c.json", [whole, whole]))
    finally:
        store.close()


def test_shared_beginnings_do_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tree whose answers share a long beginning is refused where all of them together are too long."""
    from chat.transfer import from_chatgpt

    monkeypatch.setattr(from_chatgpt, "_LONGEST", 10_000)
    long = node("a", "u", "assistant", "x" * 3000)
    ends = [node(f"e{number}", "a", "assistant", "y") for number in range(5)]
    whole = chatgpt(node("u", "root", "user", "Q"), long, *ends)
    with pytest.raises(BadFile, match="too large"):
        list(imports.conversations(saved(tmp_path / "c.json", whole)))


# ---- llm


def test_llms_older_rows_are_conversations(tmp_path: Path) -> None:
    """Questions, answers, system message, options, tokens, times and models are kept, a row a turn."""
    details = {
        "prompt_tokens_details": {"cached_tokens": 3},
        "completion_tokens_details": {"reasoning_tokens": 2},
    }
    tokens = {
        "input_tokens": 9,
        "output_tokens": 8,
        "token_details": json.dumps(details),
        "duration_ms": 1500,
    }
    options = json.dumps({"temperature": 0.2, "num_ctx": 4096, "json_object": True, "seed": None})
    first = llm_logs.response(1, "Hi", "Hello", system="Be kind.", options_json=options, **tokens)
    second = llm_logs.response(2, "More", "Yes", resolved_model="gpt-4o-mini-2024-07-18", reasoning="hm")
    rows = {
        "conversations": [{"id": "c1", "name": "Greetings", "model": "gpt-4o-mini"}],
        "responses": [second, first],
    }
    (found,) = read(llm_logs.write(tmp_path / "logs.db", rows, later=False))
    assert found.title == "Greetings"
    assert said(found) == [("user", "Hi"), ("assistant", "Hello"), ("user", "More"), ("assistant", "Yes")]
    one, two = found.turns
    assert one.request.settings == {
        "model": "gpt-4o-mini",
        "system": "Be kind.",
        "temperature": 0.2,
        "extra.num_ctx": 4096,
        "response_format": {"type": "json_object"},
    }
    assert (
        one.answer.usage == Usage(9, 8, 3, 2)
        and one.answer.duration == 1.5
        and one.request.at == 1714557660.5
    )
    assert (two.model, two.request.carried.system, two.choice.reasoning) == (
        "gpt-4o-mini-2024-07-18",
        "Be kind.",
        "hm",
    )


def test_llms_fragments_tools_and_attachments_are_in_the_question(tmp_path: Path) -> None:
    """What a prompt was made of is in the message, and an image's bytes in a part of it."""
    rows = {
        "responses": [llm_logs.response(1, "Sum up", "Done", system="S", schema_id="x")],
        "schemas": [{"id": "x", "content": '{"type": "object"}'}],
        "fragments": [{"id": 1, "content": "A book."}, {"id": 2, "content": "Be brief."}],
        "prompt_fragments": [{"response_id": "r1", "fragment_id": 1, "order": 0}],
        "system_fragments": [{"response_id": "r1", "fragment_id": 2, "order": 0}],
        "attachments": [
            {"id": "abc", "type": "image/png", "url": "https://x.example/a.png", "content": b"\x89"}
        ],
        "prompt_attachments": [{"response_id": "r1", "attachment_id": "abc", "order": 0}],
        "tool_calls": [{"response_id": "r1", "name": "add", "arguments": '{"a": 1}'}],
        "tool_results": [{"response_id": "r1", "name": "add", "output": "2"}],
    }
    (found,) = read(llm_logs.write(tmp_path / "logs.db", rows))
    assert said(found)[:2] == [
        ("user", "[add] 2"),  # it belongs to no call that is there
        ("user", "A book.\nSum up\n[image]"),
    ]
    (turn,) = found.turns
    assert turn.request.asked.last and turn.request.asked.last.sent()["content"] == [
        {"type": "text", "text": "A book.\nSum up"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iQ=="}},
    ]
    assert turn.request.carried.system == "Be brief.\n\nS"
    assert turn.choice.tool_calls == (("add", '{"a": 1}'),)
    wrapped = {"name": "llm", "schema": {"type": "object"}}
    assert turn.request.settings["response_format"] == {"type": "json_schema", "json_schema": wrapped}


def test_llms_tree_is_a_tree(tmp_path: Path) -> None:
    """From 0.32 on: messages by hash, turns that share their beginning, the system message with each."""
    one, rows = llm_logs.chain(("system", "S"), ("user", "Q"))
    first, more = llm_logs.chain(("assistant", "A"), parent=one)
    again, others = llm_logs.chain(("assistant", "B"), parent=one)
    asked, third = llm_logs.chain(("user", "R"), parent=first)
    last, fourth = llm_logs.chain(("assistant", "C"), parent=asked)
    found_rows: dict[str, list[dict[str, Any]]] = {"messages": [], "parts": []}
    for part in (rows, more, others, third, fourth):
        for table, found in part.items():
            found_rows[table] += found
    found_rows["threads"] = [{"id": "c1", "name": "Tree"}]
    found_rows["turns"] = [
        llm_logs.turn(1, one, first, options_json='{"temperature": 1.5}', input_tokens=3, output_tokens=1),
        llm_logs.turn(2, one, again),
        llm_logs.turn(3, asked, last),
    ]
    (conversation,) = read(llm_logs.write(tmp_path / "logs.db", found_rows))
    assert conversation.title == "Tree"
    assert conversation.children() == {None: [0, 1], 0: [2]}
    assert said(conversation) == [("user", "Q"), ("assistant", "A"), ("user", "R"), ("assistant", "C")]
    assert {turn.request.carried.system for turn in conversation.turns} == {"S"}
    assert conversation.turns[0].request.settings["temperature"] == 1.5
    assert conversation.turns[0].answer.usage == Usage(3, 1)


def test_llms_parts_are_put_together(tmp_path: Path) -> None:
    """Text that borrows from fragments, reasoning, calls, results and attachments of the newer tables."""
    one, rows = llm_logs.chain(("user", "x"))
    tip, more = llm_logs.chain(("assistant", "Sure"), parent=one)
    refs = {"text_ref": [{"fragment": 1}, {"literal": "\nSum up"}]}
    rows["parts"] = [
        {"message_hash": one, "position": 0, "type": "text", "payload": json.dumps(refs)},
        {
            "message_hash": one,
            "position": 1,
            "type": "attachment",
            "payload": '{"attachment": {"id": "abc"}}',
        },
        {
            "message_hash": one,
            "position": 2,
            "type": "tool_result",
            "payload": '{"name": "f", "output": "7"}',
        },
        *more["parts"],
        {"message_hash": tip, "position": 1, "type": "reasoning", "text": "hm"},
        {
            "message_hash": tip,
            "position": 2,
            "type": "tool_call",
            "payload": '{"name": "f", "arguments": {"a": 1}}',
        },
    ]
    rows["messages"] += more["messages"]
    rows["fragments"] = [{"id": 1, "content": "A book."}]
    rows["attachments"] = [{"id": "abc", "type": "image/png", "path": "/tmp/a.png"}]
    rows["turns"] = [llm_logs.turn(1, one, tip)]
    (found,) = read(llm_logs.write(tmp_path / "logs.db", rows))
    assert said(found)[:2] == [
        ("user", "[f] 7"),  # it belongs to no call that is there
        ("user", "A book.\nSum up\n[attached: image/png /tmp/a.png]"),
    ]
    choice = found.turns[0].choice
    assert (choice.text, choice.reasoning, choice.tool_calls) == ("Sure", "hm", (("f", '{"a": 1}'),))


def call(own: str, name: str, arguments: str) -> dict[str, Any]:
    return {"id": own, "type": "function", "function": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize("own", ["call_x", None])
def test_llms_older_calls_and_results_keep_their_form(tmp_path: Path, own: str | None) -> None:
    """A row calls tools, the next brings what they gave back: messages as the API has them, tied by ids."""
    ids = {"tool_call_id": own}
    rows = {
        "responses": [
            llm_logs.response(1, "1+1?", ""),
            llm_logs.response(2, "", "It is 2."),
            llm_logs.response(3, "Thanks", "Sure"),
        ],
        "tool_calls": [
            {"response_id": "r1", "name": "add", "arguments": '{"a": 1, "b": 1}', **ids},
            {"response_id": "r1", "name": "now", "arguments": "{}", "tool_call_id": own and "call_y"},
        ],
        "tool_results": [
            {"response_id": "r2", "name": "add", "output": "2", **ids},
            {"response_id": "r2", "name": "now", "output": "noon", "tool_call_id": own and "call_y"},
        ],
    }
    (found,) = read(llm_logs.write(tmp_path / "logs.db", rows))
    one, two = ("call_x", "call_y") if own else ("call_1", "call_2")
    calls = [call(one, "add", '{"a": 1, "b": 1}'), call(two, "now", "{}")]
    assert [message.sent() for message in found.head] == [
        {"role": "user", "content": "1+1?"},
        {"role": "assistant", "content": None, "tool_calls": calls},
        {"role": "tool", "tool_call_id": one, "content": "2"},
        {"role": "tool", "tool_call_id": two, "content": "noon"},
        {"role": "assistant", "content": "It is 2."},
        {"role": "user", "content": "Thanks"},
        {"role": "assistant", "content": "Sure"},
    ]
    assert len(found.turns) == 3
    assert found.turns[0].choice.tool_calls == (("add", '{"a": 1, "b": 1}'), ("now", "{}"))


@pytest.mark.parametrize("own", ["call_x", None])
@pytest.mark.parametrize("role", ["tool", "user"])
def test_llms_newer_calls_and_results_keep_their_form(tmp_path: Path, own: str | None, role: str) -> None:
    """From 0.32 on parts of messages call and bring back: no message is in the tree twice for that."""
    ids = {"tool_call_id": own} if own else {}
    asked, rows = llm_logs.chain(("user", "1+1?"))
    calling, second = llm_logs.chain(("assistant", ""), parent=asked)
    result, third = llm_logs.chain((role, ""), parent=calling)
    said_, fourth = llm_logs.chain(("assistant", "It is 2."), parent=result)
    again, fifth = llm_logs.chain(("user", "Thanks"), ("assistant", "Sure"), parent=said_)
    for each, kind, payload in (
        (second, "tool_call", {"name": "add", "arguments": {"a": 1}, **ids}),
        (third, "tool_result", {"name": "add", "output": "2", **ids}),
    ):
        each["parts"][0].update(type=kind, text=None, payload=json.dumps(payload))
    found_rows: dict[str, list[dict[str, Any]]] = {"messages": [], "parts": []}
    for part in (rows, second, third, fourth, fifth):
        for table, more in part.items():
            found_rows[table] += more
    thanks = fifth["messages"][0]["hash"]
    found_rows["turns"] = [
        llm_logs.turn(1, asked, calling),
        llm_logs.turn(2, result, said_),
        llm_logs.turn(3, thanks, again),
    ]
    (found,) = read(llm_logs.write(tmp_path / "logs.db", found_rows))
    tied = own or "call_1"
    assert [message.sent() for message in found.head] == [
        {"role": "user", "content": "1+1?"},
        {"role": "assistant", "content": None, "tool_calls": [call(tied, "add", '{"a": 1}')]},
        {"role": "tool", "tool_call_id": tied, "content": "2"},
        {"role": "assistant", "content": "It is 2."},
        {"role": "user", "content": "Thanks"},
        {"role": "assistant", "content": "Sure"},
    ]
    assert len(archive.message_numbers(found)) == 6


def test_a_turn_of_llms_that_calls_and_answers_is_asked_with_both(tmp_path: Path) -> None:
    """Where one row holds the call, the result and the answer, the answer is the last of them."""
    asked, rows = llm_logs.chain(("user", "1+1?"))
    tip, more = llm_logs.chain(("assistant", ""), ("tool", ""), ("assistant", "2"), parent=asked)
    more["parts"][0].update(type="tool_call", payload='{"name": "add", "arguments": {}}')
    more["parts"][1].update(type="tool_result", payload='{"name": "add", "output": "2"}')
    for table in ("messages", "parts"):
        rows[table] += more[table]
    rows["turns"] = [llm_logs.turn(1, asked, tip)]
    (found,) = read(llm_logs.write(tmp_path / "logs.db", rows))
    assert [message.role for message in found.head] == ["user", "assistant", "tool", "assistant"]
    assert found.turns[0].choice.text == "2"


def test_llms_two_generations_are_one_conversation(tmp_path: Path) -> None:
    """A conversation that was begun before 0.32 and went on after it is one, and nothing is in it twice."""
    asked, rows = llm_logs.chain(("user", "Hi"), ("assistant", "Hello"), ("user", "More"))
    tip, more = llm_logs.chain(("assistant", "Yes"), parent=asked)
    rows["messages"] += more["messages"]
    rows["parts"] += more["parts"]
    rows["responses"] = [llm_logs.response(1, "Hi", "Hello")]
    rows["turns"] = [llm_logs.turn(2, asked, tip)]
    (found,) = read(llm_logs.write(tmp_path / "logs.db", rows))
    assert said(found) == [("user", "Hi"), ("assistant", "Hello"), ("user", "More"), ("assistant", "Yes")]
    assert len(archive.message_numbers(found)) == 4 and len(found.turns) == 2


def test_several_of_llms_conversations_come_at_once(tmp_path: Path, store: Store) -> None:
    """Each conversation of a database is one, rows without any are their own; a second time adds nothing."""
    rows = [
        llm_logs.response(1, "a", "b"),
        llm_logs.response(2, "c", "d", conversation_id="c2"),
        llm_logs.response(3, "e", "f", conversation_id=None),
    ]
    path = llm_logs.write(tmp_path / "logs.db", {"responses": rows})
    before = path.read_bytes()
    adopted = [adopt(store, each) for each in read(path)]
    assert [(each.number, each.new) for each in adopted] == [(1, 1), (2, 1), (3, 1)]
    assert [adopt(store, each).new for each in read(path)] == [0, 0, 0]
    assert path.read_bytes() == before and [each.name for each in tmp_path.iterdir()] == ["logs.db"]


def test_other_databases_are_refused(tmp_path: Path) -> None:
    """A database that is not llm's, this shell's own, a view in place of a table, and a damaged one are each
    refused."""
    with sqlite3.connect(tmp_path / "other.db") as db:
        db.execute("CREATE TABLE x (a)")
        db.execute("CREATE VIEW responses AS SELECT * FROM x")
    db.close()
    with pytest.raises(BadFile, match="not llm's"):
        list(imports.conversations(tmp_path / "other.db"))
    own = Store(tmp_path / "own.db")
    assert own.add(Conversation())
    own.close()
    with pytest.raises(BadFile, match="not llm's"):
        list(imports.conversations(tmp_path / "own.db"))
    sound = llm_logs.write(tmp_path / "logs.db", {"responses": [llm_logs.response(1, "a", "b")]}).read_bytes()
    (tmp_path / "cut.db").write_bytes(sound[: len(sound) // 3])
    with pytest.raises(BadFile):
        list(imports.conversations(tmp_path / "cut.db"))


VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.binary(max_size=8),
    st.sampled_from(["c1", "r1", "{", "[1]", '{"a": {}}', "2024-05-01T10:00:00", "9999-12-31", "b'"]),
)


@given(
    st.lists(
        st.dictionaries(st.sampled_from(["model", "prompt", "system", "options_json", "response"]), VALUES),
        max_size=3,
    ),
    st.dictionaries(
        st.sampled_from(["thread_id", "parent_message_hash", "tip_message_hash", "datetime_utc"]), VALUES
    ),
    st.dictionaries(st.sampled_from(["hash", "parent_hash", "role"]), VALUES),
)
@shared_fixture
def test_odd_rows_raise_nothing_but_bad_file(
    tmp_path_factory: pytest.TempPathFactory,
    older: list[dict[str, Any]],
    later: dict[str, Any],
    message: dict[str, Any],
) -> None:
    """Values of any type in any column are refused, left out, or made sense of."""
    path = tmp_path_factory.mktemp("odd") / "logs.db"
    rows = {
        "responses": [{**llm_logs.response(at, "a", "b"), **each} for at, each in enumerate(older)],
        "turns": [{**llm_logs.turn(1, "p", "t"), **later}],
        "messages": [{"hash": "t", "parent_hash": "p", "role": "assistant", **message}],
    }
    store = Store(None)
    try:
        taken_in(store, llm_logs.write(path, rows))
    finally:
        store.close()


def test_llms_circles_are_left_out(tmp_path: Path) -> None:
    """Messages that go on from each other do not hang the import."""
    rows = {
        "messages": [
            {"hash": "a", "parent_hash": "b", "role": "user"},
            {"hash": "b", "parent_hash": "a", "role": "user"},
        ],
        "turns": [llm_logs.turn(1, "a", "b")],
        "threads": [{"id": "c1", "name": "Round"}],
    }
    found = list(imports.conversations(llm_logs.write(tmp_path / "logs.db", rows)))
    assert found == [Skipped("Round", "its messages go in a circle")]
