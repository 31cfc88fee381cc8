"""Translate words that people bring from llm, aichat, Ollama, aider, Claude Code and OpenAI's own command
line: name what does the same here. Words that mean the same in both are aliases of the commands."""

from __future__ import annotations

_SOUND = "/attach FILE sends a WAV or MP3; -s modalities sets what answers are, /play plays one"
_KEPT = "conversations are kept by themselves"
_ALONE = "this shell changes no files and runs no programs for a model"

#: word -> (what is so here, what to type)
BROUGHT: dict[str, tuple[str, str]] = {
    "save": (
        _KEPT,
        "/title TEXT names this one, /export writes a file, /profile save NAME keeps what is set",
    ),
    "load": (
        "several things can be loaded",
        "/resume a conversation, /profile NAME settings, /import FILE, /model NAME",
    ),
    "list": ("there are several lists", "/models, /conversations, /profile"),
    "ls": ("there are several lists", "/models, /conversations, /profile"),
    "drop": ("what waits is left out by /attach off", "/context drop leaves the oldest turns out"),
    "paste": (
        "your terminal pastes text; lines that are pasted together are one message",
        "/attach paste sends the picture on the clipboard",
    ),
    "editor": (
        "your editor opens by a key",
        "Ctrl-X Ctrl-E takes along what is typed, and brings it back unsent; /edit N changes a message",
    ),
    "multiline": ("every message may have several lines", "Alt-Enter or Ctrl-J begins a new one"),
    "multi": ("every message may have several lines", "Alt-Enter or Ctrl-J begins a new one"),
    "compact": ("the context is held by /context", "/context summarise sums up the oldest turns"),
    "compress": ("the context is held by /context", "/context summarise sums up the oldest turns"),
    "config": ("what is set is shown by /show", "/set NAME VALUE sets, /profile edit opens your profiles"),
    "settings": ("what is set is shown by /show", "/set NAME VALUE sets, /profile edit opens your profiles"),
    "status": ("what is set is shown by /show", "/usage tells tokens and cost"),
    "info": ("what is set is shown by /show", "/models lists what the server has"),
    "rewind": (
        "the conversation goes back by /undo",
        "/switch N goes to any turn, /edit N changes a message",
    ),
    "back": ("the conversation goes back by /undo", "/switch N goes to any turn, /edit N changes a message"),
    "login": ("the key comes from the environment", "/key types one for this run"),
    "logout": ("the key comes from the environment", "/profile NAME goes to another endpoint"),
    "memory": ("what a model is told first is the system message", "/system TEXT, or /system @FILE"),
    "role": (
        "what a model is told first is the system message",
        "/system TEXT; /profile NAME takes a set of settings",
    ),
    "agent": ("a named set of settings is a profile", "/profile NAME"),
    "vim": ("the keys of the prompt are a preference", "/set editing_mode vi"),
    "voice": ("nothing is spoken here", _SOUND),
    "init": (_ALONE, "/help"),
    "doctor": ("each server can be tried out", "/probe finds out what it does with each parameter"),
    "run": ("the lines of a file are done by /source", "/source FILE does them as if you typed them"),
    "code": (_ALONE, "/help"),
    "ask": ("what is typed without a slash is asked", "/compare asks several at once"),
    "chat": ("what is typed without a slash is asked", "/clear begins a new conversation"),
    "session": (
        "conversations are kept by themselves",
        "/conversations lists them, /resume goes on with one",
    ),
    "pull": ("models are the server's", "/models lists them"),
}

#: Lines that mean one thing only, in every program that has a prompt.
LEAVES = ("exit", "quit", ":q", ":quit")
#: What begins a command in aichat, in llm's chat, and in vi.
SIGNS = (".", "!", ":")
