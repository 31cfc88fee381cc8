"""Before tools are declared: the sources that are named are asked what they have."""

from __future__ import annotations

from typing import Any

from chat.base.errors import BadInput
from chat.base.short import several
from chat.parameters import references
from chat.parameters.settings import COMMAND_LINE, HERE, PROFILE, Settings
from chat.session.state import Session
from chat.tools import toolbox
from chat.tools.toolbox import Added

from ..screen import Screen

#: The layer of what a person typed.
_TYPED = "set here"


def ready(session: Session, screen: Screen, settings: Settings) -> None:
    """Ask the sources that settings name, where they were not asked yet. Raises TemperaError."""
    entries = settings.get("tools")
    if not references.within("tools", entries):
        return
    for entry in session.toolbox.lacking(entries):
        if not _mine(settings) and not _wanted(screen, settings, entry):
            raise BadInput(
                f"{_origin(settings)} names tools that run here: {references.said(entry)}",
                "a profile, --tool or /tools add names them for you; /unset tools sends none",
            )
        others = [each for each in entries if each != entry]
        tell(screen, entry, session.toolbox.resolve(entry, others))


def _mine(settings: Settings) -> bool:
    """Tell whether the person named the sources: in a profile, on the command line, or here. A prompt's
    file and an opened request may be a stranger's."""
    origin = settings.origin("tools")
    return origin is not None and (
        origin.kind in (PROFILE, COMMAND_LINE) or (origin.kind == HERE and origin.name == _TYPED)
    )


def _origin(settings: Settings) -> str:
    origin = settings.origin("tools")
    return origin.name if origin else "the request"


def _wanted(screen: Screen, settings: Settings, entry: Any) -> bool:
    command = entry.get("command") if isinstance(entry, dict) else None
    what = f"{references.said(entry)}: {command}" if command else references.said(entry)
    return screen.confirm(f"{_origin(settings)} names tools that run here: {what} start them?")


def tell(screen: Screen, entry: Any, added: Added) -> None:
    """Say what a source has."""
    if screen.interactive:
        names = toolbox.names(added.tools)
        short = names if len(names) < 200 else f"{names[:200].rpartition(', ')[0]}, …"
        screen.say(f"{references.said(entry)}: {several(len(added.tools), 'tool')} ({short})", dim=True)
    for own, given in added.renamed:
        screen.warn(f"{own} is called {given} here: the API takes no other, or the name is another tool's")
