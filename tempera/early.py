"""Hold Ctrl-C back from the first moment on, until the shell handles it (terminal/signals.py).

Imported before everything else, so it imports nothing that Python has not loaded by itself.
"""


def hold_back() -> None:
    """Let a Ctrl-C wait: in the middle of an import it would end the program with a traceback."""
    try:
        import _signal  # type: ignore[import-not-found]

        _signal.pthread_sigmask(_signal.SIG_BLOCK, [_signal.SIGINT])
    except (ImportError, AttributeError):  # Windows, other Pythons
        return
