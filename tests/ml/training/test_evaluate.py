from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.metrics import average_precision_score, f1_score, log_loss, roc_auc_score

from tl_core.base.events import Roc
from tl_core.base.spec import DataSpec, run_spec
from tl_core.ml.data import splits
from tl_core.ml.training import evaluate, train
from tl_core.ml.training.outputs import Sigmoid, Softmax
from tl_core.ml.training.probe import Examples
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
    result = evaluate.scores(Softmax(3), np.eye(3)[labels] * 4, labels, ["a", "b", "c"])
    ones = ("test_accuracy", "macro_f1", "micro_f1", "roc_auc", "mean_average_precision")
    assert [result[name] for name in ones] == [1] * 5
    assert result["confusion"] == [[4, 0, 0], [0, 4, 0], [0, 0, 4]]


def test_scores_lie_in_their_intervals_and_a_perfect_one_has_none() -> None:
    rng = np.random.default_rng(0)
    labels, perfect = np.arange(90) % 3, np.eye(3)[np.arange(90) % 3]
    noisy = (rng.dirichlet((1, 1, 1), 90) + 0.25 * perfect) / 1.25
    found = evaluate.scores(Softmax(3), np.log(noisy), labels, ["a", "b", "c"])
    for name in ("macro_f1", "roc_auc"):
        assert 0 < found[f"{name}_low"] < found[name] < found[f"{name}_high"] <= 1
    known = evaluate.scores(Softmax(3), 9 * perfect, labels, ["a", "b", "c"])
    assert [known[name] for name in known if name.startswith(("macro_f1_", "roc_auc_"))] == [None] * 4


def test_a_constant_classifier_is_at_chance() -> None:
    labels = np.arange(10) % 2
    result = evaluate.scores(Softmax(2), np.log(np.tile([0.6, 0.4], (10, 1))), labels, ["a", "b"])
    assert result["test_accuracy"] == 0.5
    assert result["roc_auc"] == 0.5
    assert result["macro_f1"] == pytest.approx(1 / 3)
    assert result["test_loss"] == pytest.approx(log_loss(labels, np.tile([0.6, 0.4], (10, 1))))


@pytest.mark.parametrize("output", [Softmax(3), Sigmoid(3)])
def test_what_is_not_defined_is_none_and_never_nothing(output: Softmax | Sigmoid) -> None:
    """No test image of c; b is never called."""
    labels = np.array([0, 1, 0], np.int32)
    labels = np.eye(3, dtype=np.int32)[labels] if output.label_shape else labels
    result = evaluate.scores(output, np.tile([2.0, -1.0, -2.0], (3, 1)), labels, ["a", "b", "c"])
    assert result["roc_auc"] is None
    assert (result["roc_auc_low"], result["roc_auc_high"]) == (None, None)
    assert result["mean_average_precision"] is None
    per_class = result["per_class"]
    assert isinstance(per_class, list)
    a, b, c = per_class
    assert (a.precision, a.recall) == (2 / 3, 1)
    assert (b.precision, b.recall, b.f1) == (None, 0, 0)
    assert (c.precision, c.recall, c.f1, c.average_precision, c.roc_auc) == (None,) * 5
    assert result["macro_f1"] == pytest.approx((a.f1 + b.f1) / 2)
    roc = result["roc"]
    assert isinstance(roc, Roc)
    assert [rates is None for rates in roc.tpr] == [False, False, True]


@settings(max_examples=30)
@given(
    arrays.arrays(np.float64, (30, 4), elements=st.floats(-20, 20)),
    arrays.arrays(np.int32, (30, 4), elements=st.integers(0, 1)),
)
def test_several_labels_are_scored_as_scikit_learn_scores_them(logits: np.ndarray, labels: np.ndarray) -> None:
    labels[0], labels[1] = 0, 1  # so that everything is defined
    result = evaluate.scores(Sigmoid(4), logits, labels, list("abcd"))
    probabilities = 1 / (1 + np.exp(-logits))
    called = (probabilities >= 0.5).astype(int)
    assert result["test_accuracy"] == pytest.approx((called == labels).all(1).mean())
    assert result["macro_f1"] == pytest.approx(f1_score(labels, called, average="macro"))
    assert result["micro_f1"] == pytest.approx(f1_score(labels, called, average="micro"))
    assert result["roc_auc"] == pytest.approx(roc_auc_score(labels, probabilities))
    assert result["mean_average_precision"] == pytest.approx(average_precision_score(labels, probabilities))
    expected = np.mean([log_loss(labels[:, k], probabilities[:, k], labels=[0, 1]) for k in range(4)])
    assert result["test_loss"] == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert result["confusion"] is None


@settings(max_examples=20)
@given(st.integers(0, 2**16))
def test_a_stored_roc_curve_is_short_rises_and_keeps_its_area(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wanted = np.eye(3, dtype=int)[np.arange(300) % 3]
    probabilities = rng.beta(1 + 2 * wanted, 2)
    found = evaluate.roc(wanted, probabilities)
    assert len(found.fpr) <= 100
    for rates, so, p in zip(found.tpr, wanted.T, probabilities.T, strict=True):
        assert rates is not None
        assert rates == sorted(rates)
        assert rates[-1] == 1
        assert np.trapezoid(rates, found.fpr) == pytest.approx(roc_auc_score(so, p), abs=0.01)


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
    rows = Examples(np.empty(0), np.array([0, 0]), np.ones(2))
    loss, accuracy = evaluate.loss_and_accuracy(Softmax(2), np.array([[0.0, 0.0], [1000.0, 0.0]]), rows)
    assert loss == pytest.approx(np.log(2) / 2)
    assert accuracy == 1
    assert evaluate.loss_and_accuracy(Softmax(2), np.zeros((2, 2)), rows._replace(weights=np.array([3, 1])))[
        0
    ] == pytest.approx(2 * np.log(2))


def test_a_logit_that_is_no_number_is_not_hidden() -> None:
    rows = Examples(np.empty(0), np.array([0, 0]), np.ones(2))
    loss, _ = evaluate.loss_and_accuracy(Softmax(2), np.array([[np.inf, 0.0], [1.0, 0.0]]), rows)
    assert np.isnan(loss)
