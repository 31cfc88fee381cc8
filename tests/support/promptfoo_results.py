"""Record the file of results that promptfoo writes, and let it take in the one that is written here.

    npm install --ignore-scripts promptfoo@0.118.17 && npm rebuild better-sqlite3    (in a folder of its own)
    python -m tests.support.promptfoo_results FOLDER

makes tests/chat/transfer/recorded/promptfoo_results.json, and raises where `promptfoo import` loses something.
"""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from chat.transfer import eval_promptfoo

from ..chat.transfer.eval_runs import run, samples

RECORDED = Path(__file__).resolve().parent.parent / "chat/transfer/recorded/promptfoo_results.json"

CONFIG: dict[str, Any] = {
    "description": "Capitals",
    "prompts": [
        "Tell me of {{place}} ({{note}})",
        {
            "label": "chat",
            "raw": '[{"role":"system","content":"Be brief"},{"role":"user","content":"{{place}}?"}]',
        },
    ],
    "providers": [
        {"id": "openai:chat:gpt-4o-mini", "label": "mini", "config": {"apiKey": "x", "temperature": 0}},
        "echo",
    ],
    "evaluateOptions": {"repeat": 2},
    "tests": [
        {
            "description": "Italy",
            "vars": {"place": "Rome", "note": "=1+1"},
            "assert": [
                {"type": "contains", "value": "Rome", "metric": "named"},
                {"type": "icontains", "value": "is the"},
                {
                    "type": "assert-set",
                    "threshold": 0.5,
                    "assert": [
                        {"type": "equals", "value": "no"},
                        {"type": "contains", "value": "Rome", "weight": 2},
                    ],
                },
            ],
        },
        {
            "vars": {"place": "Tool", "note": "n"},
            "assert": [{"type": "is-json"}, {"type": "not-regex", "value": "f"}],
        },
        {"vars": {"place": "Fail", "note": "n"}, "assert": [{"type": "contains", "value": "{{place}}"}]},
        {
            "vars": {"place": "Bern", "note": ["a", "b"]},
            "threshold": 0.5,
            "metadata": {"group": "g"},
            "assert": [{"type": "contains", "value": "Bern", "weight": 3}, {"type": "equals", "value": "x"}],
        },
        {"vars": {"place": "Oslo", "note": "nothing is expected"}},
    ],
}


class _Answers(http.server.BaseHTTPRequestHandler):
    """Answers, calls a tool, or fails, by what is asked."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        text = body["messages"][-1]["content"]
        message: dict[str, Any] = {"role": "assistant", "content": f"Rome is the capital: {text}"}
        if "Tool" in text:
            call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
            message |= {"content": None, "tool_calls": [call]}
        choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if "Tool" in text else "stop"}
        used = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        used_in = {"completion_tokens_details": {"reasoning_tokens": 2}}
        answer: dict[str, Any] = {"object": "chat.completion", "choices": [choice], "usage": used | used_in}
        if "Fail" in text:
            answer = {"error": {"message": "no such thing", "type": "invalid_request_error"}}
        self.send_response(400 if "Fail" in text else 200)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())


def said(folder: str, home: Path, *words: str) -> str:
    """Run promptfoo in a folder of its own; what it prints."""
    environ = {**os.environ, "PROMPTFOO_CONFIG_DIR": str(home), "PROMPTFOO_DISABLE_TELEMETRY": "1"}
    environ |= {"PROMPTFOO_DISABLE_UPDATE": "1", "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1"}
    command = ["npx", "--prefix", str(Path(folder).resolve()), "promptfoo", *words]
    ran = subprocess.run(
        command, env=environ, cwd=home, capture_output=True, text=True, check=False, timeout=120
    )
    if ran.returncode not in (0, 100):
        raise SystemExit(f"{' '.join(words)}: {ran.stdout}\n{ran.stderr}")
    return ran.stdout


def recorded(folder: str, home: Path) -> Any:
    """Let promptfoo evaluate; its file of results."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/v1"
        first = {**CONFIG["providers"][0]}
        first["config"] = {**first["config"], "apiBaseUrl": address}
        config = {**CONFIG, "providers": [first, *CONFIG["providers"][1:]]}
        (home / "config.json").write_text(json.dumps(config))
        options = ("--no-cache", "--no-table", "--no-progress-bar", "--output", "out.json")
        said(folder, home, "eval", "-c", "config.json", *options)
        server.shutdown()
    return json.loads((home / "out.json").read_text().replace(address, "http://127.0.0.1:1/v1"))


def check_taken(folder: str, home: Path) -> None:
    """Raise SystemExit where promptfoo does not give back what it takes in of ours."""
    of = run()
    (home / "ours.json").write_text("".join(eval_promptfoo.pieces(of, samples(of))))
    said(folder, home, "import", "ours.json")
    number = said(folder, home, "list", "evals", "--ids-only").split()[-1]
    said(folder, home, "export", "eval", number, "-o", "back.json")
    before, after = (
        json.loads((home / name).read_text())["results"]["results"] for name in ("ours.json", "back.json")
    )
    mine = {(each["promptIdx"], each["testIdx"]): each for each in before}
    names = (
        "success",
        "score",
        "failureReason",
        "vars",
        "response",
        "latencyMs",
        "gradingResult",
        "testCase",
    )
    lost = [
        (each["promptIdx"], each["testIdx"], name)
        for each in after
        for name in names
        if each.get(name) != mine[each["promptIdx"], each["testIdx"]].get(name)
    ]
    if lost or len(after) != len(before):
        raise SystemExit(f"{len(before)} results, {len(after)} came back; differently: {lost}")
    print(said(folder, home, "show", "eval", number))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        found = recorded(sys.argv[1], Path(name))
    RECORDED.write_text(json.dumps(found, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        check_taken(sys.argv[1], Path(name))
