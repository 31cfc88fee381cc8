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
# --model is a name at Hugging Face or a folder: `sh run.sh --model FOLDER` has the weights from there, under
# the name that the requests have. What else `vllm serve` takes may follow, like --max-model-len 8192.
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

import aiohttp
import ray
from ray.data import llm

HERE = Path(__file__).resolve().parent
FILES = {files!r}
SERVER = sys.argv[1] if len(sys.argv) > 1 else ""
ENGINES = 1  # how many of them there are, at most
OPTIONS = {{}}  # of each engine, as vLLM has them: {{"max_model_len": 8192, "tensor_parallel_size": 2}}
TAKES = {{}}  # what each takes of a machine, where that is no GPU: {{"bundle_per_worker": {{"CPU": 2}}}}
# What an engine is told, and what holds where a request does not say: rows of a table have the same columns.
SAMPLING = {{"temperature": 1.0, "top_p": 1.0, "top_k": 0, "min_p": 0.0, "stop": None, "seed": None,
            "max_tokens": 1024, "frequency_penalty": 0.0, "presence_penalty": 0.0, "repetition_penalty": 1.0}}


class Session:
    """Sends a request as it was written: as a table's row it would get the fields of the others, as null."""

    async def __aenter__(self):
        self.http = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_):
        await self.http.close()

    def post(self, url, data, headers):
        return self.http.post(url, data=json.loads(data)["written"], headers=headers)


def asked(row):
    request = json.loads(row["text"])
    body = request["body"]
    row = {{"id": request["custom_id"], "model_name": body["model"]}}
    if SERVER:
        return {{**row, "payload": {{"written": json.dumps(body)}}}}
    said = {{**body, "max_tokens": body.get("max_completion_tokens") or body.get("max_tokens")}}
    if isinstance(said.get("stop"), str):
        said["stop"] = [said["stop"]]
    told = {{name: usual if said.get(name) is None else said[name] for name, usual in SAMPLING.items()}}
    return {{**row, "messages": body["messages"], "sampling_params": told, "most": told["max_tokens"]}}


def answered(row):
    body = row.get("http_response")
    if body is None:
        taken, given = row["num_input_tokens"], row["num_generated_tokens"]
        body = {{
            "object": "chat.completion",
            "model": row["model_name"],
            "choices": [{{"index": 0, "finish_reason": "length" if given >= row["most"] else "stop",
                         "message": {{"role": "assistant", "content": row["generated_text"]}}}}],
            "usage": {{"prompt_tokens": taken, "completion_tokens": given, "total_tokens": taken + given}},
        }}
    response = {{"status_code": 400 if body.get("error") else 200, "body": body}}
    return {{"line": json.dumps({{"custom_id": row["id"], "response": response, "error": None}})}}


def failed(row):
    error = {{"message": row["__inference_error__"]}}
    return json.dumps({{"custom_id": row["id"], "response": None, "error": error}})


def config(model):
    if SERVER:
        return llm.HttpRequestProcessorConfig(
            url=SERVER, session_factory=Session, concurrency=ENGINES, batch_size=16, max_retries=5
        )
    return llm.vLLMEngineProcessorConfig(
        model_source=model, engine_kwargs=dict(OPTIONS), placement_group_config=TAKES or None,
        concurrency=ENGINES, batch_size=64, should_continue_on_error=True,
    )


build = getattr(llm, "build_processor", None) or llm.build_llm_processor  # its older name
for model, requests, results in FILES:
    rows = ray.data.read_text(str(HERE / requests))
    rows = build(config(model), preprocess=asked, postprocess=answered)(rows)
    with open(HERE / results, "w", encoding="utf-8") as file:
        for row in rows.iter_rows():
            file.write((row.get("line") or failed(row)) + "\\n")
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
build for CPUs. The engine loads the model once, and batches by itself. `sh run.sh --model FOLDER` has the
weights from a folder; what else `vllm serve` takes may follow. Answers are written when the last has come,
and a line that vLLM can't read as a request ends it before the first."""

_BY_RAY = """\
`python run.py` answers them where `pip install 'ray[data,llm]'` was done: by vLLM engines on a Ray cluster,
or on this machine. With the address of a server it asks that one. The script is short: read it, and set what
your machines want. Each of its stages takes a processor of those that Ray counts: where there are fewer than
five, `ray.init(num_cpus=8)` after the imports keeps them from waiting for one another. Engines get the
sampling parameters that it names; pictures, tools and schemas go by a server."""


def vllm(folder: Path, batches: Sequence[Batch]) -> None:
    """Write what runs vLLM on the files of these batches, which stand in the folder."""
    commands = "\n".join(
        f"vllm run-batch -i {_quoted(requests)} -o {_quoted(results)}"
        f' --served-model-name {_quoted(model)} --model {_quoted(model)} "$@"'
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
