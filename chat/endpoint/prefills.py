"""Handle prefills, the beginnings of answers that a model goes on from: which server takes one, and how it
comes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..conversation.body import Body
from ..conversation.events import TEXT, Event, Piece

#: What vLLM's server wants to be told, where llama.cpp's sees it by itself.
VLLM: Body = {"add_generation_prompt": False, "continue_final_message": True}


def takes(owners: set[str]) -> bool:
    """Tell whether a server goes on from an assistant's message that comes last, by its list of models.
    Sources: llama.cpp's server README (assistant prefill); vLLM's documentation of its OpenAI-compatible
    server (continue_final_message)."""
    return bool(owners & {"llamacpp", "vllm"})


def without(events: Iterator[Event], prefill: str) -> Iterator[Event]:
    """Give the events without the beginning that was given: llama.cpp repeats it in whole answers, and
    only there."""
    begun: set[int] = set()
    for event in events:
        if isinstance(event, Piece) and event.kind == TEXT and event.index not in begun:
            begun.add(event.index)
            event = replace(event, text=event.text.removeprefix(prefill))
        yield event
