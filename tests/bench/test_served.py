"""What many visitors cost one server, shortened."""

from __future__ import annotations

from pathlib import Path

import pytest

from tl_core.bench import queue, uploads


@pytest.mark.bench  # a median of seconds beside two runs that train: for a machine that does nothing else
def test_a_long_queue_slows_nobody_who_watches(tmp_path: Path) -> None:
    (row,) = queue.run(True, tmp_path).rows
    assert row.ratio > 1, f"{row.ours:.3f} s with 600 further runs, {row.peer:.3f} s is the limit"


@pytest.mark.long
def test_thirty_uploads_at_once_stay_within_the_stated_memory(tmp_path: Path) -> None:
    (row,) = uploads.run(True, tmp_path).rows
    assert row.ratio > 1, f"{row.ours:.0f} MB of {row.peer:.0f}"
