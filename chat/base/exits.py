"""Declare what the program's exit status may be, and what each means to a script."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """One status, with what it `means`. Those from 128 on are a signal's, as shells report them."""

    means: str

    def __new__(cls, status: int, means: str = "") -> Exit:
        made = int.__new__(cls, status)
        made._value_ = status
        made.means = means
        return made

    DONE = 0, "it did what was asked"
    FAILED = 1, "there is no answer, or not all of it: the endpoint, the model, a script or Tempera failed"
    MISUSED = 2, "an option, a value, a file or an endpoint can't be used as it is, and nothing was asked"
    REFUSED = 3, "with --strict: the model refused, or its answer was cut off or is not in the form asked for"
    SHORT = (
        100,
        "of `eval` and `batch`: a case failed, nothing could be checked, or less passed than --min-pass asks",
    )
    HUNG_UP = 129, "its terminal is gone (SIGHUP)"
    INTERRUPTED = 130, "Ctrl-C (SIGINT); what had come was printed"
    UNREAD = 141, "whoever read its output wants no more, as `head` does (SIGPIPE)"
    ENDED = 143, "it was asked to end (SIGTERM)"
