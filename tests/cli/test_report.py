"""What --json says of a run: everything that was measured, and with which settings."""

from __future__ import annotations

import json

import pytest

from tests.finished import finished
from tests.lab import spec
from tests.store.samples import submitted
from tl_core.base.events import Summary
from tl_core.cli import race
from tl_core.store import open_store


def test_a_run_is_told_whole() -> None:
    tuned = spec(strategy="fine_tune_top", epochs=2, seed=3)
    (run,) = json.loads(json.dumps(race.report(finished(tuned))))["runs"]
    assert set(run) >= set(Summary.model_fields) - {"versions"}
    assert (run["seed"], run["split_seed"]) == (3, 0)
    assert run["labels"] == "10 labels per class to train on and 20 to validate"
    assert (run["train_images"], run["val_images"], run["test_images"]) == (30, 60, 30)
    assert [score["name"] for score in run["per_class"]] == ["0", "1", "2"]
    assert sum(map(sum, run["confusion"])) == 30
    assert run["cut"]
    assert run["engine"].startswith(("openvino", "tensorflow"))
    (phase,) = run["recipe"]["phases"]
    assert run["history"][0]["learning_rate"] == pytest.approx(phase["learning_rate"] / 2), "cosine, half way"
    assert run["test_loss"] > 0
    for name in ("test_accuracy", "macro_f1", "roc_auc"):
        assert run[f"{name}_low"] is None or run[f"{name}_low"] <= run[name] <= run[f"{name}_high"]


def test_a_run_without_a_result_has_nothing_for_it() -> None:
    entry = race.report(submitted(open_store()))["runs"][0]
    assert (entry["status"], entry["test_accuracy"], entry["history"], entry["notes"]) == ("queued", None, [], [])
    assert "confusion" not in entry
