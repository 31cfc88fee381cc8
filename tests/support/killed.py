"""Children that die, however it comes about."""

from __future__ import annotations

import contextlib
import os
import signal

from chat.base.child import Child


def kill(child: Child) -> None:
    """Kill a child's process from outside, and wait until it is seen to have died."""
    pid = child.pid
    os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert child.pid == 0
