"""Which kind of text has which role, and how a role is written in the theme that is in force.

One terminal a process, so one theme: `wear` sets it, before a text is drawn, not within it.
"""

from __future__ import annotations

from functools import cache

from chat.conversation.events import CALL, REASONING, REFUSAL

from ..abilities import CUBE
from ..streams import Terminal
from .themes import PROMPT, TERMINAL, Theme, chosen

DIM, THOUGHT, WARNING, ERROR, CALLED, BOLD = "dim", "thought", "warning", "error", "call", "bold"
RESET = "\x1b[0m"

#: Roles of the kinds of text that are shown as they are.
STYLE_OF = {REASONING: THOUGHT, REFUSAL: WARNING, CALL: CALLED}

_worn: tuple[Theme, int] = (TERMINAL, CUBE)


def wear(theme: Theme, depth: int) -> None:
    """Draw in this theme from now on, with so many colours."""
    global _worn
    _worn = (theme, depth)


def dress(terminal: Terminal) -> None:
    """Draw in the theme that the person prefers, or that goes with what the terminal told of itself."""
    preferred, told = terminal.preferred("theme"), terminal.replies.background
    wear(chosen(preferred, told, terminal.environ), terminal.depth)


def worn() -> tuple[Theme, int]:
    """Return the theme that is in force, and how many colours there are."""
    return _worn


def colourless() -> bool:
    """Tell whether what is told apart by colour needs signs."""
    return not _worn[0].palette.get("warn")


def begin(role: str) -> str:
    """Return what begins a text of this role; RESET ends it. "" for text that needs neither."""
    return _begin(role, *_worn) if role else ""


@cache
def _begin(role: str, theme: Theme, depth: int) -> str:
    return theme.look(role).sgr(depth)


def coloured(text: str, role: str) -> str:
    """Give the text in the style of a role; an empty text stays empty."""
    style = begin(role) if text else ""
    return f"{style}{text}{RESET}" if style else text


def prompt_rules() -> dict[str, str]:
    """Give the roles of the prompt as prompt-toolkit takes styles, over what it has by itself."""
    theme, depth = _worn
    rules = {name: theme.look(name).prompt(depth) for name in PROMPT}
    plain = "noreverse fg:default bg:default"  # else its own colours stay where the theme has none
    return {name: f"{plain} {rule}".strip() for name, rule in rules.items()}
