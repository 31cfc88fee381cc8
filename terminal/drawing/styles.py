"""Colours, and which kind of text has which."""

from __future__ import annotations

from chat.conversation.events import CALL, REASONING, REFUSAL

DIM, YELLOW, RED, CYAN, BOLD, RESET = "\x1b[2m", "\x1b[33m", "\x1b[31m", "\x1b[36m", "\x1b[1m", "\x1b[0m"

#: Styles of the kinds of text that are shown as they are.
STYLE_OF = {REASONING: DIM, REFUSAL: YELLOW, CALL: CYAN}


def coloured(text: str, style: str) -> str:
    """Give the text in a style; an empty text stays empty."""
    return f"{style}{text}{RESET}" if style and text else text
