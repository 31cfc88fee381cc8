"""What is said of tools where they do not reach a model, or it was not trained for them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chat.endpoint.address import EMBEDDED
from chat.session.state import Session
from commands import senses

from ...support.recorder import RecordingScreen
from ...support.server import Server, http, models

Lines = Callable[..., None]


def test_llamacpp_whose_template_has_no_tools_ignores_them(
    lines: Lines, session: Session, screen: RecordingScreen, server: Server, declared: str
) -> None:
    """Its /props say so: that is told once."""
    props = http(b'{"chat_template_caps": {"supports_tools": false}}')
    server.reply(models("test-model", owned_by="llamacpp"), props)
    session.server.models()
    lines(f"/tools add {declared}")
    for _ in range(2):
        senses.tools_told(session, screen, session.target())
    assert screen.warned == ["test-model's template has no place for tools: they are ignored"]


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ("", "hardly ever calls one by itself"),
        ("required", "is begun as a call"),
        ('{"type": "function", "function": {"name": "lookup"}}', "of the tools lookup alone is sent"),
        ("none", ""),
    ],
)
def test_the_embedded_model_is_said_to_guess(
    lines: Lines, session: Session, screen: RecordingScreen, declared: str, choice: str, told: str
) -> None:
    """What is sent otherwise than set is said once, before it is sent."""
    lines(f"/tools add {declared}", f"/set base_url {EMBEDDED}")
    if choice:
        lines(f"/set tool_choice {choice}")
    target = session.target()
    target.server._facts.senses = {"tools": True}  # the model is not started for this
    screen.warned.clear()
    for _ in range(2):
        senses.tools_told(session, screen, target)
    assert len(screen.warned) == bool(told) and told in "".join(screen.warned)
