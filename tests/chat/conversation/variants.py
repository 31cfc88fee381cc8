"""What servers are known to send, one row each, and what of it has to be shown.

To add one, add a row: its name, where it was seen, what the server sends, and what the answer is then. A
chunk or an answer is written as a dict, or as bytes where it is not JSON. Every row is read as it came
(`test_variants.py`): by the real client from a server, and again from the bytes that it kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from ...support.server import chunk, usage

SSE, JSON, TEXT, HTML, PROBLEM = (
    "text/event-stream",
    "application/json",
    "text/plain",
    "text/html",
    "application/problem+json",
)


@dataclass(frozen=True)
class Variant:
    """One row. `sends` is a list (chunks of a stream) or a whole answer; `asked` is added to the body.

    `text`, `reasoning`, `refusal`, `calls`, `finish`, `model`, `fingerprint` are those of the first choice,
    `usage` is (prompt, completion), None for unknown. `error` has to stand in the failure, `param` is the
    parameter that it names; `notice` has to stand in a notice. What is not given has to be empty.
    """

    name: str
    source: str
    sends: Any
    kind: str = ""
    status: str = "200 OK"
    asked: tuple[tuple[str, Any], ...] = ()
    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    finish: str = "stop"
    model: str = "test-model"
    fingerprint: str = ""
    usage: tuple[int | None, int | None] | None = None
    logprobs: tuple[str, ...] = ()
    error: str = ""
    param: str = ""
    notice: str = ""
    done: bool = True

    @property
    def streamed(self) -> bool:
        return isinstance(self.sends, list)

    @property
    def body(self) -> bytes:
        """The bytes of the answer."""
        if isinstance(self.sends, bytes):
            return self.sends
        if not self.streamed:
            return json.dumps(self.sends).encode()
        parts = [
            each if isinstance(each, bytes) else f"data: {json.dumps(each)}\n\n".encode()
            for each in self.sends
        ]
        return b"".join(parts) + (b"data: [DONE]\n\n" if self.done else b"")

    @property
    def label(self) -> str:
        return self.kind or (SSE if self.streamed else JSON)


END = chunk({}, finish="stop")


def both(name: str, source: str, message: dict[str, Any], **shown: Any) -> tuple[Variant, Variant]:
    """A message that comes streamed in one chunk, and whole."""
    finish = shown.get("finish", "stop")
    return (
        Variant(f"{name}, streamed", source, [chunk(message), chunk({}, finish=finish)], **shown),
        Variant(f"{name}, whole", source, answer(message, finish), **shown),
    )


def answer(message: dict[str, Any], finish: str | None = "stop", **more: Any) -> dict[str, Any]:
    """A whole answer."""
    return {
        "model": "test-model",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        **more,
    }


def said(**choice: Any) -> dict[str, Any]:
    """A chunk whose choice is not as it should be."""
    return {"model": "test-model", "choices": [choice]}


def call(arguments: Any, name: str | None = None, **more: Any) -> dict[str, Any]:
    """An entry of `tool_calls`."""
    function = {"arguments": arguments} if name is None else {"name": name, "arguments": arguments}
    return {"type": "function", "function": function, **more}


def refused(name: str, source: str, sends: Any, **shown: Any) -> Variant:
    """An error with a status of its own, for a request that sent a seed."""
    fields = {"status": "400 Bad Request", "finish": "", "model": "", "asked": (("seed", 3),), **shown}
    return Variant(name, source, sends, **fields)


def failed(name: str, source: str, sends: Any, **shown: Any) -> Variant:
    """An error beside a good status."""
    return Variant(name, source, sends, **{"finish": "", "model": "", **shown})


_LOOK = {"tool_calls": [call('{"x": 1}', "look", id="a", index=0)]}
_RATED = {
    "tokens": ["Hi", "!"],
    "token_logprobs": [-0.5, None],
    "top_logprobs": [{"Hi": -0.5, "Ho": -1}, None],
}

VARIANTS: tuple[Variant, ...] = (
    # ---- content
    *both(
        "a list of parts",
        "Mistral",
        {"content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]},
        text="Hello",
    ),
    *both(
        "parts with reasoning",
        "Mistral's Magistral",
        {
            "content": [
                {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
                {"type": "text", "text": "Hi"},
            ]
        },
        text="Hi",
        reasoning="hm",
    ),
    *both("a list of texts", "LangServe gateways", {"content": ["Hel", "lo"]}, text="Hello"),
    *both(
        "one part", "gateways of Anthropic's shape", {"content": {"type": "text", "text": "Hi"}}, text="Hi"
    ),
    *both("a number", "small servers that read JSON modes", {"content": 42}, text="42"),
    *both("zero", "the same", {"content": 0}, text="0"),
    *both(
        "an object", "JSON modes of small servers", {"content": {"color": "teal"}}, text='{"color": "teal"}'
    ),
    *both(
        "a refusal as a part",
        "the Responses API's shape",
        {"content": [{"type": "refusal", "refusal": "no"}]},
        refusal="no",
    ),
    *both(
        "a transcript of audio",
        "OpenAI",
        {"content": None, "audio": {"id": "a", "transcript": "Hi"}},
        text="Hi",
    ),
    *both(
        "a part that is no text",
        "Gemini behind gateways",
        {"content": [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {"url": "data:"}}]},
        text="see",
        notice="image_url",
    ),
    Variant(
        "message inside a chunk",
        "MiniMax, older gateways",
        [said(index=0, message={"content": "Hel"}), said(index=0, message={"content": "lo"}), END],
        text="Hello",
    ),
    Variant(
        "delta and message alike",
        "DashScope's gateways",
        [
            said(index=0, delta={"content": "Hel"}, message={"content": "Hel"}),
            said(index=0, delta={"content": "lo"}, message={"content": "lo"}),
            END,
        ],
        text="Hello",
    ),
    Variant(
        "the whole message at the end",
        "MiniMax",
        [
            chunk({"content": "Hel"}),
            chunk({"content": "lo"}),
            said(index=0, message={"content": "Hello"}, finish_reason="stop"),
        ],
        text="Hello",
    ),
    Variant(
        "the whole message grows",
        "DashScope without incremental output",
        [
            said(index=0, delta={"content": "Hel"}, message={"content": "Hel"}),
            said(index=0, delta={"content": "lo"}, message={"content": "Hello"}),
            END,
        ],
        text="Hello",
    ),
    Variant(
        "the calls again at the end",
        "MiniMax",
        [chunk(_LOOK), said(index=0, message=_LOOK, finish_reason="tool_calls")],
        calls=(("look", '{"x": 1}'),),
        finish="tool_calls",
    ),
    Variant("text in the choice", "the older completions", [said(index=0, text="Hi"), END], text="Hi"),
    Variant(
        "a choice that is no list",
        "hand-made servers",
        {"model": "test-model", "choices": {"message": {"content": "Hi"}, "finish_reason": "stop"}},
        text="Hi",
    ),
    Variant(
        "a pair of surrogates in two chunks",
        "servers that cut JSON escapes",
        [
            b'data: {"model":"test-model","choices":[{"delta":{"content":"a\\ud83d"}}]}\n\n',
            b'data: {"choices":[{"delta":{"content":"\\ude00b"}}]}\n\n',
            END,
        ],
        text="a😀b",
    ),
    Variant(
        "half a pair",
        "the same, cut off",
        [b'data: {"model":"test-model","choices":[{"delta":{"content":"a\\ud83d"}}]}\n\n', END],
        text="a\ufffd",
    ),
    Variant("no choices at all", "Azure, filters", answer({}) | {"choices": []}, finish=""),
    Variant(
        "an empty answer kept back",
        "Azure",
        answer({"content": ""}, "content_filter"),
        finish="content_filter",
    ),
    # ---- reasoning
    *both(
        "reasoning_content",
        "DeepSeek, vLLM, llama.cpp",
        {"reasoning_content": "hm", "content": "Hi"},
        text="Hi",
        reasoning="hm",
    ),
    *both(
        "reasoning", "OpenRouter, newer vLLM", {"reasoning": "hm", "content": "Hi"}, text="Hi", reasoning="hm"
    ),
    *both(
        "reasoning as an object",
        "gateways",
        {"reasoning": {"summary": [{"text": "hm"}]}, "content": "Hi"},
        text="Hi",
        reasoning="hm",
    ),
    *both(
        "reasoning_details",
        "OpenRouter",
        {
            "reasoning_details": [
                {"type": "reasoning.text", "text": "hm"},
                {"type": "reasoning.encrypted", "data": "x"},
            ],
            "content": "Hi",
        },
        text="Hi",
        reasoning="hm",
    ),
    *both(
        "reasoning twice",
        "OpenRouter",
        {
            "reasoning": "hm",
            "reasoning_details": [{"type": "reasoning.summary", "summary": "hm"}],
            "content": "Hi",
        },
        text="Hi",
        reasoning="hm",
    ),
    *both("thinking", "Ollama", {"thinking": "hm", "content": "Hi"}, text="Hi", reasoning="hm"),
    *both(
        "thinking_blocks",
        "LiteLLM",
        {"thinking_blocks": [{"type": "thinking", "thinking": "hm"}], "content": "Hi"},
        text="Hi",
        reasoning="hm",
    ),
    *both(
        "think marks",
        "Qwen, DeepSeek without a parser",
        {"content": "<think>\nhm\n</think>\n\nHi"},
        text="Hi",
        reasoning="hm",
    ),
    *both(
        "empty think marks", "Qwen 3 told not to think", {"content": "<think>\n\n</think>\n\nHi"}, text="Hi"
    ),
    *both(
        "think marks that never end",
        "a limit of tokens",
        {"content": "<think>hm"},
        reasoning="hm",
        finish="length",
    ),
    *both(
        "think marks later on",
        "a model that writes about them",
        {"content": "a <think>b</think>"},
        text="a <think>b</think>",
    ),
    Variant(
        "think marks in pieces",
        "Qwen, DeepSeek without a parser",
        [*(chunk({"content": each}) for each in "\n<think>so a < b</think>\n\nHi <b>"), END],
        text="Hi <b>",
        reasoning="so a < b",
    ),
    # ---- tool calls
    *both(
        "arguments as an object",
        "Ollama, small servers",
        {"tool_calls": [call({"x": 1}, "look", id="a")]},
        calls=(("look", '{"x": 1}'),),
        finish="tool_calls",
    ),
    *both(
        "a call without index",
        "Gemini, Ollama",
        {"tool_calls": [call("{}", "look", id="a"), call("{}", "see", id="b")]},
        calls=(("look", "{}"), ("see", "{}")),
        finish="tool_calls",
    ),
    *both(
        "a legacy function_call",
        "older servers",
        {"function_call": {"name": "look", "arguments": "{}"}},
        calls=(("look", "{}"),),
        finish="function_call",
    ),
    *both(
        "a custom tool",
        "OpenAI",
        {
            "tool_calls": [
                {"index": 0, "id": "a", "type": "custom", "custom": {"name": "sql", "input": "select 1"}}
            ]
        },
        calls=(("sql", "select 1"),),
        finish="tool_calls",
    ),
    *both(
        "a call that is no list",
        "hand-made servers",
        {"tool_calls": call("{}", "look")},
        calls=(("look", "{}"),),
        finish="tool_calls",
    ),
    *both(
        "a call without function",
        "hand-made servers",
        {"tool_calls": [{"name": "look", "arguments": {"x": 1}}]},
        calls=(("look", '{"x": 1}'),),
        finish="tool_calls",
    ),
    Variant(
        "pieces without index",
        "Gemini behind gateways",
        [
            chunk({"tool_calls": [call('{"x"', "look", id="a")]}),
            chunk({"tool_calls": [call(": 1}")]}),
            chunk({"tool_calls": [call("{}", "see", id="b")]}),
            END,
        ],
        calls=(("look", '{"x": 1}'), ("see", "{}")),
    ),
    Variant(
        "one index, two ids",
        "Gemini, Ollama",
        [
            chunk({"tool_calls": [call("{}", "look", id="a", index=0)]}),
            chunk({"tool_calls": [call("{}", "look", id="b", index=0)]}),
            END,
        ],
        calls=(("look", "{}"), ("look", "{}")),
    ),
    Variant(
        "one index, no ids",
        "older Ollama",
        [
            chunk({"tool_calls": [call('{"x": 1}', "look", index=0)]}),
            chunk({"tool_calls": [call('{"x": 2}', "look", index=0)]}),
            END,
        ],
        calls=(("look", '{"x": 1}'), ("look", '{"x": 2}')),
    ),
    Variant(
        "the name in each chunk",
        "vLLM's older parsers",
        [chunk({"tool_calls": [call(each, "look", id="a", index=0)]}) for each in ("{", '"x"', ": 1}")]
        + [END],
        calls=(("look", '{"x": 1}'),),
    ),
    Variant(
        "the name and a new id in each chunk",
        "vLLM's older parsers",
        [chunk({"tool_calls": [call(each, "look", id=each, index=0)]}) for each in ('{"', 'x"', ": 1}")]
        + [END],
        calls=(("look", '{"x": 1}'),),
    ),
    # ---- finish reasons
    *(
        Variant(
            f"finish_reason {json.dumps(reason)} on every chunk",
            "Groq's clones, gateways",
            [chunk({"content": each}, finish=reason) for each in ("Hel", "lo")],
            text="Hello",
            finish=shown,
        )
        for reason, shown in (("null", ""), ("", ""), ("stop", "stop"))
    ),
    Variant(
        "text after the end",
        "gateways that add a footer",
        [chunk({"content": "Hel"}), END, chunk({"content": "lo"}, finish="stop")],
        text="Hello",
    ),
    Variant(
        "finish_reason as a number", "hand-made servers", answer({"content": "Hi"}, 1), text="Hi", finish="1"
    ),  # type: ignore[arg-type]
    # ---- usage and facts
    Variant(
        "usage in a choice",
        "Moonshot",
        [chunk({"content": "Hi"}), said(index=0, delta={}, finish_reason="stop", usage=usage(9, 2))],
        text="Hi",
        usage=(9, 2),
    ),
    Variant(
        "usage in x_groq",
        "Groq",
        [chunk({"content": "Hi"}), chunk({}, finish="stop", x_groq={"id": "r", "usage": usage(9, 2)})],
        text="Hi",
        usage=(9, 2),
    ),
    Variant(
        "usage twice",
        "gateways",
        [chunk({"content": "Hi"}), END, chunk(usage=usage(9, 1)), chunk(usage=usage(9, 2))],
        text="Hi",
        usage=(9, 2),
    ),
    Variant(
        "usage null on all but the last",
        "OpenAI",
        [chunk({"content": "Hi"}, usage=None), END, chunk(usage=usage(9, 2))],
        text="Hi",
        usage=(9, 2),
    ),
    Variant(
        "usage in floats",
        "gateways in JavaScript",
        answer({"content": "Hi"}, usage=usage(9.0, 2.0)),
        text="Hi",
        usage=(9, 2),
    ),  # type: ignore[arg-type]
    Variant(
        "usage with a null",
        "older vLLM",
        answer({"content": "Hi"}, usage={"prompt_tokens": 9, "completion_tokens": None}),
        text="Hi",
        usage=(9, None),
    ),
    Variant(
        "usage by other names",
        "gateways of Anthropic's shape",
        answer({"content": "Hi"}, usage={"input_tokens": 9, "output_tokens": 2}),
        text="Hi",
        usage=(9, 2),
    ),
    Variant(
        "usage that says nothing",
        "hand-made servers",
        answer({"content": "Hi"}, usage={"tokens": "many"}),
        text="Hi",
        usage=(None, None),
    ),
    Variant(
        "usage that is no object",
        "hand-made servers",
        answer({"content": "Hi"}, usage="11 tokens"),
        text="Hi",
        usage=(None, None),
    ),
    Variant(
        "an empty first chunk",
        "Azure",
        [
            {"model": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0}]},
            chunk({"content": "Hi"}, system_fingerprint="fp_1"),
            END,
        ],
        text="Hi",
        fingerprint="fp_1",
    ),
    *(
        Variant(f"old log probabilities, {name}", "older vLLM, SGLang", sends, text="Hi!", logprobs=("Hi",))
        for name, sends in (
            ("streamed", [said(index=0, delta={"content": "Hi!"}, logprobs=_RATED), END]),
            (
                "whole",
                {
                    "model": "test-model",
                    "choices": [{"message": {"content": "Hi!"}, "logprobs": _RATED, "finish_reason": "stop"}],
                },
            ),
        )
    ),
    # ---- labels
    *(
        Variant(
            f"a stream as {kind}",
            "gateways, Cloudflare",
            [chunk({"content": "Hi"}), END],
            kind=kind,
            text="Hi",
        )
        for kind in (JSON, TEXT, "application/octet-stream")
    ),
    *(
        Variant(f"JSON as {kind}", "gateways that buffer", answer({"content": "Hi"}), kind=kind, text="Hi")
        for kind in (SSE, TEXT)
    ),
    Variant(
        "blanks before JSON",
        "DeepSeek, OpenRouter (to keep the connection)",
        b"\n\n \n" + json.dumps(answer({"content": "Hi"})).encode(),
        text="Hi",
    ),
    Variant(
        "a comment first",
        "OpenRouter",
        [b": OPENROUTER PROCESSING\n\n", chunk({"content": "Hi"}), END],
        text="Hi",
    ),
    Variant(
        "lines of JSON",
        "servers without the form of a stream",
        b"\n".join(json.dumps(each).encode() for each in (chunk({"content": "Hi"}), END)),
        text="Hi",
    ),
    Variant(
        "events without blank lines",
        "hand-made servers",
        b"".join(
            f"data: {json.dumps(each)}\n".encode()
            for each in (chunk({"content": "Hel"}), chunk({"content": "lo"}), END)
        ),
        kind=SSE,
        text="Hello",
    ),
    Variant(
        "a list of chunks",
        "Google's own form of a stream",
        json.dumps([chunk({"content": "Hi"}), END]).encode(),
        text="Hi",
    ),
    # ---- errors with a status
    refused(
        "an error object",
        "OpenAI",
        {"error": {"message": "Unsupported parameter: 'seed'", "param": "seed"}},
        error="Unsupported parameter",
        param="seed",
    ),
    refused(
        "an error as text",
        "Ollama, TGI",
        {"error": "seed is not supported"},
        error="seed is not supported",
        param="seed",
    ),
    refused(
        "a list of errors",
        "Google",
        [
            {
                "error": {
                    "code": 400,
                    "message": 'Invalid JSON payload received. Unknown name "seed": Cannot find field.',
                    "status": "INVALID_ARGUMENT",
                }
            }
        ],
        error="Unknown name",
        param="seed",
    ),
    refused(
        "an error as a list",
        "gateways",
        {"error": [{"message": "bad seed value"}, {"message": "and more"}]},
        error="bad seed value; and more",
        param="seed",
    ),
    refused(
        "detail as text",
        "FastAPI",
        {"detail": "`seed` must be positive"},
        error="must be positive",
        param="seed",
    ),
    refused(
        "detail with loc and msg",
        "FastAPI, vLLM",
        {
            "detail": [
                {"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}
            ]
        },
        error="seed: Extra inputs",
        param="seed",
    ),
    refused(
        "detail as an object",
        "FastAPI",
        {"detail": {"error": {"message": "no body.seed here"}}},
        error="no body.seed here",
        param="seed",
    ),
    refused(
        "errors[]",
        "JSON:API",
        {"errors": [{"title": "Bad", "detail": "is unknown", "source": {"pointer": "/seed"}}]},
        error="is unknown",
        param="seed",
    ),
    refused(
        "metadata.raw",
        "OpenRouter",
        {
            "error": {
                "message": "Provider returned error",
                "code": 400,
                "metadata": {
                    "raw": '{"error":{"message":"Unrecognized request argument supplied: seed"}}',
                    "provider_name": "X",
                },
            }
        },
        error="Unrecognized request argument",
        param="seed",
    ),
    refused(
        "object error",
        "older vLLM",
        {
            "object": "error",
            "message": "[{'loc': ('body', 'seed')}]",
            "type": "BadRequestError",
            "param": None,
            "code": 400,
        },
        error="'seed'",
        param="seed",
    ),
    refused(
        "message as an object",
        "Mistral",
        {
            "object": "error",
            "message": {"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]},
            "type": "invalid_request_error",
        },
        error="Extra inputs",
        param="seed",
    ),
    refused(
        "problem+json",
        "RFC 9457",
        {
            "type": "about:blank",
            "title": "Bad Request",
            "status": 400,
            "detail": "$.seed: additional property",
        },
        kind=PROBLEM,
        error="Bad Request: $.seed",
        param="seed",
    ),
    refused(
        "param that is a list",
        "hand-made servers",
        {"error": {"message": "no", "param": ["seed"]}},
        error="no",
        param="seed",
    ),
    refused(
        "param that is a number",
        "hand-made servers",
        {"error": {"message": "no reason", "param": 5}},
        error="no reason",
    ),
    refused(
        "param that is an object",
        "hand-made servers",
        {"error": {"message": "no reason", "param": {"x": 1}}},
        error="no reason",
    ),
    refused(
        "words in another field",
        "hand-made servers",
        {"fault": {"faultstring": "no quota policy"}},
        error="no quota policy",
    ),
    refused("text", "proxies", b"upstream says no", kind=TEXT, error="upstream says no"),
    refused(
        "a page",
        "nginx",
        b"<html><head><title>413 Request Entity Too Large</title></head></html>",
        kind=HTML,
        status="413 Too Large",
        error="413 Request Entity Too Large",
    ),
    refused(
        "a page behind a failure",
        "Cloudflare",
        b"<!DOCTYPE html><title>example.com | 502: Bad gateway</title>",
        kind=HTML,
        status="502 Bad Gateway",
        error="502: Bad gateway",
    ),
    refused(
        "stream refused",
        "OpenAI, unverified organisations",
        {
            "error": {
                "message": "Your organization must be verified to stream this model.",
                "param": "stream",
                "code": "unsupported_value",
            }
        },
        error="verified to stream",
        param="stream",
    ),
    refused(
        "streaming refused in words",
        "hand-made servers",
        {"error": "Streaming is not supported"},
        error="Streaming is not supported",
        param="stream",
    ),
    refused(
        "the system role refused",
        "Gemma's template",
        {"error": {"message": "System role not supported"}},
        asked=(("messages", [{"role": "system", "content": "s"}, {"role": "user", "content": "hi"}]),),
        error="System role not supported",
        param="system",
    ),
    refused(
        "the role by its place",
        "o1-mini",
        {
            "error": {
                "message": "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
                "param": "messages[0].role",
            }
        },
        asked=(("messages", [{"role": "system", "content": "s"}, {"role": "user", "content": "hi"}]),),
        error="does not support 'system'",
        param="system",
    ),
    # ---- errors with a 200
    failed(
        "an error whole", "OpenRouter", {"error": {"message": "No credits", "code": 402}}, error="No credits"
    ),
    failed(
        "an error beside empty choices",
        "gateways",
        {"error": "overloaded", "choices": []},
        error="overloaded",
    ),
    failed(
        "base_resp beside 200",
        "MiniMax",
        {"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}, "choices": None},
        error="insufficient balance",
    ),
    failed("code and msg", "Zhipu, SiliconFlow", {"code": 1301, "msg": "system busy"}, error="system busy"),
    failed(
        "error_code and error_msg",
        "Baidu",
        {"error_code": 336000, "error_msg": "Internal error"},
        error="Internal error",
    ),
    failed(
        "success false",
        "Cloudflare",
        {"success": False, "errors": [{"code": 7009, "message": "No such model"}], "result": None},
        error="No such model",
    ),
    failed(
        "a page in its place", "portals", b"<html><title>Sign in</title></html>", kind=HTML, error="Sign in"
    ),
    failed("text in its place", "proxies", b"Service busy", kind=TEXT, error="Service busy"),
    failed(
        "another API's answer",
        "Ollama's own API",
        {"response": "x", "status": "fine"},
        error="JSON without choices",
    ),
    failed(
        "a code that is a status, with a parameter",
        "gateways",
        {"error": {"code": 400, "message": "Unknown parameter: seed"}},
        asked=(("seed", 3),),
        error="Unknown parameter",
        param="seed",
    ),
    failed(
        "an error in a choice",
        "OpenRouter",
        answer({"content": ""}, "error")
        | {
            "choices": [
                {
                    "index": 0,
                    "message": {"content": "Hal"},
                    "finish_reason": "error",
                    "error": {"code": 502, "message": "provider died"},
                }
            ]
        },
        text="Hal",
        error="provider died",
        model="test-model",
    ),
    *(
        failed(
            f"mid-stream, {name}",
            source,
            [chunk({"content": "Hal"}), sends],
            text="Hal",
            error="overloaded",
            model="test-model",
        )
        for name, source, sends in (
            ("an error object", "OpenAI", {"error": {"message": "overloaded", "param": None}}),
            ("an error as text", "TGI", {"error": "overloaded", "error_type": "overloaded"}),
            ("object error", "vLLM", {"object": "error", "message": "overloaded", "code": 500}),
            ("code and msg", "Zhipu", {"code": 1301, "msg": "overloaded"}),
            (
                "base_resp",
                "MiniMax",
                {"choices": [], "base_resp": {"status_code": 1002, "status_msg": "overloaded"}},
            ),
            (
                "in a choice",
                "OpenRouter",
                said(index=0, delta={"content": ""}, finish_reason=None, error={"message": "overloaded"}),
            ),
            (
                "the event's kind",
                "Anthropic's shape",
                b'event: error\ndata: {"type": "error", "error": {"message": "overloaded"}}\n\n',
            ),
            ("the event's kind, in plain text", "proxies", b"event: error\ndata: overloaded\n\n"),
            (
                "without the form of an event",
                "Uvicorn behind gateways",
                b'{"error": {"message": "overloaded"}}\n\n',
            ),
            ("as a list", "Google", b'data: [{"error": {"message": "overloaded"}}]\n\n'),
        )
    ),
    Variant(
        "a finish reason that says error",
        "OpenRouter",
        [chunk({"content": "Hal"}), chunk({}, finish="error")],
        text="Hal",
        finish="error",
        error="finish_reason error",
    ),
    failed(
        "only what is no JSON",
        "proxies",
        b"data: Internal Server Error\n\n",
        kind=SSE,
        error="Internal Server Error",
    ),
    failed(
        "another API's events",
        "the Responses API",
        b'data: {"type": "response.output_text.delta", "delta": "Hi"}\n\n',
        kind=SSE,
        error="events without choices",
    ),
)
