"""How a run ends: what was asked for is written, or what ended it is said, and the exit status is given."""

from __future__ import annotations

import json
import logging

from chat.base.exits import Exit

from .streams import Terminal

log = logging.getLogger("tempera.shell")


def tell(text: str, terminal: Terminal) -> Exit:
    """Write what was asked for on standard output."""
    print(text, file=terminal.stdout, flush=True)
    return Exit.DONE


def failed(error: Exception, terminal: Terminal, as_json: bool = False) -> Exit:
    """Say what ended the run; to a script as an object, too."""
    from chat.base.errors import EmbeddedFailed, TemperaError

    from .screen import TerminalScreen

    screen = TerminalScreen(terminal)
    if as_json:
        from chat.transfer import to_json

        tell(json.dumps(to_json.error_object(error), ensure_ascii=False), terminal)
    if isinstance(error, TemperaError):
        screen.fail(error.message, error.hint)
        return Exit.FAILED if isinstance(error, EmbeddedFailed) else Exit.MISUSED
    log.error("unexpected", exc_info=error)
    screen.fail(f"Tempera failed: {type(error).__name__}", "--debug writes the details to a log")
    return Exit.FAILED
