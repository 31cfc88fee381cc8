"""The smallest loop over AsyncOpenAI that asks many cells, so many at once.

python benchmarks/async_loop.py PORT CELLS AT_ONCE
"""

from __future__ import annotations

import asyncio
import sys

from openai import AsyncOpenAI


async def main() -> None:
    port, cells, at_once = map(int, sys.argv[1:4])
    client = AsyncOpenAI(api_key="x", base_url=f"http://127.0.0.1:{port}/v1", max_retries=0)
    room = asyncio.Semaphore(at_once)
    right = 0

    async def ask(number: int) -> None:
        nonlocal right
        async with room:
            messages = [{"role": "user", "content": f"question {number}"}]
            answer = await client.chat.completions.create(model="test-model", messages=messages)  # type: ignore[arg-type]
            right += "42" in (answer.choices[0].message.content or "")

    await asyncio.gather(*map(ask, range(cells)))
    print(f"{right} of {cells}")


asyncio.run(main())
