"""What others see of a supervisor: how its workers are, and what its machine can do and is busy with."""

from __future__ import annotations

import math
import os
import time
from typing import Any

import psutil

from tl_core.processes.elsewhere import Elsewhere
from tl_core.store import ClusterWord, Store, supervising


class Standing:
    """Writes it into the store when it changes, and as a heartbeat."""

    def __init__(self, store: Store, me: str, heartbeat_s: float) -> None:
        self._store, self._me, self._heartbeat_s = store, me, heartbeat_s
        known = store.cluster(me)
        self._machine: dict[str, Any] = dict(known.machine) if known else {}  # of the process before
        self._elsewhere = Elsewhere(psutil.Process(os.getppid()))  # the server, from which all of ours descend
        self._said: tuple[ClusterWord, str, int] = ("stopped", "", 0)
        self._said_at = -math.inf

    def say(self, state: ClusterWord, message: str, workers: int = 0) -> None:
        due = time.monotonic() - self._said_at >= self._heartbeat_s
        if due or (state, message, workers) != self._said:
            supervising.set_cluster(self._store, self._me, state, message, workers, self._machine)
            self._said, self._said_at = (state, message, workers), time.monotonic()

    def measured(self, machine: dict[str, float]) -> None:
        """What a worker measured of its machine; said at once."""
        self._machine |= machine
        self._said_at = -math.inf

    def look_elsewhere(self) -> None:
        """See how busy this machine is with what is not ours, when a look is due."""
        if (share := self._elsewhere.share()) is not None:
            self._machine |= {"elsewhere": share}
