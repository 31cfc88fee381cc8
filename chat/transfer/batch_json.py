"""Write what is known of batches as one object of JSON, for programs: the form is published beside it.

A later version may add fields; it takes none away and gives none another meaning.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..batch import providers
from ..batch.state import Batch
from ..evaluation.results import EvalRun
from .eval_clean import Clean, cleaning

NAME = "tempera/batches"
VERSION = 1
#: What a batch may be of, beside the kinds of experiments.
EVALUATION = "evaluation"

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_TIME = {"type": "number", "description": "seconds since 1970, 0 where it is not known"}
_ID = {**_TEXT, "description": "the provider's, empty where there is none"}


def record(
    batches: Iterable[Batch], runs: Mapping[int, EvalRun], secrets: Iterable[str] = ()
) -> dict[str, Any]:
    """Give batches as one object, the oldest first. `runs` are those that they are of."""
    clean = cleaning(secrets)
    listed = [_batch(each, runs[each.run], clean) for each in batches]
    return {"schema": NAME, "version": VERSION, "batches": listed}


def _batch(batch: Batch, run: EvalRun, clean: Clean) -> dict[str, Any]:
    provider = providers.listed(batch.endpoint)
    found = {
        "number": batch.number,
        "id": batch.remote,
        "state": batch.state,
        "over": batch.over,
        "of": {
            "kind": run.part.kind if run.part else EVALUATION,
            "run": run.number,
            "part": batch.part,
            "name": run.name,
            "conversation": run.part.conversation if run.part else 0,
        },
        "provider": provider.name if provider else "",
        "endpoint": batch.endpoint,
        "model": batch.model,
        "requests": {"asked": batch.asked, "completed": batch.completed, "failed": batch.failed},
        "files": {
            "path": batch.path if Path(batch.path).is_file() else "",
            "name": batch.name,
            "input": batch.file,
            "output": batch.output,
            "errors": batch.errors,
        },
        "estimated_cost": batch.cost,
        "at": batch.at,
        "updated": batch.updated,
        "expires": batch.expires,
        "said": batch.said,
    }
    cleaned: dict[str, Any] = clean(found)
    return cleaned


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of it."""
    batch = _object(
        {
            "number": {**_COUNT, "description": "by which the batch is named here"},
            "id": _ID,
            "state": {
                **_TEXT,
                "description": "when it was last looked at; `by hand` for a file that is carried",
            },
            "over": {"type": "boolean", "description": "nothing more comes of it: its answers were taken"},
            "of": _object(
                {
                    "kind": {**_TEXT, "description": "evaluation, sweep or replay"},
                    "run": {**_COUNT, "description": "of an evaluation: its number"},
                    "part": {**_COUNT, "description": "which of the run's batches it is, from 1"},
                    "name": _TEXT,
                    "conversation": {**_COUNT, "description": "of which it is a part, 0 for none"},
                }
            ),
            "provider": {**_TEXT, "description": "its name, empty where the address is none of the listed"},
            "endpoint": {**_TEXT, "description": "its address, empty where a file is carried by hand"},
            "model": _TEXT,
            "requests": _object({"asked": _COUNT, "completed": _COUNT, "failed": _COUNT}),
            "files": _object(
                {
                    "path": {**_TEXT, "description": "the file with the requests, while it is here"},
                    "name": {**_TEXT, "description": "the name under which it goes up"},
                    "input": _ID,
                    "output": _ID,
                    "errors": _ID,
                }
            ),
            "estimated_cost": {
                "type": ["number", "null"],
                "description": "US dollars at most; null: no price is known, or nothing bounds the answers",
            },
            "at": _TIME,
            "updated": _TIME,
            "expires": _TIME,
            "said": {**_TEXT, "description": "the provider's words on a batch that failed"},
        }
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What tempera batch --json writes",
        **_object(
            {
                "schema": {"const": NAME},
                "version": {"const": VERSION},
                "batches": {"type": "array", "items": batch},
            }
        ),
    }
