"""What earlier versions stored is still read: an experiment as version 0.1.0 wrote it (before.sql)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tl_core.base.settings import settings
from tl_core.cli.follow import owner
from tl_core.races import race
from tl_core.results import experiments
from tl_core.store import Experiment, open_store

DUMP = Path(__file__).with_name("before.sql")


@pytest.fixture
def before() -> Experiment:
    with closing(sqlite3.connect(settings().home / "lab.sqlite")) as database:
        database.executescript(DUMP.read_text(encoding="utf-8"))
    (found,) = open_store().experiments(owner())
    return found


def test_its_runs_are_read_with_their_settings_scores_and_curves(before: Experiment) -> None:
    rows = experiments.table(before.runs)
    assert [(row["strategy"], row["test_accuracy"]) for row in rows] == [
        ("from_scratch", pytest.approx(25 / 30)),
        ("feature_extraction", pytest.approx(26 / 30)),
    ]
    assert {run.spec.data.classes for run in before.runs} == {("0", "1", "2")}
    curve = open_store().metrics([before.runs[0].id])
    assert curve[(curve["split"] == "val") & (curve["name"] == "accuracy")]["value"].round(3).tolist() == [0.333, 0.75]


def test_it_is_run_again_with_every_setting_it_had(before: Experiment) -> None:
    specs = [run.spec for run in before.runs]
    assert race.of_specs(specs).specs() == specs
    assert {spec.optimizer.weight_decay for spec in specs} == {0.01}
