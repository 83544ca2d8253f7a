"""Work in the background gives way to the pages."""
from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import psutil

NICE = 10


def give_way() -> None:
    """Run this process below the pages in priority.

    Where Linux groups processes by session (sched(7), the autogroup feature), niceness counts within a session
    only, and the supervisor's workers are one of their own: the session as a whole has to give way, too.
    """
    process = psutil.Process()
    if sys.platform == "win32":
        process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    elif process.nice() < NICE:
        process.nice(NICE)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICE), encoding="ascii")
