"""The end of the screen, painted over while it changes; what is finished is never touched again.

Every line takes one row: lines that may still change are written with the terminal's own
wrapping off, so that one that turns out wider than thought is cut off at the edge and rewritten
when it is finished.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from ..streams import Terminal
from .widths import filled, joins, most, placed

_WRAP_OFF, _WRAP_ON = "\x1b[?7l", "\x1b[?7h"
#: Between these the terminal shows nothing, and then all at once: half of a picture is never seen.
_TOGETHER, _SHOW = "\x1b[?2026h", "\x1b[?2026l"
#: Terminals that break long lines anew when the window becomes narrower, by what they set. xterm
#: and the console do not; there, counting as if they did would erase finished text.
_REFLOWING = (
    "TMUX",
    "VTE_VERSION",
    "KITTY_WINDOW_ID",
    "ALACRITTY_WINDOW_ID",
    "KONSOLE_VERSION",
    "WT_SESSION",
    "WEZTERM_PANE",
    "ITERM_SESSION_ID",
    "GHOSTTY_RESOURCES_DIR",
)


class Region:
    """Paints finished lines once, and below them the lines that may still change."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._stream = terminal.stdout
        # The rows that can be painted over; the cursor is at the end of the last one.
        self._shown = [""]
        self._size = terminal.size()
        self._resumed = terminal.resumed
        self._reflows = _reflows(terminal.environ)

    def paint(self, finished: Sequence[str], live: Sequence[str]) -> None:
        """Paint finished lines above the live ones, for good. `live` replaces what was live."""
        columns, rows = size = self._terminal.size()
        if self._resumed != self._terminal.resumed:  # something else has written below
            self._resumed = self._terminal.resumed
            self._shown = [""]
        new = [*finished, *(live or [""])]
        same = size == self._size
        if same:
            kept, old = self._kept(new, len(finished), columns), len(self._shown)
        else:  # a lower window may have pushed rows out of reach
            kept, old = 0, min(self._rows(columns), rows)
        if kept == len(new) < old:
            kept -= 1  # its end is where the cursor has to be
        out = ["\r\x1b[K\x1b[A"] * (old - len(new))
        if same and kept == old - 1 and old <= len(new) and self._grows(new[kept], columns):
            lines = [new[kept][len(self._shown[kept]) :], *new[kept + 1 :]]
        else:
            climb = min(old, len(new)) - 1 - kept
            out.append(f"\x1b[{climb}A" if climb > 0 else "")
            out.append("" if kept == old else "\r\x1b[K")
            lines = new[kept:]
        out.append("\n" if kept == old and lines else "")
        for number, line in enumerate(lines, kept):
            out.append("\n\x1b[K" if number > kept else "")
            done = number < len(finished)
            out.append("\x1b[J" if done and most(line) > columns else "")  # it takes rows below, too
            line = placed(filled(line, columns) if self._reflows else line)
            out.append(line if done or not line else _WRAP_OFF + line + _WRAP_ON)
        self._shown, self._size = list(live or [""]), size
        self._write("".join(out))

    def clear(self) -> None:
        """Take the live lines away."""
        self.paint((), ())

    def _kept(self, new: Sequence[str], finished: int, columns: int) -> int:
        """Tell how many rows may stay as they are. A line that was cut off is written again once it is
        finished."""
        kept = 0
        for old, line in zip(self._shown, new, strict=False):
            if old != line or (kept < finished and most(line) > columns):
                break
            kept += 1
        return kept

    def _grows(self, line: str, columns: int) -> bool:
        """Tell whether the last row only goes on."""
        return (
            line.startswith(self._shown[-1])
            and not joins(self._shown[-1], line[len(self._shown[-1]) :])
            and (line.isascii() or placed(line) == line)
            and (len(line) <= columns or most(line) <= columns)
        )

    def _rows(self, columns: int) -> int:
        """Tell how many rows the live lines take, now that the window has another width."""
        if not self._reflows:
            return len(self._shown)
        lines = [filled(line, self._size[0]) for line in self._shown]
        return sum(max(1, math.ceil(most(line) / columns)) for line in lines)

    def _write(self, text: str) -> None:
        if not text:
            return
        if self._terminal.replies.together:
            text = f"{_TOGETHER}{text}{_SHOW}"
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:  # the terminal is gone; the answer is kept all the same
            self._stream = _Nowhere()


class _Nowhere:
    def write(self, text: str) -> None: ...

    def flush(self) -> None: ...


def _reflows(environ: Mapping[str, str]) -> bool:
    return any(name in environ for name in _REFLOWING)


class Ticker:
    """Paints soon after something changed, not more often than is worth it, and while nothing
    does, so that clocks go on: from a thread of its own, under `lock`.

    Painting takes a fifth of the time at most, however long one takes.
    """

    PERIOD = 0.03  # seconds between two paintings, at least
    PULSE = 0.12  # seconds between two while nothing changes
    SHARE = 4.0  # times as long as it took, nothing is painted

    def __init__(self, paint: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> None:
        self.lock = threading.RLock()
        self._paint = paint
        self._clock = clock
        self._dirty = False
        self._next = 0.0
        self._last = clock()
        self._stop = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True).start()

    def changed(self) -> None:
        """Ask for painting: now, if it is time. Call it under the lock."""
        self._dirty = True
        if self._clock() >= self._next:
            self._now()

    def stop(self) -> None:
        self._stop.set()

    def _now(self) -> None:
        begun = self._clock()
        self._dirty = False
        self._paint()
        self._last = self._clock()
        self._next = self._last + max(self.PERIOD, (self._last - begun) * self.SHARE)

    def _run(self) -> None:
        while not self._stop.wait(self.PERIOD):
            with self.lock:
                now = self._clock()
                due = now >= self._next and (self._dirty or now - self._last >= self.PULSE)
                if due and not self._stop.is_set():
                    self._now()
