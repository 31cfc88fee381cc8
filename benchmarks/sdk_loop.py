"""The second baseline: the smallest loop of the SDK that prints what streams in, with history."""

import sys

from openai import OpenAI

client = OpenAI()
messages = []
while True:
    messages.append({"role": "user", "content": input("> ")})
    answer = ""
    stream = client.chat.completions.create(
        model=sys.argv[1], messages=messages, stream=True, stream_options={"include_usage": True}
    )
    for chunk in stream:
        if chunk.choices and chunk.choices[0].delta.content:
            answer += chunk.choices[0].delta.content
            print(chunk.choices[0].delta.content, end="", flush=True)
    print()
    messages.append({"role": "assistant", "content": answer})
