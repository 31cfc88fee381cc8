"""What an application sent, opened by /open and sent again, is what the application sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chat.session.state import Session

from ...support import application, pictures
from ...support.recorder import RecordingScreen
from ...support.server import Server, called_whole, stream, whole
from ..conftest import Run


@pytest.fixture
def session(here: Callable[..., Session]) -> Session:
    return here()


@pytest.fixture
def recorded(server: Server) -> list[bytes]:
    """The bodies of the application's requests: three of a tool loop, a picture, a schema, one that says nothing
    of a stream, and a stream without usage."""
    server.reply(
        called_whole(("weather", '{"city": "Tromsø"}')),
        called_whole(("time", '{ "city":"Tromsø" }')),
        whole("No."),
        stream("Red."),
        whole('{"name": "red", "sure": 0.9}'),
        whole("Hello."),
        stream("Hello."),
    )
    application.run(server.url, pictures.png())
    return [request.raw for request in server.requests]


NAMES = ("asked", "first result", "both", "picture", "schema", "whole", "bare stream")


@pytest.mark.parametrize("which", range(len(NAMES)), ids=NAMES)
def test_it_is_sent_again_as_it_was(
    run: Run, server: Server, screen: RecordingScreen, recorded: list[bytes], tmp_path: Path, which: int
) -> None:
    """Byte for byte, with a picture and a schema, as a stream or not; also where other things were set before."""
    path = tmp_path / "recorded.json"
    path.write_bytes(recorded[which])
    server.replies_with(stream("Well.") if json.loads(recorded[which]).get("stream") else whole("Well."))
    run("/set temperature 0.3 stop=x instruction_role=user extra.min_q=1")
    run(f"/open {path}")
    run("/retry")
    assert not screen.failed and len(recorded) == len(NAMES)
    assert server.requests[-1].raw == recorded[which]


def test_what_is_changed_stays_in_its_place(
    run: Run, session: Session, server: Server, recorded: list[bytes], tmp_path: Path
) -> None:
    """A field that is changed keeps its place, a new one goes to the end, one that is taken out is gone; the
    store gives the bytes back that went out."""
    path = tmp_path / "recorded.json"
    path.write_bytes(recorded[0])
    server.replies_with(whole("Well."))
    run(f"/open {path}")
    run("/set temperature 0.5 seed=3")
    run("/unset parallel_tool_calls")
    run("/retry")
    sent = server.requests[-1].raw
    meant = recorded[0].replace(b',"parallel_tool_calls":false', b"")
    meant = meant.replace(b'"temperature":0,', b'"temperature":0.5,')
    assert sent == meant.removesuffix(b"}") + b',"seed":3}'
    again = session.store.load(session.conversation.number)
    assert session.store.wire(again.turns[-1])[0].body == sent
    run("/replay")
    assert len(server.requests) == len(NAMES) + 2 and server.requests[-1].raw == sent
