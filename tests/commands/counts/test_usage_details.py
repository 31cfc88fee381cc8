"""What /usage, /history and --json tell of sound, images, calls and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from chat.session.state import Session
from chat.transfer.to_json import turn_object

from ...support.recorder import RecordingScreen
from ...support.server import Server, called, stream, usage
from ..conftest import Run

DETAILS = {
    "prompt_tokens_details": {"cached_tokens": 2, "audio_tokens": 5, "image_tokens": 3},
    "completion_tokens_details": {"reasoning_tokens": 1, "audio_tokens": 4},
}


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    return here()


def test_tokens_of_sound_and_images_are_told(
    run: Run, session: Session, screen: RecordingScreen, server: Server
) -> None:
    """A column each where there are some, and none where there are none; --json has them as the API does."""
    server.reply(stream("Hi"), stream("Ho", used={**usage(12, 6), **DETAILS}))
    run("hello")
    run("/usage")
    assert not {"image", "audio in", "audio out"} & {*screen.tables[-1][0]}
    run("again")
    run("/usage")
    columns, rows = screen.tables[-1]
    told = dict(zip(columns, rows[1], strict=True))
    assert [told[name] for name in ("image", "audio in", "reason.", "audio out")] == ["3", "5", "1", "4"]
    written = turn_object(session.turns[1], 2, 0)["usage"]
    assert {name: written[name] for name in DETAILS} == DETAILS


def test_calls_have_their_ids(run: Run, session: Session, server: Server) -> None:
    """In --json, so that a script can send results back."""
    server.reply(called(("look", '{"at": 1}')))
    run("hello")
    assert turn_object(session.turns[0], 1, 0)["tool_calls"] == [
        {"id": "call_1", "type": "function", "name": "look", "arguments": '{"at": 1}'}
    ]


def test_answers_in_json_are_laid_out(run: Run, screen: RecordingScreen, server: Server) -> None:
    """In /history, in a block of code; what only looks like JSON stays as it is."""
    answers = (json.dumps({"a": [1]}), "{no}")
    server.reply(*map(stream, answers))
    run("hello")
    run("again")
    run("/history")
    shown = screen.said[-1]
    assert '```json\n{\n  "a": [\n    1\n  ]\n}\n```' in shown and "\n{no}" in shown
