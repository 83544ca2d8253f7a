"""Work in the background gives way to the pages."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import psutil

NICE = 5  # against a page, a share of a quarter; 10 would be a tenth, and starves beside other people's work


def give_way() -> None:
    """Run this process below the pages in priority, and yet with a share of its own whatever else runs.

    Where Linux groups processes by session (sched(7), the autogroup feature), niceness counts within a session
    only, and the supervisor's workers are one of their own: the session as a whole has to give way, too. Threads of
    SCHED_BATCH do not interrupt a page that computes. Not SCHED_IDLE: beside other work its threads get nothing, and
    a race then waits for minutes. Threads that begin later are as the thread that starts them.
    """
    process = psutil.Process()
    if sys.platform == "win32":
        process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    elif process.nice() < NICE:
        process.nice(NICE)
    if sys.platform == "linux":
        for thread in process.threads():
            with contextlib.suppress(OSError):
                os.sched_setscheduler(thread.id, os.SCHED_BATCH, os.sched_param(0))
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(NICE), encoding="ascii")
