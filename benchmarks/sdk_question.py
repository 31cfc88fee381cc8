"""The third baseline: the smallest script of the SDK that answers one question, streaming."""

import sys

from openai import OpenAI

messages = [{"role": "user", "content": sys.argv[2]}]
for chunk in OpenAI().chat.completions.create(model=sys.argv[1], messages=messages, stream=True):
    if chunk.choices and chunk.choices[0].delta.content:
        print(chunk.choices[0].delta.content, end="", flush=True)
print()
