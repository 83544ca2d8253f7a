"""Who is still alive: heartbeats as they are seen from here."""

from __future__ import annotations

import time


class Pulses:
    """How long runs and supervisors have been silent, without trusting that all machines' clocks agree."""

    def __init__(self, heartbeat_s: float) -> None:
        self._heartbeat_s = heartbeat_s
        self._seen: dict[str, tuple[float, float]] = {}  # name → its heartbeat, and when that was first seen

    def silent_s(self, name: str, heartbeat_at: float) -> float:
        """By the clock where two beats were missed before our eyes, else only what we saw."""
        now = time.monotonic()
        if len(self._seen) > 10_000:
            self._seen.clear()
        if self._seen.get(name, (None,))[0] != heartbeat_at:
            self._seen[name] = (heartbeat_at, now)
        watched_s = now - self._seen[name][1]
        return max(watched_s, time.time() - heartbeat_at) if watched_s > 2 * self._heartbeat_s else watched_s
