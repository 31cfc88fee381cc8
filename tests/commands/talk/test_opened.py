"""What is in force after /open is looked at, kept and taken up again, whatever its values are."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import assume, given

from chat.session.state import Session
from commands import dispatch, line, registry
from commands.shell import status
from commands.talk import open as opening

from ...support import sdk_types
from ...support.examples import times
from ...support.recorder import RecordingScreen

#: Lines that only show, or keep what is there.
SHOWS = (
    *("/show", "/show set", "/history", "/context", "/request", "/system", "/usage", "/branches", "/stop"),
    *("/bias", "/format", "/profile", "/search hi", "/title", "/tokens hi", "/budget", "/conversations"),
    *("/explain", "/logprobs", "/wire", "/raw", "/copy", "/diff", "/prefill", "/model", "/edit", "/switch"),
    *(f"/export {form} -" for form in ("md", "json", "jsonl", "html")),
    *(f"/export {form} next -" for form in ("body", "batch", "curl", "python", "node")),
    *("/profile save opened", "/profile opened", "/fork", "/undo"),
)


def test_whatever_is_opened_can_be_looked_at(make_session: Callable[..., Session]) -> None:
    """No command that only shows fails, whatever the values and messages of a request are."""
    known = registry()
    session, screen = make_session(), RecordingScreen()

    @times(1)
    @given(sdk_types.bodies())
    def law(body: dict[str, Any]) -> None:
        assume(body["model"])
        opening.take(session, screen, json.dumps(body), "request.json")
        for command in SHOWS:
            dispatch.run(command, known, session, screen)
        for parameter, _ in session.settings:
            dispatch.run(f"/explain {parameter.name}", known, session, screen)
            dispatch.run(f"/set {parameter.name}", known, session, screen)
            list(line.complete(f"/set {parameter.name} ", known, session))
        status.set_parameters(session), status.next_tokens(session, "hi"), status.cost(session)
        status.estimate_only(session, "hi"), session.window()

    law()
