"""Make a folder that an engine of one's own answers: the requests, how to run it, and a README.

What stands there is read and run by a person, never from here.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

from ..base import files
from ..base.short import several
from .state import Batch

REQUESTS = "requests.jsonl"

_VLLM = """\
#!/bin/sh
# Answers {count} by vLLM: https://docs.vllm.ai/en/stable/cli/run-batch/
# --model is a name at Hugging Face or a folder; what else `vllm serve` takes may follow.
set -e
cd "$(dirname "$0")"
{commands}
"""

_RAY = '''\
"""Answer {count} by Ray Data LLM: https://docs.ray.io/en/latest/data/working-with-llms.html

    python run.py                                          by vLLM engines on the machines of the cluster
    python run.py http://127.0.0.1:8000/v1/chat/completions    by a server that is there
"""

import json
import sys
from pathlib import Path

import ray
from ray.data import llm

HERE = Path(__file__).resolve().parent
FILES = {files!r}
ENGINES = 1  # replicas of the engine: one for each accelerator, or pair of them
SAMPLING = ("temperature", "top_p", "top_k", "min_p", "max_tokens", "stop", "seed", "frequency_penalty",
            "presence_penalty", "repetition_penalty")


def asked(row):
    request = json.loads(row["text"])
    body = request["body"]
    sampling = {{name: body[name] for name in SAMPLING if body.get(name) is not None}}
    sampling.setdefault("max_tokens", body.get("max_completion_tokens") or 1024)
    row = {{"id": request["custom_id"], "payload": body}}
    return {{**row, "messages": body["messages"], "sampling_params": sampling}}


def answered(row):
    taken, given = int(row.get("num_input_tokens") or 0), int(row.get("num_generated_tokens") or 0)
    body = row.get("http_response") or {{
        "object": "chat.completion",
        "model": row["payload"]["model"],
        "choices": [{{"index": 0, "finish_reason": "stop",
                     "message": {{"role": "assistant", "content": row["generated_text"]}}}}],
        "usage": {{"prompt_tokens": taken, "completion_tokens": given, "total_tokens": taken + given}},
    }}
    response = {{"status_code": 400 if body.get("error") else 200, "body": body}}
    return {{"line": json.dumps({{"custom_id": row["id"], "response": response, "error": None}})}}


def config(model):
    if len(sys.argv) > 1:
        return llm.HttpRequestProcessorConfig(url=sys.argv[1], concurrency=ENGINES, batch_size=16)
    return llm.vLLMEngineProcessorConfig(model_source=model, concurrency=ENGINES, batch_size=64)


build = getattr(llm, "build_processor", None) or llm.build_llm_processor  # its older name
for model, requests, results in FILES:
    rows = ray.data.read_text(str(HERE / requests))
    rows = build(config(model), preprocess=asked, postprocess=answered)(rows)
    with open(HERE / results, "w", encoding="utf-8") as file:
        for row in rows.iter_rows():
            file.write(row["line"] + "\\n")
'''

_README = """\
# Run {run} of Tempera, as files

{count} stand in {requests}, in OpenAI's form of a batch, a line each. Nothing here holds a key.

{how}

Then, where the run is kept:

    /batch read {results}

takes the answers back to their cells, judges them, and shows the run's tables: `/eval show {run}`. What has
no answer there is open again, and `/eval go on {run}` asks it. Lines may come in any order; the ids in them
say which cell each belongs to, so leave them as they are.
"""


_BY_VLLM = """\
`sh run.sh` answers them where `pip install vllm` was done: on a machine with an accelerator, or with vLLM's
build for CPUs. The engine loads the model once, and batches by itself."""

_BY_RAY = """\
`python run.py` answers them where `pip install 'ray[data,llm]'` was done: by vLLM engines on a Ray cluster,
or on this machine. With the address of a server it asks that one. The script is short: read it, and set what
your machines want. Engines get the sampling parameters that it names; tools and schemas go by a server."""


def vllm(folder: Path, batches: Sequence[Batch]) -> None:
    """Write what runs vLLM on the files of these batches, which stand in the folder."""
    commands = "\n".join(
        f'vllm run-batch -i {_quoted(requests)} -o {_quoted(results)} --model {_quoted(model)} "$@"'
        for model, requests, results in _files(batches)
    )
    files.write_whole(folder / "run.sh", _VLLM.format(count=_count(batches), commands=commands))
    _readme(folder, batches, _BY_VLLM)


def ray(folder: Path, batches: Sequence[Batch]) -> None:
    """Write a script for Ray Data LLM likewise."""
    script = _RAY.format(count=_count(batches), files=_files(batches))
    files.write_whole(folder / "run.py", script)
    _readme(folder, batches, _BY_RAY)


FORMS: dict[str, Callable[[Path, Sequence[Batch]], None]] = {"vllm": vllm, "ray": ray}


def _files(batches: Sequence[Batch]) -> list[tuple[str, str, str]]:
    """Give (model, requests, results) of each file."""
    names = [Path(each.path).name for each in batches]
    return [
        (each.model, name, name.replace("requests", "results"))
        for each, name in zip(batches, names, strict=True)
    ]


def _readme(folder: Path, batches: Sequence[Batch], how: str) -> None:
    found = _files(batches)
    text = _README.format(
        run=batches[0].run,
        count=_count(batches),
        requests=", ".join(requests for _, requests, _ in found),
        results=shlex.quote(str(folder.resolve() / found[0][2])),
        how=how,
    )
    files.write_whole(folder / "README.md", text)


def _count(batches: Sequence[Batch]) -> str:
    return several(sum(each.asked for each in batches), "request")


def _quoted(text: str) -> str:
    return shlex.quote(text)
