"""One call of a tool: checked, asked about, run, and shown."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from chat.base.dataclass import dataclass
from chat.base.errors import BadInput
from chat.base.interrupts import allowed
from chat.base.short import cut
from chat.conversation.content import ToolCall
from chat.session.state import Session
from chat.tools import arguments
from chat.tools.runner import SECONDS, CallResult
from chat.tools.tool import ALLOW, DENY, HAND, Tool

from ..screen import Screen

_LINES = 8  # of a result that are shown
_WIDE = 300  # characters of a line
_LATE = 1.0  # seconds after which a tool is said to run
_SHORT = 60  # characters of arguments that need no more lines
DENIED = "error: the user does not allow this call"


@dataclass(frozen=True)
class ToolResult:
    """What is sent back for a call; None where the person is to give it."""

    content: str | None
    stopped: bool = False


def answer(session: Session, screen: Screen, call: ToolCall, tool: Tool | None) -> ToolResult:
    """Answer a call as its tool's policy says. Raises BadInput where somebody would have to be asked, and
    nobody can be; KeyboardInterrupt while it runs."""
    if tool is None or tool.source is None or tool.policy == HAND:
        if tool is not None and tool.policy == DENY:
            return _denied(screen, call)
        return ToolResult(None)
    if tool.policy == DENY:
        return _denied(screen, call)
    text = call.arguments
    while True:
        given, fault = _checked(tool, text)
        if tool.policy == ALLOW:
            break
        if not screen.interactive:
            raise BadInput(
                f"{tool.name} would run, and nobody can be asked", f"--allow-tool {tool.name} lets it run"
            )
        if fault:
            screen.warn(f"{tool.name}: {fault}")
        if text != call.arguments and len(text) > _SHORT:  # as edited; what streamed stands there already
            screen.show(bounded(arguments.pretty(text), 40))
        typed = screen.ask(_question(tool, text, fault))
        word = (typed or "").lower()
        if typed is None:
            return ToolResult(None, stopped=True)
        if word in ("n", "no"):
            return _denied(screen, call)
        if word in ("e", "edit"):
            text = screen.edit(arguments.pretty(text)) or text
            continue
        if word in ("a", "always"):
            session.toolbox.policies[tool.name] = ALLOW
            screen.say(f"{tool.name} runs from now on; /tools policy {tool.name} ask asks again", dim=True)
            break
        if word in ("y", "yes"):
            break
    if fault:
        screen.warn(f"{tool.name}: {fault}; the model is told")
        return ToolResult(f"error: {fault}")
    return ToolResult(_run(session, screen, tool, given))


def _question(tool: Tool, text: str, fault: str) -> str:
    if fault:
        return f"{tool.name}: y tells the model so, n refuses, e edits the arguments:"
    return f"run {said(tool.name, text)}? y, n, e (edit the arguments) or a (always):"


def said(name: str, text: str) -> str:
    """Say a call in a line; long arguments are left out."""
    shown = " ".join(text.split())
    return f"{name} {shown}" if 2 < len(shown) <= _SHORT else name


def _denied(screen: Screen, call: ToolCall) -> ToolResult:
    screen.say(f"{call.name} is not allowed; the model is told", dim=True)
    return ToolResult(DENIED)


def _checked(tool: Tool, text: str) -> tuple[dict[str, Any], str]:
    """Give (the arguments, what is wrong with them)."""
    try:
        given = arguments.read(text)
    except BadInput as error:
        return {}, error.message
    return given, arguments.check(tool.parameters, given)


def _run(session: Session, screen: Screen, tool: Tool, given: dict[str, Any]) -> str:
    """Run a tool; what is sent back."""
    seconds = float(session.preferences.get("tool_seconds") or SECONDS)
    with session.interrupts.held(), allowed(session.interrupts), _told_late(screen, tool.name):
        result = session.toolbox.call(tool, given, seconds)
    content = f"error: {result.text}" if result.failed else result.text
    if result.cut:
        content += f"\n[{result.cut:,} more characters were left out]"
    show(screen, tool.name, result)
    if result.failed:
        with allowed(session.interrupts):
            changed = session.toolbox.renamed(tool)
        if changed:
            screen.warn(changed, "/tools add, as before, reads them anew")
    return content


@contextlib.contextmanager
def _told_late(screen: Screen, name: str) -> Iterator[None]:
    """Say that a tool runs, and what stops it, where that takes a while."""
    late = threading.Timer(_LATE, screen.say, (f"{name} runs; Ctrl-C stops it",), {"dim": True})
    late.daemon = True
    late.start()
    try:
        yield
    finally:
        late.cancel()
        late.join()  # never amid what is said next


def show(screen: Screen, name: str, result: CallResult) -> None:
    """Show what came of a call: a few lines, the rest counted. It is a stranger's text."""
    took = f" ({result.seconds:.1f} s)" if result.seconds >= 0.1 else ""
    if result.failed:
        screen.warn(f"{name} failed{took}: {cut(result.text, _WIDE)}")
        return
    text = bounded(result.text)
    if "\n" in text:
        screen.say(f"{name} gave{took}:", dim=True)
        screen.say(text, dim=True)
    else:
        screen.say(f"{name} gave{took}: {text}" if text.strip() else f"{name} gave nothing{took}", dim=True)
    if result.cut:
        screen.warn(f"{name} gave {result.cut:,} characters more than are sent back")


def bounded(text: str, lines: int = _LINES) -> str:
    """Give the first lines of a text, and how much is left out."""
    rows = text.rstrip("\n").split("\n")
    shown = [
        row if len(row) <= _WIDE else f"{row[:_WIDE]}… {len(row) - _WIDE:,} more" for row in rows[:lines]
    ]
    left = len(rows) - lines
    return "\n".join([*shown, f"… {left:,} more {'line' if left == 1 else 'lines'}"] if left > 0 else shown)
