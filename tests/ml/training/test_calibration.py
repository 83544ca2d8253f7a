"""Calibration against constructions whose error and temperature are known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tl_core.ml.training import calibration
from tl_core.ml.training.outputs import Output, Sigmoid, Softmax


@given(st.lists(st.tuples(st.integers(0, 14), st.integers(1, 30), st.floats(0, 1)), min_size=1, max_size=15))
def test_the_error_is_the_gap_that_was_put_in(bins: list[tuple[int, int, float]]) -> None:
    """In the middle of each chosen bin, so many forecasts of which such a share comes true."""
    chosen = {number: (count, round(share * count)) for number, count, share in bins}
    said = np.concatenate([np.full(count, (number + 0.5) / 15) for number, (count, _) in chosen.items()])
    so = np.concatenate([np.arange(count) < true for count, true in chosen.values()])
    found = calibration.reliability(said, so)
    assert found.counts == [chosen.get(number, (0, 0))[0] for number in range(15)]
    gaps = [abs(true - count * (number + 0.5) / 15) for number, (count, true) in chosen.items()]
    assert calibration.ece(found) == pytest.approx(sum(gaps) / len(said))
    assert [value is None for value in found.accuracy] == [count == 0 for count in found.counts]


def test_a_bin_holds_its_upper_edge_and_certainty_is_in_the_last() -> None:
    found = calibration.reliability(np.array([0.0, 1 / 15, 0.5, 1.0]), np.array([False, True, True, True]))
    assert (found.counts[0], found.counts[7], found.counts[14]) == (2, 1, 1)


def test_without_forecasts_there_is_no_error() -> None:
    assert calibration.ece(calibration.reliability(np.empty(0), np.empty(0, bool))) is None


def _drawn(output: Output, seed: int, count: int = 8000) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels drawn with just the probabilities that these logits say."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (count, output.classes))
    p = output.probabilities(logits)
    if output.label_shape:
        return logits, (rng.random(p.shape) < p).astype(np.int32)
    return logits, (p.cumsum(1) > rng.random((count, 1))).argmax(1).astype(np.int32)


@pytest.mark.parametrize("output", [Softmax(4), Sigmoid(4)])
@settings(max_examples=20)
@given(factor=st.floats(0.3, 5), seed=st.integers(0, 2**16))
def test_the_temperature_takes_back_what_the_logits_were_multiplied_by(
    output: Output, factor: float, seed: int
) -> None:
    assume(abs(factor - 1) > 0.3)
    logits, labels = _drawn(output, seed)
    assert calibration.temperature(output, factor * logits, labels) == pytest.approx(factor, rel=0.1)
    found = calibration.scores(output, factor * logits, labels, factor * logits, labels)
    before, after = found["ece"], found["scaled_ece"]
    assert isinstance(before, float)
    assert isinstance(after, float)
    assert after < before
    assert after < 0.03


@pytest.mark.parametrize("output", [Softmax(3), Sigmoid(3)])
def test_where_no_temperature_is_best_there_is_none(output: Output) -> None:
    which = np.arange(30) % 3
    right = 8 * np.eye(3)[which] - 4
    labels: np.ndarray = np.eye(3, dtype=int)[which] if output.label_shape else which
    for logits in (right, -right, np.zeros((30, 3))):  # colder is always better, hotter is, nothing changes
        assert calibration.temperature(output, logits, labels) is None
        found = calibration.scores(output, right, labels, logits, labels)
        assert "temperature" not in found
        assert found["ece"] is not None
