"""Why a worker was lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tl_core.processes import lost, shortage
from tl_core.processes.shortage import Shortage


def test_memory_is_named_only_where_it_was_short() -> None:
    assert lost.given_up([lost.DIED, lost.DIED]) == (
        "Its worker process died (2 times), and no further epoch was finished in between, so the run was given up. "
        "Finished epochs are kept. The file supervisor.log in the data home may say more."
    )
    mixed = lost.given_up([lost.MEMORY, lost.NO_STORE, lost.MEMORY])
    assert "because memory was short (2 times) and its worker could not reach the run store (1 time)" in mixed
    assert "Choose a smaller size" in mixed
    assert lost.goes_on(lost.SILENT).startswith("Its worker gave no sign of life")


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the kernel of this test counts."""
    monkeypatch.setattr(shortage, "PROC", tmp_path / "proc")
    monkeypatch.setattr(shortage, "CGROUPS", tmp_path / "cgroup")
    events = tmp_path / "cgroup" / "class" / "memory.events"
    events.parent.mkdir(parents=True)
    (tmp_path / "proc" / "self").mkdir(parents=True)
    (tmp_path / "proc" / "self" / "cgroup").write_text("0::/class\n")
    return events


def test_a_shortage_is_noticed_and_passes(counted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted.write_text("low 0\noom 7\noom_kill 2\noom_group_kill 0\n")
    watch = Shortage()
    assert not watch.lately()
    counted.write_text("low 0\noom 9\noom_kill 3\noom_group_kill 0\n")
    assert watch.lately()
    assert watch.lately()
    monkeypatch.setattr(shortage, "LATELY_S", 0.0)
    assert not watch.lately()


def test_without_a_group_the_machine_counts(counted: Path, tmp_path: Path) -> None:
    machine = tmp_path / "proc" / "vmstat"
    machine.write_text("nr_free_pages 5\noom_kill 1\n")
    watch = Shortage()
    machine.write_text("nr_free_pages 5\noom_kill 2\n")
    assert watch.lately()


def test_a_system_that_does_not_count_is_never_short(counted: Path) -> None:
    assert not Shortage().lately()
