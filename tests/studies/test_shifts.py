"""The study of strategies × shifts: one run is every column of its row, and what its rows say."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.pages import measured
from tl_core.studies import build, grid, out_of_distribution
from tl_core.studies.setup import Setup

SETUP = Setup(study="shifts", dataset="digits", grid=("clean", "noise", "blur"), series=("feature_extraction", "lp_ft"))
SCORES = {"feature_extraction": (0.7, 0.5, 0.6), "lp_ft": (0.8, 0.45, 0.65)}  # clean, shifted, adapted


def rows(seeds: int = 2) -> pd.DataFrame:
    study = build.build(SETUP.model_copy(update={"seeds": seeds}))
    summaries = {}
    for spec in study.specs():
        clean, plain, adapted = (score + 0.02 * spec.seed for score in SCORES[spec.strategy])
        summaries[grid.key(spec)] = measured.shifted(measured.summary(clean), plain, adapted)
    return pd.DataFrame(grid.rows(study.points(), summaries))


def test_a_run_is_tested_in_every_way_and_run_once() -> None:
    study = build.build(SETUP)
    assert len(study.points()) == 12
    assert {(spec.strategy, spec.seed) for spec in study.specs()} == {(s, i) for s in SCORES for i in (0, 1)}
    assert {spec.shift.kind for spec in study.specs()} == {"all"}


def test_every_row_has_the_score_of_its_own_shift() -> None:
    found = {(row["strategy"], row["shift"]): row for row in rows(1).to_dict("records")}
    assert found["lp_ft", "clean"]["test_accuracy"] == 0.8
    noisy = found["lp_ft", "noise"]
    assert (noisy["test_accuracy"], noisy["adapted_accuracy"]) == (0.45, 0.65)
    assert noisy["test_accuracy_low"] < 0.45 < noisy["test_accuracy_high"]
    assert pd.isna(noisy["macro_f1"]), "measured on clean images only"


def test_it_says_how_fine_tuning_stands_against_the_probe_and_what_adabn_brings() -> None:
    found = {one.name: one for one in build.findings(SETUP, rows())}
    against = found["out_of_distribution.lp_ft"]
    assert against.value == pytest.approx(-0.05)
    assert "against the linear probe, out of distribution: −5.0 points" in against.sentence
    assert found["in_distribution.lp_ft"].value == pytest.approx(0.1)
    assert found["adabn.feature_extraction"].value == pytest.approx(0.1)
    assert found["adabn.lp_ft"].value == pytest.approx(0.2)
    assert found["adabn.noise"].value == pytest.approx(0.15)
    assert found["adabn.clean"].value == pytest.approx(-0.1)
    assert build.findings(SETUP, rows()[lambda all_rows: all_rows["shift"] == "clean"]) == []


def test_without_the_probe_there_is_no_comparison_and_without_batch_normalisation_no_remedy() -> None:
    only = rows()[lambda all_rows: all_rows["strategy"] == "lp_ft"]
    assert {one.name.partition(".")[0] for one in build.findings(SETUP, only)} == {"adabn"}
    bare = rows().assign(adapted_accuracy=None)
    assert [one.name for one in out_of_distribution.shifts(bare, build.titles())] == [
        "in_distribution.lp_ft",
        "out_of_distribution.lp_ft",
    ]
