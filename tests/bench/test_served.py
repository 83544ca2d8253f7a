"""What many visitors cost one server, shortened."""

from __future__ import annotations

from pathlib import Path

import pytest

from tl_core.bench import queue, uploads


@pytest.mark.alone
def test_a_long_queue_slows_nobody_who_watches(tmp_path: Path) -> None:
    """Medians of a short time, beside two runs that train, scatter by half: `bench --only h` shows the factor itself.

    What this is to find made every look forty times slower.
    """
    (row,) = queue.run(True, tmp_path).rows
    without = row.peer / queue.FACTOR
    assert row.ours < 3 * without, f"{row.ours:.3f} s with 600 further runs, {without:.3f} s without"


@pytest.mark.alone
def test_thirty_uploads_at_once_stay_within_the_stated_memory(tmp_path: Path) -> None:
    (row,) = uploads.run(True, tmp_path).rows
    assert row.ratio > 1, f"{row.ours:.0f} MB of {row.peer:.0f}"
