"""A scripted provider: chat completions, and the Batch API with its files, on loopback.

    with BatchServer() as server:
        server.faults["create"] = ["die after"]     # the next creation is done, and its answer never comes
        server.url, server.batches, server.files    # where it is, and what it holds
        server.finish()                             # all batches are answered

Answers follow from the prompt alone, so that a request gets the same one however it is asked. States advance when
they are looked at, or at once by `finish`. `files` and `batches` may be kept by a test across shells.
"""

from __future__ import annotations

import email
import email.policy
import itertools
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Line = dict[str, Any]
#: States that a batch goes through, one each time it is looked at.
LIFE = ("validating", "in_progress", "finalizing", "completed")


def reply(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """The answer to a request: the last word of its prompt, with its temperature where one is sent, for each of n
    choices and with log probabilities where they are asked for. It is refused where that word is `refused`, or
    the temperature 1.3."""
    word, warm = str(body["messages"][-1]["content"]).split()[-1], body.get("temperature")
    if word == "refused" or warm == 1.3:
        error = {
            "message": "that is not done here",
            "type": "invalid_request_error",
            "param": None,
            "code": None,
        }
        return 400, {"error": error}
    text = word.upper() if warm is None else f"{word.upper()} at {warm}"
    sure = {"content": [{"token": text, "logprob": -0.5, "bytes": None, "top_logprobs": []}]}
    choices = [
        {
            "index": index,
            "finish_reason": "stop",
            "message": {"role": "assistant", "content": text},
            "logprobs": sure if body.get("logprobs") else None,
        }
        for index in range(body.get("n") or 1)
    ]
    used = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    made = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": body["model"]}
    return 200, {**made, "choices": choices, "usage": used}


def result(line: Line, number: int = 0) -> Line:
    """The line that answers a line of a batch."""
    status, body = reply(line["body"])
    response = {"status_code": status, "request_id": f"req_{number}", "body": body}
    return {"id": f"batch_req_{number}", "custom_id": line["custom_id"], "response": response, "error": None}


def never(line: Line, code: str = "batch_expired") -> Line:
    """The line of a request that was never asked."""
    error = {
        "code": code,
        "message": "This request could not be executed before the completion window expired.",
    }
    return {"id": "batch_req_0", "custom_id": line["custom_id"], "response": None, "error": error}


def jsonl(lines: list[Any]) -> bytes:
    return b"".join(each if isinstance(each, bytes) else json.dumps(each).encode() + b"\n" for each in lines)


@dataclass
class BatchServer:
    """`faults` has, by what is asked (upload, create, look, content, cancel, files, batches, chat), what goes
    wrong with the next of these: "die before", "die after" (nothing is answered), "twice" (it is done twice, and
    not answered), or a status. `written` makes the lines of output and error file of a batch's lines."""

    written: Callable[[list[Line]], tuple[list[Any], list[Any]]] | None = None
    ends: str = "completed"
    faults: dict[str, list[Any]] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # what was asked, by its name
    bodies: list[dict[str, Any]] = field(default_factory=list)  # of chat completions
    headers: list[dict[str, str]] = field(default_factory=list)
    on: Callable[[str, bool], None] = lambda what, done: None  # called before and after each is done

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def __enter__(self) -> BatchServer:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            disable_nagle_algorithm = (
                True  # else each answer waits 40 ms for the client to acknowledge its head
            )
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None: ...

            def do_GET(self) -> None:
                owner.serve(self, b"")

            def do_POST(self) -> None:
                owner.serve(self, self.rfile.read(int(self.headers.get("content-length", 0))))

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None: ...  # a shell that was killed hung up

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    # ---- what it is asked

    def serve(self, handler: BaseHTTPRequestHandler, data: bytes) -> None:
        with self._lock:
            what, do = self._meant(handler, data)
            self.asked.append(what)
            self.headers.append({name.lower(): value for name, value in handler.headers.items()})
            self.on(what, False)
            fault = self.faults[what].pop(0) if self.faults.get(what) else None
            if fault == "die before":
                handler.close_connection = True
                return
            if isinstance(fault, int):
                status, answer = fault, json.dumps({"error": {"message": "no"}}).encode()
            else:
                status, answer = do()
                if fault == "twice":
                    do()
            self.on(what, True)
        if fault in ("die after", "twice"):
            handler.close_connection = True
            return
        if fault == "cut":
            handler.close_connection = True
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer[: len(answer) // 2] if fault == "cut" else answer)

    def _meant(
        self, handler: BaseHTTPRequestHandler, data: bytes
    ) -> tuple[str, Callable[[], tuple[int, bytes]]]:
        path, post = handler.path.partition("?")[0].removeprefix("/v1"), handler.command == "POST"
        if path == "/chat/completions":
            return "chat", lambda: self._chat(data)
        if path == "/files":
            kind = handler.headers.get("content-type", "")
            return (
                ("upload", lambda: self._upload(kind, data))
                if post
                else ("files", lambda: self._list("files"))
            )
        if found := re.fullmatch(r"/files/([\w-]+)/content", path):
            return "content", lambda: self._content(found[1])
        if path == "/batches":
            return (
                ("create", lambda: self._create(data)) if post else ("batches", lambda: self._list("batches"))
            )
        if found := re.fullmatch(r"/batches/([\w-]+)(/cancel)?", path):
            if found[2]:
                return "cancel", lambda: self._cancel(found[1])
            return "look", lambda: self._look(found[1])
        return path, lambda: (404, b"{}")

    def _chat(self, data: bytes) -> tuple[int, bytes]:
        body = json.loads(data)
        self.bodies.append(body)
        status, answer = reply(body)
        return status, json.dumps(answer).encode()

    def _upload(self, kind: str, data: bytes) -> tuple[int, bytes]:
        whole = b"Content-Type: " + kind.encode() + b"\r\n\r\n" + data
        message = email.message_from_bytes(whole, policy=email.policy.HTTP)
        part = next(each for each in message.iter_parts() if each.get_filename())  # type: ignore[attr-defined]
        id = f"file-{next(self._numbers)}"
        content = part.get_payload(decode=True)
        self.files[id] = (str(part.get_filename()), content)
        return 200, json.dumps(self._file(id)).encode()

    def _file(self, id: str) -> dict[str, Any]:
        name, content = self.files[id]
        return {"id": id, "object": "file", "filename": name, "bytes": len(content), "purpose": "batch"}

    def _list(self, what: str) -> tuple[int, bytes]:
        each = [self._file(id) for id in self.files] if what == "files" else list(self.batches.values())
        return 200, json.dumps({"object": "list", "data": each[::-1], "has_more": False}).encode()

    def _content(self, id: str) -> tuple[int, bytes]:
        return (
            (200, self.files[id][1]) if id in self.files else (404, b'{"error": {"message": "no such file"}}')
        )

    def _create(self, data: bytes) -> tuple[int, bytes]:
        order, id = json.loads(data), f"batch_{next(self._numbers)}"
        lines = self.lines(order["input_file_id"])
        self.batches[id] = {
            **order,
            "id": id,
            "object": "batch",
            "status": "validating",
            "expires_at": 1_900_000_000,
            "request_counts": {"total": len(lines), "completed": 0, "failed": 0},
        }
        return 200, json.dumps(self.batches[id]).encode()

    def _look(self, id: str) -> tuple[int, bytes]:
        if id not in self.batches:
            return 404, b'{"error": {"message": "No batch found", "code": "not_found"}}'
        batch = self.batches[id]
        if batch["status"] in LIFE[:-2]:
            batch["status"] = LIFE[LIFE.index(batch["status"]) + 1]
        elif batch["status"] in ("finalizing", "cancelling"):
            self.end(id, "cancelled" if batch["status"] == "cancelling" else self.ends)
        return 200, json.dumps(batch).encode()

    def _cancel(self, id: str) -> tuple[int, bytes]:
        batch = self.batches[id]
        if batch["status"] not in LIFE[:-1]:
            return 400, b'{"error": {"message": "it is over"}}'
        batch["status"] = "cancelling"
        return 200, json.dumps(batch).encode()

    # ---- what it does

    def lines(self, file: str) -> list[Line]:
        """The lines of a file."""
        return [json.loads(line) for line in self.files[file][1].splitlines()]

    def end(self, id: str, state: str = "completed") -> None:
        """End a batch in a state, with its results."""
        batch = self.batches[id]
        batch["status"] = state
        if state == "failed":
            complaint = {"code": "invalid", "message": "the model is not there", "line": 2}
            batch["errors"] = {"object": "list", "data": [complaint]}
            return
        lines = self.lines(batch["input_file_id"])
        answers = [result(line, number) for number, line in enumerate(lines)]
        good = [each for each in answers if each["response"]["status_code"] == 200]
        out: tuple[list[Any], list[Any]] = (good, [each for each in answers if each not in good])
        if self.written:
            out = self.written(lines)
        for name, some in zip(("output_file_id", "error_file_id"), out, strict=True):
            batch[name] = ""
            if some:
                batch[name] = f"file-{next(self._numbers)}"
                self.files[batch[name]] = (f"{id}.jsonl", jsonl(some))
        batch["request_counts"].update(completed=len(out[0]), failed=len(out[1]))

    def finish(self, state: str = "completed") -> None:
        """End all batches."""
        for id, batch in self.batches.items():
            if batch["status"] in (*LIFE[:-1], "cancelling"):
                self.end(id, state)
