"""A program that reads lines as the accessible shell does, and says what it hears: `python -m
tests.support.reading`. Another thread has the interpreter meanwhile, as one has that loads a room."""

from __future__ import annotations

import threading

from prompt_toolkit.history import InMemoryHistory

from terminal.editing.linear import LinearPrompt
from terminal.signals import Ended, Signals
from terminal.streams import Quiet, Terminal


def busy() -> None:
    """Give the interpreter away only when another thread asks for it, which takes 5 ms."""
    while True:
        pass


def main() -> None:
    """Read until Ctrl-D."""
    terminal, signals = Terminal(), Signals()
    with Quiet(terminal.stdin) as quiet, signals.handled(terminal, quiet), signals.heard(False):
        prompt = LinearPrompt(quiet, lambda text: [], InMemoryHistory(), hearing=signals.reading)
        threading.Thread(target=busy, daemon=True).start()
        while True:
            try:
                print(f"read: {prompt.read()}")
            except KeyboardInterrupt:
                print("heard: 130")
            except Ended as ended:
                print(f"\nheard: {ended.status}")
            except EOFError:
                return


if __name__ == "__main__":
    main()
