"""What an application sent, opened by /open and sent again, is what the application sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chat.session.state import Session

from ...support import application, pictures
from ...support.recorder import RecordingScreen
from ...support.server import Server, called_whole, stream, whole
from ..conftest import Run


def canonical(body: dict[str, Any]) -> str:
    return json.dumps(body, sort_keys=True)


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    return here()


@pytest.fixture
def recorded(server: Server) -> list[bytes]:
    """The bodies of the application's requests: three of a tool loop, a picture, a schema."""
    server.reply(
        called_whole(("weather", '{"city": "Tromsø"}')),
        called_whole(("time", '{ "city":"Tromsø" }')),
        whole("No."),
        stream("Red."),
        whole('{"name": "red", "sure": 0.9}'),
    )
    application.run(server.url, pictures.png())
    return [request.raw for request in server.requests]


@pytest.mark.parametrize("which", range(5), ids=("asked", "first result", "both", "picture", "schema"))
def test_it_is_sent_again_as_it_was(
    run: Run, server: Server, screen: RecordingScreen, recorded: list[bytes], tmp_path: Path, which: int
) -> None:
    """Byte for byte in canonical JSON; byte for byte in each field; and as a whole, but that the fields may stand in
    the order of the shell's own table."""
    path = tmp_path / "recorded.json"
    path.write_bytes(recorded[which])
    server.replies_with(stream("Well.") if which > 2 else whole("Well."))
    run(f"/open {path}")
    run("/retry")
    assert not screen.failed and len(recorded) == 5
    sent, meant = json.loads(server.requests[-1].raw), json.loads(recorded[which])
    assert canonical(sent) == canonical(meant)
    for name, value in meant.items():
        assert json.dumps(sent[name]) == json.dumps(value)
    assert (server.requests[-1].raw == recorded[which]) == ([*sent] == [*meant])
    assert which != 3 or [*sent] == [*meant]
