"""Early stopping: it stops, it says so, and the best epoch is what is tested."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.lab import spec
from tests.uploading import never
from tl_core.base.events import Metric, Note, Summary
from tl_core.base.spec import RunSpec
from tl_core.catalog import card
from tl_core.ml.training import early, train
from tl_core.races import plans


def _run(wanted: RunSpec, folder: Path) -> tuple[Summary, list[float], list[str]]:
    """The result, the validation losses, what was noted."""
    log: list = []
    summary = train.run(wanted, log.append, never, folder)
    losses = [one.value for one in log if isinstance(one, Metric) and (one.split, one.name) == ("val", "loss")]
    return summary, losses, [one.text for one in log if isinstance(one, Note)]


@given(some.lists(some.floats(0, 10), min_size=1, max_size=30))
def test_waiting_is_counted_from_the_first_of_the_lowest(losses: list[float]) -> None:
    waited = early.waited(losses)
    best = len(losses) - 1 - waited
    assert losses[best] == min(losses)
    assert all(loss > losses[best] for loss in losses[:best])


def test_what_stopped_and_what_did_not_is_said() -> None:
    assert early.note([2, 1, 1.5, 1.5], 2, 9).startswith(
        "Stopped early after 4 epochs of 9: the validation loss was lowest after epoch 2 and did not fall further for "
        "2 epochs."
    )
    assert "lowest after epoch 3, so more time may help" in early.note([3, 2, 1, 1.5], 2, 4)
    assert early.note([3, 2, 1], 2, 9) == ""  # out of seconds
    assert early.note([3], 2, 1) == ""  # too short to stop early


def test_a_run_with_patience_stops_says_so_and_tests_its_best_epoch(tmp_path: Path) -> None:
    summary, losses, notes = _run(
        spec(epochs=40, patience=2, optimizer={"name": "sgd", "learning_rate": 0.3, "schedule": "constant"}), tmp_path
    )
    best = int(np.argmin(losses))
    assert summary.early_stopped
    assert len(losses) == best + 3 < 40
    said = f"Stopped early after {len(losses)} epochs of 40: the validation loss was lowest after epoch {best + 1} and"
    assert any(note.startswith(said) for note in notes)
    assert summary.notes == notes


def test_a_solved_last_phase_is_tested_as_it_was_solved(tmp_path: Path) -> None:
    """Frozen features of the target itself: the best epoch of the phase before must not come back in its place."""
    plan = plans.preset("all_frozen", card("tiny_resnet_cifar100").stage_names).model_copy(update={"source": "target"})
    wanted = spec(strategy="custom", plan=plan, epochs=4)
    alone, losses, _ = _run(wanted, tmp_path / "alone")
    patient, same, _ = _run(wanted.model_copy(update={"patience": 3}), tmp_path / "patient")
    assert same == losses
    assert patient.test_loss == pytest.approx(alone.test_loss)
