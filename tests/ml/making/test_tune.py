"""The command that measures what defaults rest on: tiny real runs, one row each, never twice."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tl_core.catalog import strategies
from tl_core.ml.making import tune
from tl_core.races import tuning
from tl_core.races.tuning import Task, Try


@pytest.mark.parametrize("settings", [{"learning_rate": 1e-3}, {"PROBE_SHARE": 0.25}])
def test_a_try_with_a_setting_or_a_constant_is_measured(
    settings: tuning.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "EPOCHS", {5: 1})
    before = strategies.PROBE_SHARE
    found = tune.measure(Try(Task("tiny_resnet_glyphs", "digits", 16, (5,)), 5, "lp_ft", settings, 0))
    assert found is not None
    assert 0 <= found[0] <= 1
    assert before == strategies.PROBE_SHARE


def test_a_row_that_is_there_is_not_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Try(tuning.TASKS[0], 5, "lp_ft", {"learning_rate": 1e-3}, 0)
    rows = tmp_path / "tuning.csv"
    with rows.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([[*one.row(), "val_accuracy", "val_loss"], [*one.row().values(), "0.5", "1.0"]])
    monkeypatch.setattr(tuning, "ROWS", rows)
    assert tune._known(one)
    assert not tune._known(one._replace(seed=1))
