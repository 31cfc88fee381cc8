"""The first baseline: the least that prompt-toolkit can be asked for."""

from prompt_toolkit import PromptSession

PromptSession("> ").prompt()
