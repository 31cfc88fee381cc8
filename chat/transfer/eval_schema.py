"""Publish the form of what `eval_json` writes, as a JSON Schema."""

from __future__ import annotations

from typing import Any

from ..evaluation import results
from .eval_json import NAME, OUTCOMES, VERSION

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_MONEY = {"type": ["number", "null"], "description": "US dollars, null where it is not known"}
_SCORE = {"type": ["number", "null"], "description": "from 0 to 1; null: nothing was checked"}
_PASSED = {"type": ["boolean", "null"], "description": "null: it was not checked, and `why` says why"}
_TIME = {"type": "number", "description": "seconds since 1970, 0 where it is not known"}


def _object(properties: dict[str, Any], optional: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, **more}


def _list(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


def schema() -> dict[str, Any]:
    """Return the JSON Schema."""
    run = _object(
        {
            "number": {**_COUNT, "description": "by which the run is named; 0 where none is kept"},
            "name": _TEXT,
            "file": {**_TEXT, "description": "where it came from, as it was typed"},
            "state": {
                "enum": [results.RUNNING, results.STOPPED, results.FINISHED, results.KILLED, results.WAITING]
            },
            "at": _TIME,
            "updated": _TIME,
            "seconds": {"type": "number", "description": "how long it has run"},
            "profile": {**_TEXT, "description": "the profile that was in force"},
            "repeat": {"type": "integer", "minimum": 1, "description": "answers that each cell asks for"},
        }
    )
    column = _object(
        {
            "label": _TEXT,
            "profile": _TEXT,
            "base_url": _TEXT,
            "template": _TEXT,
            "messages": _list({"type": "object"}),
            "parameters": {"type": "object"},
        }
    )
    case = _object(
        {
            "description": _TEXT,
            "group": _TEXT,
            "place": {**_TEXT, "description": "where it stands in its file"},
            "variables": {"type": "object"},
            "threshold": {"type": ["number", "null"]},
            "assertions": _list({"$ref": "#/$defs/assertion"}),
        }
    )
    noted = _object({"place": _TEXT, "why": _TEXT})
    unchecked = _object(
        {
            "type": {
                **_TEXT,
                "description": "the assertion's; `answer` where none came, `case` where nothing is expected",
            },
            "why": _TEXT,
            "count": {"type": "integer", "minimum": 1},
        }
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What tempera eval --json writes",
        **_object(
            {
                "schema": {"const": NAME},
                "version": {"const": VERSION},
                "run": run,
                "columns": _list(column),
                "cases": _list(case),
                "not_understood": _list(noted, description="what the file says and nothing here does"),
                "cells": _list(_cell(), description="in the order in which they are kept"),
                "counts": _object(
                    dict.fromkeys(("cells", *(each.replace(" ", "_") for each in OUTCOMES)), _COUNT)
                ),
                "not_checked": _list(unchecked, description="what was not checked, by type and reason"),
                "statistics": {"type": "object"},
            }
        ),
        "$defs": {"assertion": _assertion(), "verdict": _verdict()},
    }


def _assertion() -> dict[str, Any]:
    return _object(
        {
            "type": {**_TEXT, "description": "as promptfoo's files or OpenAI's graders name it"},
            "value": True,
            "threshold": {"type": ["number", "null"]},
            "weight": {"type": ["number", "null"]},
            "metric": _TEXT,
            "assert": _list({"$ref": "#/$defs/assertion"}),
        },
        ("value", "threshold", "weight", "metric", "assert"),
    )


def _verdict() -> dict[str, Any]:
    return _object(
        {
            "type": _TEXT,
            "metric": _TEXT,
            "passed": _PASSED,
            "score": _SCORE,
            "why": _TEXT,
            "inner": _list({"$ref": "#/$defs/verdict"}, description="those of an assert-set"),
        },
        ("metric", "inner"),
    )


def _cell() -> dict[str, Any]:
    call = _object({"id": _TEXT, "type": _TEXT, "name": _TEXT, "arguments": _TEXT})
    error = _object({"type": {**_TEXT, "description": "rate limit, timeout, …"}, "message": _TEXT})
    states = [results.OPEN, results.SENT, results.ANSWERED, results.JUDGED, results.FAILED]
    return _object(
        {
            "column": {**_COUNT, "description": "its place in `columns`, from 0"},
            "case": {**_COUNT, "description": "its place in `cases`, from 0"},
            "repeat": _COUNT,
            "state": {"enum": states, "description": "sent: whether an answer came is not known"},
            "passed": _PASSED,
            "score": _SCORE,
            "why": {**_TEXT, "description": "why it did not pass"},
            "verdicts": _list(
                {"$ref": "#/$defs/verdict"}, description="in the order of the case's assertions"
            ),
            "text": {"type": ["string", "null"], "description": "the answer's; null where none came"},
            "tool_calls": _list(call),
            "refusal": _TEXT,
            "finish_reason": {"type": ["string", "null"]},
            "usage": {"type": ["object", "null"], "description": "in the API's form"},
            "cost": _MONEY,
            "judging_cost": {**_MONEY, "description": "what its judges cost, US dollars"},
            "seconds": {"type": ["number", "null"], "description": "from sending to the end"},
            "model": {**_TEXT, "description": "the model that answered"},
            "at": {**_TIME, "description": "when it was sent, seconds since 1970, 0 where it was not"},
            "tries": _COUNT,
            "lost": {**_COUNT, "description": "tries that brought nothing, since the program was killed"},
            "turned": {**_COUNT, "description": "verdicts of judges that were asked in both orders"},
            "flips": {**_COUNT, "description": "how many of these turned with the order"},
            "rating": {"enum": [1, -1, None], "description": "the person's own verdict"},
            "request": {"type": "object", "description": "the body that was sent"},
            "judges": _list({"type": "object"}, description="what judges were asked, and said"),
            "error": {"anyOf": [error, {"type": "null"}], "description": "why no answer came"},
        },
        ("tool_calls", "refusal", "judges"),
    )
