"""An application of somebody's, written with the plain SDK: what it sends, Tempera has to be able to send again."""

from __future__ import annotations

import base64
import json
from typing import Any

from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from pydantic import BaseModel

TOOLS: list[ChatCompletionToolParam] = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": f"Give the {name} of a city — today's.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    }
    for name in ("weather", "time")
]


class Colour(BaseModel):
    """What the picture is said to show."""

    name: str
    sure: float | None = None


def run(url: str, picture: bytes) -> None:
    """Answer a question by tools, in two rounds; look at a picture; ask for an answer with a shape;
    ask without more, whole and as a stream."""
    client = OpenAI(base_url=url, api_key="sk-of-the-application", max_retries=0)
    messages: list[ChatCompletionMessageParam] = [
        {"role": "developer", "content": "Use the tools.\nNever guess."},
        {"role": "user", "content": "Is it light in Tromsø?", "name": "ann"},
    ]
    while True:
        answer = client.chat.completions.create(
            model="test-model",
            messages=messages,
            tools=TOOLS,
            parallel_tool_calls=False,
            temperature=0,
            stream=False,
        )
        said = answer.choices[0].message
        messages.append(said.model_dump(exclude_none=True))  # type: ignore[arg-type]
        for call in said.tool_calls or ():
            assert call.type == "function"
            given: Any = json.loads(call.function.arguments)
            result = {"of": call.function.name, **given}
            messages.append(
                {"role": "tool", "tool_call_id": call.id, "content": json.dumps(result, ensure_ascii=False)}
            )
        if not said.tool_calls:
            break
    look: ChatCompletionMessageParam = {
        "role": "user",
        "content": [
            {"type": "text", "text": "Which colour?"},
            {
                "type": "image_url",
                "image_url": {
                    "url": f"data:image/png;base64,{base64.b64encode(picture).decode()}",
                    "detail": "low",
                },
            },
        ],
    }
    for _ in client.chat.completions.create(
        model="test-model",
        messages=[look],
        max_completion_tokens=20,
        stream=True,
        stream_options={"include_usage": True},
    ):
        pass
    client.chat.completions.parse(model="test-model", messages=[look], response_format=Colour, seed=7)
    aside: list[ChatCompletionMessageParam] = [
        {"content": "Be brief.", "role": "system"},
        {"content": "Hi.", "role": "user"},
        {"content": "Hello!", "role": "assistant"},
        {"role": "user", "content": "Hm? \u2028"},
    ]
    extra = {"min_q": 0.25, "top_k": 40}
    client.chat.completions.create(
        model="test-model", messages=aside, max_tokens=5, stop=["a"], service_tier="flex", extra_body=extra
    )
    for _ in client.chat.completions.create(
        model="test-model", messages=aside, logit_bias={"50": 1}, stream=True
    ):
        pass
