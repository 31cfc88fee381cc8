"""Write a turn as one object of JSON, for scripts: the form is published, and its version stands in it.

A later version may add fields; it takes none away and gives none another meaning.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from ..base.errors import RequestFailed, TemperaError
from ..conversation.events import Event, Finished, Piece
from ..conversation.turn import Choice, Turn, Usage
from ..shape import verdict
from ..shape.verdict import FormVerdict

VERSION = 1

_TEXT = {"type": "string"}
_NUMBER_OR_NULL = {"type": ["number", "null"]}
_TEXT_OR_NULL = {"type": ["string", "null"]}
_CHOICE: dict[str, Any] = {
    "index": {"type": "integer"},
    "text": {**_TEXT, "description": "the answer's text"},
    "parsed": {
        "description": "the text as JSON, where a form was asked for that is JSON; null where it is none"
    },
    "faults": {
        "type": ["array", "null"],
        "description": "where a form was asked for that is JSON: what is wrong with the answer; null where"
        " that could not be found out",
        "items": {
            "type": "object",
            "properties": {"path": {**_TEXT, "description": "a JSON Pointer"}, "message": _TEXT},
            "required": ["path", "message"],
        },
    },
    "reasoning": {**_TEXT, "description": "what the model thought, where the server sent it"},
    "refusal": _TEXT,
    "tool_calls": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "id": {**_TEXT, "description": "by which the message with its result names it"},
                "type": {
                    **_TEXT,
                    "description": "function, custom, or function_call for the API's older form",
                },
                "name": _TEXT,
                "arguments": {**_TEXT, "description": "as the model wrote them"},
            },
            "required": ["name", "arguments"],
        },
    },
    "finish_reason": _TEXT_OR_NULL,
}
_ALWAYS = ("version", "model", "ended", "text", "finish_reason", "usage", "cost", "timing", "request")
_ERROR = {
    "type": "object",
    "properties": {
        "type": {**_TEXT, "description": "the kind of error, such as RateLimited"},
        "message": _TEXT,
        "hint": _TEXT,
        "place": {**_TEXT, "description": "the line of a script, as FILE:LINE"},
        "status": {"type": ["integer", "null"], "description": "the HTTP status"},
        "code": _TEXT_OR_NULL,
        "param": _TEXT_OR_NULL,
    },
    "required": ["type", "message"],
}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of `--json`, which writes an object a line."""
    turn = {
        "type": "object",
        "properties": {
            "version": {"const": VERSION},
            "turn": {"type": "integer", "description": "its number in the conversation"},
            "conversation": {
                "type": "integer",
                "description": "the number for --resume; 0 where none is kept",
            },
            "id": {**_TEXT_OR_NULL, "description": "the server's id of the answer"},
            "model": {**_TEXT, "description": "the model that answered"},
            "ended": {"enum": ["complete", "interrupted", "failed"]},
            **{name: each for name, each in _CHOICE.items() if name != "index"},
            "choices": {
                "type": "array",
                "description": "all of them, where n is more than 1; the fields above are of the first",
                "items": {
                    "type": "object",
                    "properties": _CHOICE,
                    "required": ["index", "text", "finish_reason"],
                },
            },
            "usage": {
                "type": ["object", "null"],
                "description": "in the API's form; estimated: counted here, not by the server",
            },
            "cost": {**_NUMBER_OR_NULL, "description": "US dollars, null where no price is known"},
            "timing": {
                "type": "object",
                "properties": {"first_token": _NUMBER_OR_NULL, "duration": {"type": "number"}},
                "description": "seconds since the request was sent",
            },
            "request": {"type": "object", "description": "the body that was sent"},
            "error": _ERROR,
        },
        "required": [
            "version",
            "model",
            "ended",
            "text",
            "finish_reason",
            "usage",
            "cost",
            "timing",
            "request",
        ],
    }
    piece = {
        "type": "object",
        "description": "with --json=chunks: a piece of an answer as it comes",
        "properties": {
            "event": {"enum": ["piece", "finished"]},
            "index": {"type": "integer"},
            "kind": {"enum": ["text", "reasoning", "refusal", "call"]},
            "text": _TEXT,
            "name": _TEXT,
            "finish_reason": _TEXT,
        },
        "required": ["event", "index"],
    }
    failed = {
        "type": "object",
        "properties": {"error": _ERROR},
        "required": ["error"],
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What tempera --json writes on standard output, an object a line",
        "oneOf": [turn, piece, failed],
    }


def turn_object(turn: Turn, number: int, conversation: int) -> dict[str, Any]:
    """Make the object of a turn. `number` is its own, from 1, `conversation` the store's, or 0."""
    answer, body = turn.answer, turn.request.whole
    verdicts = verdict.of_turn(turn) if _is_shaped(body) else ()
    said = [_choice(*each) for each in zip_longest(answer.choices, verdicts)] or [_choice(Choice(0), None)]
    several = {"choices": [{"index": c.index, **each} for c, each in zip(answer.choices, said, strict=False)]}
    return {
        "version": VERSION,
        "turn": number,
        "conversation": conversation,
        "id": answer.response_id or None,
        "model": turn.model,
        "ended": answer.ended,
        **said[0],
        **(several if len(answer.choices) > 1 else {}),
        "usage": None if answer.usage is None else _usage(answer.usage),
        "cost": answer.cost,
        "timing": {"first_token": answer.first_token, "duration": round(answer.duration, 6)},
        "request": body,
        **({"error": error_object(answer.error)["error"]} if answer.error else {}),
    }


def _choice(choice: Choice, judged: FormVerdict | None) -> dict[str, Any]:
    parsed = {"parsed": judged.value, "faults": _faults(judged)} if judged else {}
    calls = [
        {"id": call.id, "type": call.kind, "name": call.name, "arguments": call.arguments}
        for call in choice.calls
    ]
    return {
        "text": choice.text,
        **parsed,
        **({"reasoning": choice.reasoning} if choice.reasoning else {}),
        **({"refusal": choice.refusal} if choice.refusal else {}),
        **({"tool_calls": calls} if calls else {}),
        "finish_reason": choice.finish_reason or None,
    }


def _is_shaped(body: dict[str, Any]) -> bool:
    form = body.get("response_format")
    return isinstance(form, dict) and form.get("type") in ("json_object", "json_schema")


def _faults(judged: FormVerdict) -> list[dict[str, str]] | None:
    if judged.kind == verdict.UNKNOWN:
        return None
    if judged.kind in (verdict.FITS, verdict.CALLS) or judged.faults:
        return [{"path": each.place, "message": each.said} for each in judged.faults]
    return [{"path": judged.place, "message": judged.said()}]


def _usage(used: Usage) -> dict[str, Any]:
    """Give the usage in the API's form."""
    prompt = {
        "cached_tokens": used.cached,
        "audio_tokens": used.prompt_audio,
        "image_tokens": used.prompt_image,
    }
    completion = {"reasoning_tokens": used.reasoning, "audio_tokens": used.completion_audio}
    details = {"prompt_tokens_details": prompt, "completion_tokens_details": completion}
    known = {
        holder: {name: count for name, count in counts.items() if count is not None}
        for holder, counts in details.items()
    }
    return {
        "prompt_tokens": used.prompt,
        "completion_tokens": used.completion,
        "total_tokens": used.total,
        **{holder: counts for holder, counts in known.items() if counts},
        **({"estimated": True} if used.estimated else {}),
    }


def error_object(error: Exception) -> dict[str, Any]:
    """Make the object of an error."""
    known: dict[str, Any] = {"type": type(error).__name__, "message": str(error)}
    if isinstance(error, TemperaError):
        known |= {"message": error.message, "hint": error.hint}
    if isinstance(error, RequestFailed):
        known |= {"status": error.status, "code": error.code, "param": error.param}
    return {"error": known}


def event_object(event: Event) -> dict[str, Any] | None:
    """Make the object of an event of an answer, or return None if the event is only for people."""
    if isinstance(event, Piece):
        name = {"name": event.name} if event.name else {}
        return {"event": "piece", "index": event.index, "kind": event.kind, "text": event.text, **name}
    if isinstance(event, Finished):
        return {"event": "finished", "index": event.index, "finish_reason": event.reason}
    return None
