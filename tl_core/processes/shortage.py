"""Whether a process was ended because memory was short. Only Linux says so."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

LATELY_S = 10.0  # a worker is missed well within this time
PROC, CGROUPS = Path("/proc"), Path("/sys/fs/cgroup")


class Shortage:
    """Watches the count of processes that the kernel's out-of-memory killer has ended."""

    def __init__(self) -> None:
        self._kills, self._rose_at = _kills(), float("-inf")

    def lately(self) -> bool:
        """Whether it rose a moment ago. Ask often: what happens between two looks counts as of the second."""
        if (kills := _kills()) > self._kills:
            self._kills, self._rose_at = kills, time.monotonic()
        return time.monotonic() - self._rose_at < LATELY_S


def _kills() -> int:
    """In this process's control group where there is one (cgroups(7), memory.events), else on the whole machine."""
    with suppress(OSError, ValueError, StopIteration):
        group = (PROC / "self" / "cgroup").read_text(encoding="ascii").rpartition("0::/")[2].strip()
        return _counted(CGROUPS / group / "memory.events")
    with suppress(OSError, ValueError, StopIteration):
        return _counted(PROC / "vmstat")
    return 0


def _counted(path: Path) -> int:
    lines = path.read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("oom_kill ")).split()[1])
