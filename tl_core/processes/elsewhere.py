"""How busy the machine is with what this app did not start."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import NamedTuple

import psutil

WINDOW_S = 10.0  # a share is of so long a time


class _Look(NamedTuple):
    at: float  # seconds, monotonic
    idle_s: float  # of all processors together, since the machine started
    ours_s: dict[int, float]  # process → processor time since it began


class Elsewhere:
    """Watches one machine. `root`: the process from which all of ours descend, itself included."""

    def __init__(self, root: psutil.Process) -> None:
        self._root = root
        self._before = self._look()

    def share(self) -> float | None:
        """The part of the processors' time, in [0, 1], that went to others; None until WINDOW_S after the last."""
        if time.monotonic() - self._before.at < WINDOW_S:
            return None
        before, now = self._before, self._look()
        self._before = now
        whole_s = (now.at - before.at) * (psutil.cpu_count() or 1)
        ours_s = sum(spent - before.ours_s.get(pid, 0.0) for pid, spent in now.ours_s.items())
        return round(min(1.0, max(0.0, 1.0 - (now.idle_s - before.idle_s + ours_s) / whole_s)), 2)

    def _look(self) -> _Look:
        times, ours = psutil.cpu_times(), {}
        with suppress(psutil.NoSuchProcess):
            for process in (self._root, *self._root.children(recursive=True)):
                with suppress(psutil.Error):
                    spent = process.cpu_times()
                    ours[process.pid] = spent.user + spent.system
        return _Look(time.monotonic(), times.idle + getattr(times, "iowait", 0.0), ours)
