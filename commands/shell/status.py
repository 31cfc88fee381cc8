"""What the toolbar and the greeting say of a session. Cheap: it runs at every key."""

from __future__ import annotations

import contextlib
from pathlib import PurePath
from typing import Any

from chat.base.errors import TemperaError
from chat.base.short import cut, several
from chat.parameters import references
from chat.parameters.settings import told
from chat.session.size import Size
from chat.session.state import Session
from chat.tokens.prices import money
from chat.tools.tool import name_in

from ..line import is_command
from ..settings.parameters import where

_NAMES = 22  # characters of the names of tools; more are counted


def greeting(session: Session) -> str:
    model = session.model or "no model"
    return f"Tempera · {model} · {where(session)} · /help"


def batches(session: Session) -> str:
    """Say what is known of batches that are on their way; "" for nothing. Nobody is asked."""
    if session.ephemeral or not session.places.batches.is_dir():
        return ""  # for most: nothing is loaded for it
    from ..experiments import batching

    return batching.known(session)


def next_size(session: Session, typed: str) -> Size | None:
    """Give the prompt of the next request; None where nothing is known of it yet. Nothing is waited for."""
    with contextlib.suppress(TemperaError):
        return session.sizes.now(session.next_prompt("" if is_command(typed) else typed))
    return None


def set_parameters(session: Session) -> list[tuple[str, str]]:
    """List (name, value) of what differs from the API's defaults."""
    shown = []
    for parameter, value in session.settings:
        text = parameter.show(value)
        if parameter.name not in ("model", "base_url", "api_key_env", "server") and text != parameter.default:
            brief = _tools(session, value) if parameter.name == "tools" else told(parameter, value)
            shown.append((parameter.name, brief))
    return shown


def _tools(session: Session, value: Any) -> str:
    """Name the tools of a request, or count them where they are many or not known yet."""
    if not isinstance(value, list):
        return str(value)
    forms = session.toolbox.forms(value)
    if any(references.is_one(form) for form in forms):
        sources = [PurePath(references.said(form)).name for form in forms if references.is_one(form)]
        return f"of {', '.join(sources)}"
    names = ", ".join(map(name_in, forms))
    return names if len(names) <= _NAMES else str(len(forms))


def waiting(session: Session) -> str:
    """Say what goes with the next message: "+ photo.jpg", "+ 3 files"; "" for nothing."""
    files = session.waiting.files
    if not files:
        return ""
    return f"+ {cut(files[0].name, 24)}" if len(files) == 1 else f"+ {several(len(files), 'file')}"


def cost(session: Session) -> str:
    """Give the conversation's cost so far; "" before the first answer, and where nobody charges."""
    try:
        if not any(turn.answer.usage for turn in session.turns) or session.endpoint.is_embedded:
            return ""
    except TemperaError:
        return ""
    limit = session.conversation.budget_cost
    of = f" of {money(limit)}" if limit is not None else ""
    return "cost unknown" if session.cost is None else money(session.cost) + of
