"""Counting tokens, offline and incrementally."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from pathlib import Path

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st

from chat.conversation.body import Body, Carried
from chat.conversation.branch import Branch
from chat.tokens.counting import PER_ANSWER, PER_MESSAGE, Tokenizers, encoding_for
from chat.tokens.tokenizer_process import TokenizerProcess

from ...support.killed import kill


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory: pytest.TempPathFactory) -> Tokenizers:
    return Tokenizers(tmp_path_factory.mktemp("ranks"))


def _tiktokens_own(tokenizers: Tokenizers) -> tiktoken.Encoding:
    """The encoding as tiktoken itself gives it, here."""
    tokenizers.count("gpt-4o", "its ranks are in place now")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOKEN_CACHE_DIR", str(tokenizers.cache))
        return tiktoken.get_encoding("o200k_base")


@pytest.mark.parametrize(
    ("model", "encoding"),
    [
        ("gpt-4o", "o200k_base"),
        ("GPT-4o", "o200k_base"),
        ("openai/gpt-4o-mini", "o200k_base"),
        ("gpt-4.1-nano", "o200k_base"),
        ("gpt-5.4-mini", "o200k_base"),
        ("o3-mini", "o200k_base"),
        ("gpt-4", "cl100k_base"),
        ("gpt-3.5-turbo-0125", "cl100k_base"),
        ("ft:gpt-4.1-mini:me::id", "o200k_base"),
        ("ft:gpt-3.5-turbo:me", "cl100k_base"),
        ("gpt-oss-20b", "o200k_harmony"),
        ("llama3.2", None),
        ("gpt-6-astra", None),
        ("davinci", None),
        ("", None),
    ],
)
def test_encodings_of_models(model: str, encoding: str | None) -> None:
    """tiktoken's own table, with the traps around its names taken out; None where it knows none."""
    assert encoding_for(model) == encoding


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4", "gpt-oss-20b", "nobody-knows"])
def test_encodings_load_offline(tokenizers: Tokenizers, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ranks come from the package, are tiktoken's own, and tiktoken verifies them."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setattr("chat.tokens.counting.PROCESS", TokenizerProcess())
    assert tokenizers.encode(model, "hello world")


def test_ranks_that_were_damaged_are_put_right(tmp_path: Path) -> None:
    """A damaged file in the cache is replaced, not downloaded again."""
    damaged = tmp_path / "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
    damaged.write_bytes(b"garbage")
    Tokenizers(tmp_path)
    from chat.tokens.counting import _install

    _install("cl100k_base", tmp_path)
    assert hashlib.sha256(damaged.read_bytes()).hexdigest().startswith("223921b7")


def test_a_cache_that_cannot_be_written_does_not_matter(tmp_path: Path) -> None:
    """Where the folder can't be made, counting still works."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert Tokenizers(blocked / "tiktoken").encode("gpt-4", "a") == [64]


def test_a_tokeniser_that_dies_is_launched_again(tokenizers: Tokenizers) -> None:
    """What its process is killed in the middle of fails with a sentence; the next count works."""
    process = TokenizerProcess()
    folder = tokenizers.cache
    tokenizers.count("gpt-4", "a")
    assert process.ask("count", "cl100k_base", folder, ["a b"]) == 2
    kill(process.child)
    assert process.ask("count", "cl100k_base", folder, ["a b c"]) == 3
    os.kill(process.child.pid, signal.SIGSTOP)
    threading.Timer(0.1, process.child.end).start()
    with pytest.raises(OSError, match="ended"):
        process.ask("count", "cl100k_base", folder, ["a"])
    assert process.ask("bytes", "cl100k_base", folder, [64, 10**6]) == ["61", None]


def test_what_tiktoken_cannot_bear_is_a_sentence(tokenizers: Tokenizers) -> None:
    """Its panics are no Exceptions; here they end as one, and the process goes on."""
    tokenizers.count("gpt-4o", "a")
    process = TokenizerProcess()
    with pytest.raises(OSError, match="tiktoken failed"):
        process.ask("count", "o200k_base", tokenizers.cache, [" " * 1_500_000])
    assert process.ask("count", "o200k_base", tokenizers.cache, ["a"]) == 1


def test_the_formula_is_the_cookbooks(tokenizers: Tokenizers) -> None:
    """3 a message and 3 for the answer, beside what role and content take."""
    encoding = _tiktokens_own(tokenizers)
    conversation = Branch().add("user", "Hello there").add("assistant", "Hi")
    expected = PER_ANSWER + sum(
        PER_MESSAGE + len(encoding.encode(role)) + len(encoding.encode(text))
        for role, text in (
            ("system", "Be brief."),
            ("user", "Hello there"),
            ("assistant", "Hi"),
            ("user", "And?"),
        )
    )
    assert tokenizers.count_request("gpt-4o", conversation, Carried("Be brief."), {}, "And?") == expected


#: The example of OpenAI's cookbook, "How to count tokens with tiktoken", section 7 (MIT licence).
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_current_weather",
        "description": "Get the current weather in a given location",
        "parameters": {
            "type": "object",
            "properties": {
                "location": {
                    "type": "string",
                    "description": "The city and state, e.g. San Francisco, CA",
                },
                "unit": {
                    "type": "string",
                    "description": "The unit of temperature to return",
                    "enum": ["celsius", "fahrenheit"],
                },
            },
            "required": ["location"],
        },
    },
}
ASKED = "You are a helpful assistant that can answer to questions about the weather."


@pytest.mark.parametrize(
    ("model", "tokens"), [("gpt-4o", 101), ("gpt-4o-mini", 101), ("gpt-4", 105), ("gpt-3.5-turbo", 105)]
)
def test_tools_are_counted_as_in_the_published_example(
    tokenizers: Tokenizers, model: str, tokens: int
) -> None:
    """The cookbook's messages and tool take what the API counted for them; so do they in the old field."""
    branch = Branch().add("user", "What's the weather like in San Francisco?")
    for fields in ({"tools": [WEATHER]}, {"functions": [WEATHER["function"]]}):
        assert tokenizers.count_request(model, branch, Carried(ASKED), fields) == tokens


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ({}, {"tools": [{"type": "function", "function": {"name": "look"}}]}),
        ({"tools": [WEATHER]}, {"tools": [WEATHER, WEATHER]}),
        ({}, {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}}),
        ({}, {"tools": "no list"}),
        (
            {"functions": [{"name": "a", "parameters": {"properties": {"b": {"type": "array"}}}}]},
            {
                "functions": [
                    {
                        "name": "a",
                        "parameters": {
                            "properties": {"b": {"type": "array", "items": {"properties": {"c": {}}}}}
                        },
                    }
                ]
            },
        ),
    ],
)
def test_more_takes_more(tokenizers: Tokenizers, smaller: Body, larger: Body) -> None:
    """A tool, another one, a property in a list's items, a form, and what is none of these: each counts."""
    less, more = (sum(tokenizers.count_fields("gpt-4o", each).values()) for each in (smaller, larger))
    assert less < more


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "name",
                    "type",
                    "description",
                    "parameters",
                    "properties",
                    "items",
                    "enum",
                    "function",
                    "$defs",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
)


@given(st.sampled_from(["tools", "functions", "response_format"]), json_values)
def test_any_json_is_counted(name: str, value: object) -> None:
    """Whatever stands in the field, it has a count, and nothing is raised."""
    assert all(count >= -3 for count in _shared().count_fields("gpt-4o", {name: value}).values())


messages = st.lists(st.tuples(st.sampled_from(["user", "assistant"]), st.text(max_size=30)), max_size=12)


@given(messages, st.lists(st.integers(0, 12), max_size=4))
def test_counting_along_is_counting_anew(given_messages: list[tuple[str, str]], back: list[int]) -> None:
    """However the conversation grows or steps back, the sum is that of a fresh count."""
    along = _shared()
    conversation = Branch()
    seen = [conversation]
    for role, content in given_messages:
        conversation = conversation.add(role, content)
        seen.append(conversation)
        along.count_request("gpt-4o", conversation, Carried(), {})
    for step in [*back, len(seen) - 1]:
        chosen = seen[min(step, len(seen) - 1)]
        fresh = PER_ANSWER + sum(along.count_message("gpt-4o", message) for message in chosen)
        assert along.count_request("gpt-4o", chosen, Carried(), {}) == fresh
        for left_out in chosen.backwards():
            kept = along.count_request("gpt-4o", chosen, Carried(after=left_out), {})
            behind = [node.last for node in chosen.backwards() if node.length > left_out.length and node.last]
            assert kept == PER_ANSWER + sum(along.count_message("gpt-4o", message) for message in behind)


_made: list[Tokenizers] = []


def _shared() -> Tokenizers:
    if not _made:
        import tempfile

        _made.append(Tokenizers(Path(tempfile.mkdtemp())))
    return _made[0]


@pytest.mark.parametrize(
    "run", [" " * 1_200_000, "\t" * 1_200_000, "a" * 300_000, "<|endoftext|>" * 10, "\n" * 100_000]
)
def test_hostile_texts_are_counted(tokenizers: Tokenizers, run: str) -> None:
    """Runs that make tiktoken panic or crawl, and texts that look like special tokens."""
    assert tokenizers.count("gpt-4o", run) > 0


def test_short_texts_are_counted_as_tiktoken_does(tokenizers: Tokenizers) -> None:
    """Below the length at which runs are cut, the ids are tiktoken's."""
    text = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. " * 20
    assert tokenizers.encode("gpt-4o", text) == _tiktokens_own(tokenizers).encode(text)


def test_the_sum_does_not_grow_with_the_conversation(
    tokenizers: Tokenizers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a message more, only that message is looked at."""
    conversation = Branch()
    for number in range(200):
        conversation = conversation.add("user", f"message {number}")
    tokenizers.count_request("gpt-4o", conversation, Carried(), {})
    looked: list[str] = []
    real = tokenizers.count_message
    monkeypatch.setattr(
        tokenizers,
        "count_message",
        lambda model, message: looked.append(message.content) or real(model, message),
    )
    tokenizers.count_request("gpt-4o", conversation.add("user", "one more"), Carried(), {})
    assert looked == ["one more"]
