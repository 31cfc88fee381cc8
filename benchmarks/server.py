"""An API on loopback that answers as fast as the socket takes it.

    python benchmarks/server.py MODEL…     # prints its address, serves until it is killed

The models that are named are listed, and their answers made before the first request. A model's
name says what it answers: `chunks-20000` is a Markdown answer of that many chunks of four
characters, `constructs-20000` one as long that holds every construct, `first-20` the first kind
with a pause of 0.3 s after the first chunk, so that its arrival can be seen. `GET /times` gives
what the server itself took for each answer, from the request read to its first byte written, in
seconds.
"""

from __future__ import annotations

import functools
import json
import re
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

START, END = "Zebra.", "Omega."
MODELS: list[str] = []
times: list[float] = []

SECTION = """\

## Section {n}: what a *parameter* does

The **temperature** divides the logits before the softmax, so that at 0 the likeliest token is taken and
above 1 the unlikely ones gain; see `top_p` and [the reference](https://example.com/docs/{n}) for its company.

- one item that says little, but says it in enough words to be broken at the margin of a common window
- another, with `code` and *stress*
    - and one below it

1. first this
2. then that

| parameter | range | default |
|---|---:|---|
| temperature | 0..2 | 1.0 |
| top_p | 0..1 | {n} |

> A quotation stands here, of two lines,
> as quotations do.

```python
def sample(logits: list[float], temperature: float = {n}.0) -> int:
    weights = [math.exp(x / temperature) for x in logits]
    return random.choices(range(len(weights)), weights)[0]
```
"""


def text(chunks: int) -> str:
    """Return a Markdown answer of four characters a chunk, between START and END."""
    size = 4 * chunks
    parts, length, n = [START + "\n"], len(START) + 1, 0
    while length < size:
        n += 1
        parts.append(SECTION.format(n=n))
        length += len(parts[-1])
    end = f"\n\n{END}"
    return "".join(parts)[: size - len(end)].rstrip("`").ljust(size - len(end), ".") + end


def event(content: dict[str, str], finish: str | None = None, usage: dict[str, int] | None = None) -> bytes:
    """Frame a chunk of the stream for HTTP's chunked coding."""
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "bench",
        "choices": [] if usage else [{"index": 0, "delta": content, "finish_reason": finish}],
        **({"usage": usage} if usage else {}),
    }
    return framed(f"data: {json.dumps(body)}\n\n".encode())


def framed(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def constructs(chunks: int) -> str:
    """Return an answer of as many characters that holds every construct."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from tests.support.constructs import document

    return f"{START}\n\n{document(4 * chunks)}\n\n{END}"


@functools.cache
def answer(chunks: int, all_constructs: bool = False) -> tuple[bytes, bytes]:
    """Return the first chunk, and all others joined."""
    whole = constructs(chunks) if all_constructs else text(chunks)
    pieces = [whole[i : i + 4] for i in range(0, len(whole), 4)]
    first = event({"role": "assistant", "content": whole[: len(START)]})
    rest = [event({"content": whole[len(START) : 8]}), *(event({"content": piece}) for piece in pieces[2:])]
    usage = {"prompt_tokens": 10, "completion_tokens": chunks, "total_tokens": chunks + 10}
    end = [event({}, "stop"), event({}, usage=usage), framed(b"data: [DONE]\n\n"), b"0\r\n\r\n"]
    return first, b"".join([*rest, *end])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 0

    def do_GET(self) -> None:
        if self.path == "/times":
            self._json(times)
        elif self.path.endswith("/models"):
            self._json({"object": "list", "data": [{"id": name, "object": "model"} for name in MODELS]})
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        read = time.monotonic()
        found = re.search(rb'"model": ?"(chunks|constructs|first)-(\d+)"', body)
        if not found or not self.path.endswith("/chat/completions"):
            return self.send_error(404)
        first, rest = answer(int(found[2]), found[1] == b"constructs")
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self.wfile.write(first)
        times.append(time.monotonic() - read)
        if found[1] == b"first":
            time.sleep(0.3)
        self.wfile.write(rest)
        return None

    def _json(self, value: object) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Log nothing: the time that it takes would be measured, too."""


if __name__ == "__main__":
    MODELS.extend(sys.argv[1:])
    for name in MODELS:
        answer(int(name.split("-")[1]), name.startswith("constructs"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
