"""What goes out in a file, and what comes back in one: pure, and nothing in a file raises."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.batch import lines, providers, results
from chat.batch.results import Result
from chat.batch.state import WRITTEN, Batch
from chat.batch.writing import _full

from ...conftest import ROOT
from ...support.examples import times

BATCH = Batch(1, 12, 1, "1f3a9c0244556677", WRITTEN)
BODY = {"model": "m", "messages": [{"role": "user", "content": "größer\n"}], "stream": False}


def test_a_line_is_the_apis() -> None:
    """Id, method, url and body, without what says how an answer comes."""
    line = lines.line(BATCH, 345, lines.carried(BODY), providers.OPENAI)
    assert json.loads(line) == {
        "custom_id": "r12-c345-1f3a9c02",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "m", "messages": BODY["messages"]},
    }
    assert line.count(b"\n") == 1


@pytest.mark.parametrize(
    ("name", "fields", "url"),
    [
        ("azure", {"custom_id", "method", "url", "body"}, "/chat/completions"),
        ("groq", {"custom_id", "method", "url", "body"}, "/v1/chat/completions"),
        ("mistral", {"custom_id", "body"}, None),
        ("vllm", {"custom_id", "method", "url", "body"}, "/v1/chat/completions"),
    ],
)
def test_a_line_is_in_its_providers_form(name: str, fields: set[str], url: str | None) -> None:
    """As the table of providers says."""
    line = json.loads(lines.line(BATCH, 0, BODY, providers.named(name)))
    assert set(line) == fields
    assert line.get("url") == url


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://mine.openai.azure.com/openai/v1", "azure"),
        ("https://api.groq.com/openai/v1", "groq"),
        ("https://api.mistral.ai/v1", "mistral"),
        ("https://generativelanguage.googleapis.com/v1beta/openai", "gemini"),
        ("http://127.0.0.1:8000/v1", "openai"),
        ("https://api.openai.com.example.org/v1", "openai"),
    ],
)
def test_a_provider_is_known_by_its_address(address: str, name: str) -> None:
    """Others are taken to do as OpenAI does."""
    assert providers.at(address).name == name


def table() -> str:
    """The table of docs/scale.md."""
    rows = [
        "| who | requests | MB | url in a line | price | differs | source |",
        "|---|--:|--:|---|--:|---|---|",
    ]
    for each in providers.PROVIDERS:
        requests, size = (
            f"{each.requests:,}" if each.requests else "",
            f"{each.size // 10**6:,}" if each.size else "",
        )
        price = f"{each.price:.0%}" if each.price else ""
        url, source = f"`{each.url}`" if each.url else "", f"[{each.date}]({each.source})"
        rows.append(f"| {each.title} | {requests} | {size} | {url} | {price} | {each.differs} | {source} |")
    return "\n".join(rows)


def test_the_docs_have_the_table() -> None:
    """What providers document stands in docs/scale.md as it does in the code."""
    text = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    assert text.partition("<!-- providers -->\n")[2].partition("\n<!-- end -->")[0] == table(), table()


def test_each_provider_says_where_that_stands() -> None:
    """A source and a date for each."""
    assert all(each.source.startswith("https://") and each.date for each in providers.PROVIDERS)


@pytest.mark.parametrize(
    ("count", "size", "full"),
    [(49_999, 10, False), (50_000, 10, True), (3, 200_000_000, False), (3, 200_000_001, True)],
)
def test_a_file_is_full_at_the_limits(count: int, size: int, full: bool) -> None:
    """50,000 requests and 200 MB are the most that OpenAI takes."""
    assert _full(count, size, providers.OPENAI) == full


@times(1)
@given(st.integers(0, 10**14), st.integers(0, 10**9), st.text("0123456789abcdef", min_size=32, max_size=32))
def test_an_id_is_read_back(run: int, number: int, key: str) -> None:
    """Whatever run, sample and key."""
    assert lines.read_id(lines.custom_id(Batch(1, run, 1, key, WRITTEN), number)) == (run, number, key[:8])


@times(1)
@given(st.text() | st.none() | st.integers())
def test_another_id_is_none(text: Any) -> None:
    """What is not written here is not taken for ours."""
    assert lines.read_id(text) is None


@pytest.mark.parametrize(
    ("line", "result"),
    [
        (
            {"custom_id": "a", "response": {"status_code": 200, "body": {"choices": []}}, "error": None},
            Result("a", b'{"choices": []}', 200),
        ),
        (
            {
                "custom_id": "a",
                "response": {"status_code": 400, "body": {"error": {"message": "no"}}},
                "error": None,
            },
            Result("a", b'{"error": {"message": "no"}}', 400),
        ),
        (
            {"custom_id": "a", "response": None, "error": {"code": "batch_expired", "message": "too late"}},
            Result("a", code="batch_expired", said="too late"),
        ),
        (
            {"custom_id": "a", "response": {"status_code": 500, "body": None}, "error": {"message": "broke"}},
            Result("a", b"", 500, "", "broke"),
        ),
        (
            {
                "custom_id": "a",
                "response": {"status_code": 400, "request_id": "1", "body": None},
                "error": {"error": {"message": "too long", "type": "BadRequestError", "code": 400}},
            },
            Result("a", b"", 400, "400", "too long"),
        ),
        (
            {
                "id": "vllm-9e88",
                "custom_id": "a",
                "response": {"status_code": 400, "request_id": "vllm-batch-b6a0", "body": None},
                "error": "Request must not be sent in stream mode",
            },
            Result("a", b"", 400, "", "Request must not be sent in stream mode"),
        ),
        ({"custom_id": "a", "response": {"choices": []}}, Result("a", b'{"choices": []}')),
        ({"custom_id": "a", "response": None, "error": None}, None),
        ({"custom_id": 3, "response": {"body": {}}}, None),
        ([], None),
    ],
)
def test_a_result_is_read(line: Any, result: Result | None) -> None:
    """Answers, refusals with their status, requests that were never asked, and vLLM's shorter form."""
    assert results.read(json.dumps(line).encode()) == result


NAMES = st.sampled_from(["custom_id", "response", "error", "body", "status_code", "message", "choices"])
JSON: st.SearchStrategy[Any] = st.deferred(
    lambda: (
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=5)
        | st.lists(JSON, max_size=3)
        | st.dictionaries(NAMES, JSON, max_size=4)
    )
)


@times(2)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_line_raises(line: bytes) -> None:
    """Whatever stands in a file of results."""
    read = results.read(line)
    assert read is None or isinstance(read.id, str)


@times(1)
@given(st.lists(st.binary(max_size=20)), st.integers(1, 7))
def test_lines_are_the_same_however_they_come(pieces: list[bytes], size: int) -> None:
    """Cut into pieces anywhere; empty lines are left out."""
    whole = b"".join(pieces)
    cut = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert list(results.lines(cut)) == [each for each in whole.split(b"\n") if each.strip()]
