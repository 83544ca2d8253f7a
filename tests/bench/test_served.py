"""What many visitors cost one server, shortened."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import pytest

from tl_core.bench import queue, uploads


@pytest.mark.long
def test_a_long_queue_slows_nobody_who_watches(tmp_path: Path) -> None:
    """The best of three: two runs train beside it, and what it is to find makes every look dozens of times slower."""
    tries = (queue.run(True, tmp_path / str(i)).rows[0] for i in range(3))
    slow = list(takewhile(lambda row: row.ratio <= 1, tries))
    assert len(slow) < 3, [f"{row.ours:.3f} s with 600 further runs, {row.peer:.3f} s is the limit" for row in slow]


@pytest.mark.long
def test_thirty_uploads_at_once_stay_within_the_stated_memory(tmp_path: Path) -> None:
    (row,) = uploads.run(True, tmp_path).rows
    assert row.ratio > 1, f"{row.ours:.0f} MB of {row.peer:.0f}"
