from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tl_core.base.spec import DataSpec, run_spec
from tl_core.ml.data import splits
from tl_core.ml.training import evaluate, train
from tl_core.results.paired import paired


def test_wilson_agrees_with_the_published_example() -> None:
    """Newcombe 1998, Two-sided confidence intervals for the single proportion, table I: 81 of 263."""
    assert evaluate.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_proportion(counts: tuple[int, int]) -> None:
    low, high = evaluate.wilson(*counts)
    assert 0 <= low <= counts[0] / counts[1] <= high <= 1


def test_a_perfect_classifier_scores_one() -> None:
    labels = np.arange(12) % 3
    result = evaluate.scores(labels, np.eye(3)[labels] * 0.97 + 0.01, ["a", "b", "c"])
    assert (result["test_accuracy"], result["macro_f1"], result["roc_auc"]) == (1, 1, 1)
    assert result["confusion"] == [[4, 0, 0], [0, 4, 0], [0, 0, 4]]


def test_scores_lie_in_their_intervals_and_a_perfect_one_has_none() -> None:
    rng = np.random.default_rng(0)
    labels, perfect = np.arange(90) % 3, np.eye(3)[np.arange(90) % 3]
    noisy = (rng.dirichlet((1, 1, 1), 90) + 0.25 * perfect) / 1.25
    found = evaluate.scores(labels, noisy, ["a", "b", "c"])
    for name in ("macro_f1", "roc_auc"):
        assert 0 < found[f"{name}_low"] < found[name] < found[f"{name}_high"] <= 1
    known = evaluate.scores(labels, perfect, ["a", "b", "c"])
    assert [known[name] for name in known if name.startswith(("macro_f1_", "roc_auc_"))] == [None] * 4


def test_a_constant_classifier_is_at_chance() -> None:
    labels = np.arange(10) % 2
    result = evaluate.scores(labels, np.tile([0.6, 0.4], (10, 1)), ["a", "b"])
    assert result["test_accuracy"] == 0.5
    assert result["roc_auc"] == 0.5
    assert result["macro_f1"] == pytest.approx(1 / 3)


def test_roc_auc_is_left_out_when_a_class_has_no_test_image() -> None:
    result = evaluate.scores(np.array([0, 1, 0]), np.full((3, 3), 1 / 3), ["a", "b", "c"])
    assert result["roc_auc"] is None
    assert (result["roc_auc_low"], result["roc_auc_high"]) == (None, None)


def test_a_run_on_pictograms_is_judged_by_its_designs(tmp_path: Path) -> None:
    """Two classes with 20 test designs each, five pictures of a design."""
    data = {"dataset": "pictograms", "classes": ("anchor", "bell"), "per_class": 3, "test_images": 200}
    spec = run_spec(backbone="tiny_resnet_glyphs", image_size=16, epochs=1, data=data)
    found = train.run(spec, lambda event: None, lambda: False, tmp_path)
    assert found.test_groups == 40
    right, groups = found.answers.right(), found.answers.group_numbers()
    assert np.bincount(groups).tolist() == [5] * 40
    assert (found.test_accuracy_low, found.test_accuracy_high) == evaluate.accuracy_interval(
        right, groups // 20, groups
    )
    assert paired(found.answers, found.answers).groups == 40


def test_one_picture_of_each_design_stands_alone() -> None:
    data = DataSpec(dataset="pictograms", classes=("anchor", "bell"), per_class=3, test_images=40)
    assert splits.load(data, lambda event: None, lambda: False).test.groups is None


def test_loss_is_the_cross_entropy() -> None:
    loss, accuracy = evaluate.loss_and_accuracy(np.array([[0.0, 0.0], [1000.0, 0.0]]), np.array([0, 0]))
    assert loss == pytest.approx(np.log(2) / 2)
    assert accuracy == 1


def test_a_logit_that_is_no_number_is_not_hidden() -> None:
    loss, _ = evaluate.loss_and_accuracy(np.array([[np.inf, 0.0], [1.0, 0.0]]), np.array([0, 0]))
    assert np.isnan(loss)
