"""The live figures against independent computations: finite differences, SciPy, counting."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax
from scipy.special import softmax as scipy_softmax
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score

from tl_core.catalog import schedules
from tl_core.learn import figures

LOGITS = st.lists(st.floats(-30, 30), min_size=2, max_size=6)
TEMPERATURES = st.floats(0.2, 5)


@given(LOGITS, TEMPERATURES)
def test_softmax_gives_probabilities(logits: list[float], temperature: float) -> None:
    p = figures.softmax(logits, temperature)
    assert p.sum() == pytest.approx(1)
    assert (p >= 0).all()
    assert p == pytest.approx(scipy_softmax(np.array(logits) / temperature))
    assert p == pytest.approx(figures.softmax([z + 7.5 for z in logits], temperature)), "only differences count"


def test_large_logits_do_not_overflow_and_a_temperature_must_be_above_0() -> None:
    assert figures.softmax([1000.0, 0.0]) == pytest.approx([1, 0])
    assert figures.cross_entropy([1000.0, 0.0], 1) == pytest.approx(1000)
    with pytest.raises(ValueError, match="above 0"):
        figures.softmax([1.0, 2.0], 0)


@given(LOGITS, TEMPERATURES, st.data())
def test_the_gradient_is_that_of_the_loss(logits: list[float], temperature: float, data: st.DataObject) -> None:
    label = data.draw(st.integers(0, len(logits) - 1))
    assert figures.cross_entropy(logits, label, temperature) == pytest.approx(
        -log_softmax(np.array(logits) / temperature)[label], abs=1e-9
    )
    gradient, step = figures.logit_gradient(logits, label, temperature), 1e-5
    for k in range(len(logits)):
        above, below = (
            figures.cross_entropy([*logits[:k], logits[k] + move, *logits[k + 1 :]], label, temperature)
            for move in (step, -step)
        )
        assert gradient[k] == pytest.approx((above - below) / (2 * step), abs=1e-5)
    assert gradient.sum() == pytest.approx(0, abs=1e-9)
    assert gradient[label] <= 0


def loss_of(weights: Sequence[np.ndarray], seed: int) -> float:
    inputs, labels, _ = figures.batch(seed)
    logits = figures.forward(inputs, weights)[-1]
    return float(-log_softmax(logits, axis=1)[np.arange(len(labels)), labels].mean())


def norms_by_differences(seed: int, step: float = 1e-6) -> list[float]:
    """The gradient norm of every layer, one weight moved at a time."""
    weights = figures.batch(seed)[2]
    norms = []
    for matrix in weights:
        slopes = np.zeros_like(matrix)
        for place in np.ndindex(matrix.shape):
            kept = matrix[place]
            matrix[place] = kept + step
            above = loss_of(weights, seed)
            matrix[place] = kept - step
            slopes[place] = (above - loss_of(weights, seed)) / (2 * step)
            matrix[place] = kept
        norms.append(float(np.linalg.norm(slopes)))
    return norms


@pytest.mark.parametrize("seed", [0, 1])
def test_gradient_norms_are_those_of_finite_differences(seed: int) -> None:
    assert figures.gradient_norms([False] * 4, seed) == pytest.approx(norms_by_differences(seed), rel=1e-4)


@given(st.lists(st.booleans(), min_size=4, max_size=4))
@settings(max_examples=16)
def test_freezing_a_layer_takes_its_gradient_and_no_other(frozen: list[bool]) -> None:
    everything = figures.gradient_norms([False] * 4)
    assert figures.gradient_norms(frozen) == pytest.approx(np.where(frozen, 0, everything))
    words = figures.gradient_bars(frozen).data[0].text
    prefix = next((layer for layer, held in enumerate(frozen) if not held), 4)
    assert [word == "cached" for word in words] == [layer < prefix for layer in range(4)]


@given(st.floats(0.01, 1))
def test_the_loss_curve_marks_its_point_and_its_slope(p: float) -> None:
    curve, slope, here = figures.loss_curve(p).data
    assert np.exp(-np.array(curve.y)) == pytest.approx(np.array(curve.x))
    assert here.y[0] == pytest.approx(-np.log(p))
    rise = (slope.y[1] - slope.y[0]) / (slope.x[1] - slope.x[0])
    nearby = (figures.loss(p * 1.000001) - figures.loss(p * 0.999999)) / (p * 0.000002)
    assert rise == pytest.approx(nearby, rel=1e-4)


def test_the_bars_show_what_was_computed() -> None:
    probability, gradient = figures.softmax_bars([2.0, 1.0, -1.0], 1, 2.0).data
    assert probability.y == pytest.approx(figures.softmax([2.0, 1.0, -1.0], 2.0))
    assert gradient.y == pytest.approx(figures.logit_gradient([2.0, 1.0, -1.0], 1, 2.0))
    assert probability.marker.color[1] == figures.ORANGE


@pytest.mark.parametrize(("share", "apart", "threshold"), [(0.5, 1.5, 0.75), (0.1, 2.0, 1.0), (0.02, 1.0, 2.0)])
def test_a_detector_does_as_many_drawn_scores_do(share: float, apart: float, threshold: float) -> None:
    rng, count = np.random.default_rng(0), 400_000
    truth = rng.random(count) < share
    scores = rng.normal(size=count) + apart * truth
    found = figures.detector(share, apart, threshold)
    assert found.accuracy == pytest.approx(accuracy_score(truth, scores > threshold), abs=0.005)
    assert found.f1 == pytest.approx(f1_score(truth, scores > threshold), abs=0.01)
    assert found.macro_f1 == pytest.approx(f1_score(truth, scores > threshold, average="macro"), abs=0.01)
    assert found.roc_auc == pytest.approx(roc_auc_score(truth, scores), abs=0.01)


@given(st.floats(0.01, 0.5), st.floats(0, 4), st.floats(-3, 6))
def test_a_detector_stays_in_its_range_and_its_order_does_not_depend_on_the_share(
    share: float, apart: float, threshold: float
) -> None:
    found = figures.detector(share, apart, threshold)
    assert all(0 <= value <= 1 for value in found)
    assert found.roc_auc == figures.detector(0.5, apart, 0).roc_auc >= 0.5


def test_schedules_are_drawn_from_the_functions_of_a_run() -> None:
    names = list(figures.SCHEDULES)
    drawn = figures.schedule_curves(names, 3e-3)
    for name, curve in zip(names, drawn.data, strict=True):
        assert curve.y == pytest.approx([3e-3 * schedules.factor(name, per_cent / 100) for per_cent in curve.x])
    assert figures.schedule_curves([], 1e-3).data == ()
