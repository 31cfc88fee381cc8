"""Requests found in what people copy: command lines, programs, recordings, traces. Nothing of it runs."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.base.errors import BadValue
from chat.transfer.open_request import read
from chat.transfer.opened import Opened

from .vendors import VENDORS

RECORDED = Path(__file__).parent / "recorded"

HI = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
JSON_HI = json.dumps(HI)


def one(text: str, line: int | None = None) -> Opened:
    (found,) = read(text, line)
    return found


#: What is written -> its body. Each row is one way of writing a request.
ROWS: dict[str, tuple[str, dict[str, Any]]] = {
    "curl, as documentation has it": (
        "curl https://api.example.com/v1/chat/completions \\\n"
        '  -H "Content-Type: application/json" \\\n  -H "Authorization: Bearer $OPENAI_API_KEY" \\\n'
        """  -d '{"model": "m", "messages": [{"role": "user", "content": "It'\\''s hi"}]}' | jq .""",
        {"model": "m", "messages": [{"role": "user", "content": "It's hi"}]},
    ),
    "curl, copied from a browser for bash": (
        "curl 'https://api.example.com/v1/chat/completions' -H 'cookie: a=b' --compressed \\\n"
        '  --data-raw $\'{"model":"m","messages":[{"role":"user","content":"it\\\'s \\u00e9\\\\n!"}]}\'',
        {"model": "m", "messages": [{"role": "user", "content": "it's é\n!"}]},
    ),
    "curl, copied from a browser for cmd": (
        'curl ^"https://api.example.com/v1/chat/completions^" ^\r\n  -H ^"accept: */*^" ^\r\n'
        '  --data-raw ^"^{^\\^"model^\\^":^\\^"m^\\^",^\\^"messages^\\^":^[^{^\\^"role^\\^":^\\^"user^\\^",'
        '^\\^"content^\\^":^\\^"50^% ^\\^\\^\\^"hi^\\^\\^\\^"^\\^"^}^]^}^"',
        {"model": "m", "messages": [{"role": "user", "content": '50% "hi"'}]},
    ),
    "curl with a here-document": (
        f"$ curl -sS -X POST host:8080/v1/chat/completions -d @- <<'JSON'\n{JSON_HI}\nJSON\n",
        HI,
    ),
    "curl with what cmd would escape in a text": (
        """curl http://h/v1/chat/completions -d '{"model":"m","messages":[{"role":"user","content":"^"}]}'""",
        {"model": "m", "messages": [{"role": "user", "content": "^"}]},
    ),
    "curl with letters together": (f"curl -sXPOST -d '{JSON_HI}' http://h/v1/chat/completions", HI),
    "curl --json": (f"curl http://h/v1/chat/completions --json '{JSON_HI}'", HI),
    "HTTPie with fields": (
        "http POST :8080/v1/chat/completions model=m messages[0][role]=user messages[0][content]=hi temperature:=0.5",
        {**HI, "temperature": 0.5},
    ),
    "HTTPie with JSON": (
        """https api.example.com/v1/chat/completions model=m messages:='[{"role":"user","content":"hi"}]'""",
        HI,
    ),
    "Python, names and sums of literals": (
        'MODEL = "m"\nSYSTEM = """Be\nnice."""\nmessages = [dict(role="system", content=SYSTEM)]\n'
        'messages.append({"role": "user", "content": f"{1 + 1} of " "them"})\n'
        "r = client.chat.completions.create(model=MODEL, messages=messages, temperature=1 / 2, max_tokens=2**10,\n"
        '    stop=["\\n"] * 2, extra_body={"top_k": 4}, n=NOT_GIVEN, **{"seed": -1})',
        {
            "model": "m",
            "messages": [
                {"role": "system", "content": "Be\nnice."},
                {"role": "user", "content": "2 of them"},
            ],
            "temperature": 0.5,
            "max_tokens": 1024,
            "stop": ["\n", "\n"],
            "seed": -1,
            "top_k": 4,
        },
    ),
    "Python of 2023": (
        "openai.ChatCompletion.create(model='m', messages=[{'role':'user','content':'h'+'i'}])",
        HI,
    ),
    "Python with requests": (
        f'requests.post("http://h/v1/chat/completions", headers={{"Authorization": key}}, json={HI!r})',
        HI,
    ),
    "a notebook": (
        json.dumps(
            {
                "nbformat": 4,
                "cells": [
                    {
                        "cell_type": "code",
                        "source": ["%pip install openai\n", f"c.chat.completions.create(**{HI!r})"],
                    }
                ],
            }
        ),
        HI,
    ),
    "TypeScript": (
        "const model: string = 'm';\nconst r = await client.chat.completions.create({\n"
        '  model, messages: [{ role: "user", content: `h${"i"}` as const }], // the end\n  stop: undefined,\n});',
        HI,
    ),
    "fetch": (
        'fetch("http://h/v1/chat/completions", { method: "POST", headers: {Authorization: key},\n'
        '  body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }] }) })',
        HI,
    ),
    "JSON with comments and trailing commas": (
        '{ // a comment\n "model": "m", /* another */ "messages": [{"role": "user", "content": "hi",},], }',
        HI,
    ),
    "messages alone": (json.dumps(HI["messages"]), {"messages": HI["messages"]}),
    "a line of a Batch file": (
        json.dumps({"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": HI}),
        HI,
    ),
    "a stored completion's messages": (
        json.dumps(
            {"object": "list", "data": [{"id": "x-0", "role": "user", "content": "hi", "name": None}]}
        ),
        {"messages": HI["messages"]},
    ),
    "a body of the Responses API": (
        json.dumps(
            {
                "model": "m",
                "instructions": "Be nice.",
                "input": "hi",
                "max_output_tokens": 5,
                "reasoning": {"effort": "low"},
            }
        ),
        {
            "model": "m",
            "messages": [{"role": "system", "content": "Be nice."}, {"role": "user", "content": "hi"}],
            "max_completion_tokens": 5,
            "reasoning_effort": "low",
        },
    ),
    "a HAR file": (
        json.dumps(
            {
                "log": {
                    "entries": [
                        {"request": {"method": "GET", "url": "http://h/"}},
                        {
                            "request": {
                                "method": "POST",
                                "url": "http://h/v1/chat/completions",
                                "headers": [],
                                "postData": {"text": JSON_HI},
                            }
                        },
                    ]
                }
            }
        ),
        HI,
    ),
    "a span of OpenTelemetry": (
        json.dumps(
            {
                "resourceSpans": [
                    {
                        "scopeSpans": [
                            {
                                "spans": [
                                    {
                                        "name": "chat m",
                                        "attributes": [
                                            {"key": "gen_ai.request.model", "value": {"stringValue": "m"}},
                                            {"key": "gen_ai.request.max_tokens", "value": {"intValue": "5"}},
                                            {
                                                "key": "gen_ai.input.messages",
                                                "value": {
                                                    "stringValue": '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]'
                                                },
                                            },
                                        ],
                                    }
                                ]
                            }
                        ]
                    }
                ]
            }
        ),
        {**HI, "max_tokens": 5},
    ),
    "a span of OpenLLMetry": (
        json.dumps(
            {
                "attributes": {
                    "gen_ai.request.model": "m",
                    "gen_ai.prompt.0.role": "user",
                    "gen_ai.prompt.0.content": "hi",
                }
            }
        ),
        HI,
    ),
    "a run of LangSmith": (
        json.dumps(
            {
                "run_type": "llm",
                "inputs": {
                    "messages": [
                        [{"id": ["langchain", "schema", "HumanMessage"], "kwargs": {"content": "hi"}}]
                    ]
                },
                "extra": {"invocation_params": {"model_name": "m"}},
            }
        ),
        HI,
    ),
    "a generation of Langfuse": (
        json.dumps({"type": "GENERATION", "model": "m", "input": HI["messages"]}),
        HI,
    ),
    "llm logs --json": (
        json.dumps(
            [{"model": "m", "prompt": "hi", "response": "ho", "system": None, "conversation_id": "c"}]
        ),
        HI,
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_each_way_of_writing_a_request_is_read(row: str) -> None:
    """The body is what would have been sent."""
    text, body = ROWS[row]
    assert one(text).body == body


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_examples_of_vendors_are_read(vendor: str) -> None:
    """What their documentation has is opened as it would have been sent, and the address is known."""
    text, body, url = VENDORS[vendor]
    found = one(text)
    assert (found.body, found.url, found.variables) == (body, url, ())


@pytest.mark.parametrize("name", ["otlp.jsonl", "otel_console.txt"])
def test_what_the_official_instrumentation_wrote_is_read(name: str) -> None:
    """The parameters are in its span, the messages in its logs."""
    found = one((RECORDED / name).read_text())
    call = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "weather", "arguments": '{"city":"Rome"}'},
    }
    assert found.body == {
        "model": "gpt-4o-mini",
        "temperature": 0.2,
        "top_p": 0.9,
        "max_tokens": 50,
        "frequency_penalty": 0.1,
        "seed": 7,
        "stop": ["\n"],
        "messages": [
            {"role": "system", "content": "Answer in one line."},
            {"role": "user", "content": "Weather in Rome?"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "content": "sunny, 24 C", "tool_call_id": "call_1"},
        ],
    }


def test_what_chromium_recorded_is_read() -> None:
    """The one request for a model is found; its key and its cookie are named and not kept."""
    found = one((RECORDED / "chromium.har").read_text())
    assert found.body == {
        "model": "test-model",
        "temperature": 0.3,
        "stream": False,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "What is „tempo“ — in a word?"},
        ],
    }
    assert found.secrets == ("Authorization", "Cookie", "cookies")
    assert "not-a-real-key" not in repr(found) and "cookie-of-the-page" not in repr(found)


def test_what_llm_logged_is_read() -> None:
    """Each answer is a request, with what its conversation held before."""
    first, second = read((RECORDED / "llm_logs.json").read_text())
    assert first.body["temperature"] == 0.3
    assert [each["content"] for each in second.body["messages"]] == [
        "Be brief.",
        "What is tempo?",
        "Speed.",
        "And rubato?",
    ]


def test_secrets_are_named_and_nowhere_else() -> None:
    """A key or a cookie is not in what was opened, wherever it stood; the reader is told where one was."""
    for text in (
        f"curl https://u:sk-secret@h/v1/chat/completions?api_key=sk-secret -u a:sk-secret -b sk-secret"
        f" -H 'Authorization: Bearer sk-secret' -H 'X-Api-Key: sk-secret' -d '{JSON_HI}'",
        f"c.chat.completions.create(api_key='sk-secret', extra_headers={{'Authorization': 'sk-secret'}}, **{HI!r})",
        json.dumps({**HI, "api_key": "sk-secret"}),
    ):
        found = one(text)
        assert found.secrets
        assert "sk-secret" not in repr(found)


def test_what_is_no_literal_becomes_a_variable() -> None:
    """In a message it is {{name}}; elsewhere it is left out. Both are named."""
    found = one(
        "temperature = float(input())\nc.chat.completions.create(model='m', temperature=temperature,\n"
        "    messages=[{'role': 'user', 'content': f'Ask {user.name} about {topic}'}])"
    )
    assert found.body == {
        "model": "m",
        "messages": [{"role": "user", "content": "Ask {{user_name}} about {{topic}}"}],
    }
    assert found.variables == ("user_name", "topic")
    assert any(note.startswith("temperature") for note in found.notes)


def test_messages_that_are_not_known_are_named() -> None:
    """Those beside them are opened; where there are none, another request of the text still is."""
    known = "{'role': 'user', 'content': 'hi'}"
    found = one(f"client.chat.completions.create(model='m', messages=[*history, {known}])")
    assert found.body == HI
    assert any("*history" in note for note in found.notes)
    with pytest.raises(BadValue, match="the messages are messages there"):
        read("def ask(messages):\n    return client.chat.completions.create(model='m', messages=messages)")
    found = one(
        "client.chat.completions.create(model='m', messages=messages)\n"
        f"client.chat.completions.create(model='m', messages=[{known}])"
    )
    assert found.body == HI
    assert any("can't be opened" in note for note in found.notes)
    found = one(
        f"await together.chat.completions.create({{model: 'm', messages: [...current, {known}], n: 1 }});"
    )
    assert found.body == {**HI, "n": 1}


def test_variables_of_the_shell_in_a_body() -> None:
    """In a text they are variables of the prompt; as a number they are left out."""
    found = one(
        'curl http://h/v1/chat/completions -d "{\\"messages\\":[{\\"role\\":\\"user\\",\\"content\\":\\"Hi $WHO, it is $(date)\\"}],\\"n\\":$N}"'
    )
    assert found.body["messages"][0]["content"] == "Hi {{who}}, it is {{date}}"
    assert "n" not in found.body


def test_the_address_is_told_without_its_path_and_secrets() -> None:
    """It is the endpoint's own."""
    found = one(f"curl 'https://u:p@h:1/api/v1/chat/completions?api-version=1&key=x' -d '{JSON_HI}'")
    assert found.url == "https://h:1/api/v1?api-version=1"


def test_a_line_of_many() -> None:
    """A Batch file has as many requests as lines; one is taken by its number."""
    lines = "\n".join(
        json.dumps({"custom_id": str(n), "url": "/v1/chat/completions", "body": {**HI, "seed": n}})
        for n in range(3)
    )
    assert [found.body["seed"] for found in read(lines)] == [0, 1, 2]
    assert one(lines, 2).body["seed"] == 1
    assert one(json.dumps([{**HI, "seed": n} for n in range(3)]), 2).body["seed"] == 1
    with pytest.raises(BadValue, match="no line 4"):
        read(lines, 4)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "nothing to open"),
        ("hello there", "no request"),
        ('{"model": "m", "messages": [}', "line 1, column 29"),
        ('{"a": 1}', "no messages"),
        ('{"messages": []}', "without messages"),
        ('{"messages": [1]}', "message 1"),
        ("curl http://h -F a=b", "-F"),
        ("curl http://h -d 'messages", "open"),
        ("curl http://h -d 'messages'", "no JSON"),
        ("def f(:\n  messages", "no Python"),
        ("import os; messages = 1; os.system('touch /tmp/x')", "no call"),
    ],
)
def test_what_is_no_request_is_refused_in_a_sentence(text: str, told: str) -> None:
    """The sentence says what was wrong with what it looked like."""
    with pytest.raises(BadValue, match=told):
        read(text)


#: Made when they are wanted: together they take half a second and 300 MB.
HOSTILE: dict[str, Callable[[], str]] = {
    "deep lists": lambda: "[" * 300_000,
    "deep objects": lambda: '{"messages":' * 200_000,
    "a million messages": lambda: (
        '{"messages":[' + ",".join(['{"role":"user","content":"x"}'] * 1_000_000) + "]}"
    ),
    "deep Python": lambda: "messages=" + "(" * 100_000,
    "a long sum": lambda: "messages=" + "1+" * 60_000 + "1",
    "references that multiply": lambda: (
        "a=[1]*100000\nb=[a]*1000\nc.chat.completions.create(messages=[{'role':'user','content':b}])"
    ),
    "a power": lambda: (
        "c.chat.completions.create(messages=[{'role':'user','content':9**9**9}], n='%99999999d' % 1)"
    ),
    "deep JavaScript": lambda: "const messages = " + "([" * 50_000,
    "millions of small lists": lambda: "[" + "{}," * 20_000_000 + "{}]",
    "millions of numbers": lambda: '{"messages":[{"role":"user","content":[' + "1," * 20_000_000 + "1]}]}",
    "a text of halves": lambda: '{"messages":[{"role":"user","content":"' + "\\ud800" * 5_000_000 + '"}]}',
    "a million lines": lambda: '{"messages":[{"role":"user","content":"x"}]}\n' * 1_000_000,
    "a command of a million words": lambda: "curl http://h " + "a " * 4_000_000,
    "a command of a million variables": lambda: 'curl http://h -d "' + "$a " * 4_000_000 + '"',
    "a command for cmd of a million escapes": lambda: 'curl ^"http://h^" -d ^"' + '^\\^"' * 2_000_000 + '^"',
    "a text that doubles": lambda: "messages=[1]\n" + "messages+=messages\n" * 60,
    "a long text stripped again and again": lambda: "messages=' '*1000000\n" + "b=messages.strip()\n" * 6_000,
    "a long list dumped again and again": lambda: (
        "messages=[1]*1000000\n" + "b=json.dumps(messages)\n" * 5_000
    ),
    "a dense program": lambda: "messages=[" + "1+1," * 30_000 + "]",
    "deep substitutions": lambda: 'curl messages "' + '$("' * 100_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_text_costs_little(kind: str) -> None:
    """It is refused, or read, within seconds at most on any machine, and nothing is raised but a sentence."""
    text = HOSTILE[kind]()
    begun = time.thread_time()
    with contextlib.suppress(BadValue):
        read(text)
    assert time.thread_time() - begun < 4  # a quiet machine takes less than one


@given(st.text(st.sampled_from("'\"\\$`{}[]()<|;#^ \n\tcurl-dmessages:,=@𝄞é"), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever follows the name of a program, of JSON or of a language: a request, or a sentence."""
    for whole in ("curl " + text, text, "{" + text, "http :1 " + text, "messages = " + text):
        try:
            read(whole)
        except BadValue:
            pass
