"""Intervals over groups of images: wide enough where designs matter, and no wider than that where they do not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy.stats import binom

from tl_core.base import clusters
from tl_core.base.events import Answers
from tl_core.ml.training.evaluate import accuracy_interval, wilson
from tl_core.results.paired import of_counts, paired

DESIGNS, EACH = 120, 5
GROUPS = np.repeat(np.arange(DESIGNS), EACH)
ONE_CLASS = np.zeros(len(GROUPS), int)
TRIALS = 200


def _right(rng: np.random.Generator, accuracy: float, weight: float) -> np.ndarray:
    """Answers on every image; a share `weight` of them is right or wrong with its design."""
    by_design = rng.random(DESIGNS)[GROUPS]
    alone = rng.random(len(GROUPS))
    return np.where(rng.random(len(GROUPS)) < weight, by_design, alone) < accuracy


def _answers(right: np.ndarray) -> Answers:
    return Answers.of(np.arange(len(right)), np.zeros(len(right)), right, GROUPS)


@pytest.mark.parametrize("weight", [0.0, 0.8])
def test_the_interval_over_designs_holds_the_accuracy_at_its_nominal_rate(weight: float) -> None:
    rng = np.random.default_rng(7)
    found = [accuracy_interval(_right(rng, 0.8, weight), ONE_CLASS, GROUPS) for _ in range(TRIALS)]
    covered = sum(low <= 0.8 <= high for low, high in found)
    assert binom.ppf(0.001, TRIALS, 0.95) <= covered
    if weight:
        independent = [wilson(int(right.sum()), len(right)) for right in (_right(rng, 0.8, weight) for _ in found)]
        assert sum(low <= 0.8 <= high for low, high in independent) < binom.ppf(0.001, TRIALS, 0.95)
        widths = [np.mean([high - low for low, high in each]) for each in (found, independent)]
        assert widths[0] > 1.4 * widths[1]


def test_without_a_difference_few_grouped_comparisons_claim_one_and_the_interval_holds_it() -> None:
    rng = np.random.default_rng(8)
    pairs = [(_right(rng, 0.7, 0.9), _right(rng, 0.7, 0.9)) for _ in range(TRIALS)]
    found = [paired(_answers(one), _answers(other)) for one, other in pairs]
    limit = binom.ppf(0.999, TRIALS, 0.05)
    assert sum(one.p <= 0.05 for one in found if one) <= limit
    assert sum(not one.low <= 0 <= one.high for one in found if one) <= limit
    alone = [of_counts(int((one & ~other).sum()), int((other & ~one).sum()), len(one)) for one, other in pairs]
    assert sum(one.p <= 0.05 for one in alone) > limit  # what takes the images for independent claims too often


def test_a_difference_on_most_designs_is_found() -> None:
    rng = np.random.default_rng(9)
    found = paired(_answers(_right(rng, 0.85, 0.5)), _answers(_right(rng, 0.6, 0.5)))
    assert found is not None
    assert found.p < 0.01
    assert 0 < found.low < found.difference < found.high
    assert found.groups == DESIGNS


def test_answers_of_an_earlier_version_without_their_groups_take_those_of_the_other() -> None:
    rng = np.random.default_rng(10)
    right, other = _right(rng, 0.8, 0.9), _right(rng, 0.7, 0.9)
    before = _answers(right).model_copy(update={"groups": None})
    assert paired(before, _answers(other)) == paired(_answers(right), _answers(other))


def test_a_perfect_score_is_no_certainty() -> None:
    assert accuracy_interval(np.ones(len(GROUPS), bool), ONE_CLASS, GROUPS) == wilson(len(GROUPS), len(GROUPS))
    right = _answers(np.ones(len(GROUPS), bool))
    found = paired(right, right)
    assert found is not None
    assert (found.difference, found.p) == (0, 1)
    assert found.low < 0 < found.high


@given(some.lists(some.tuples(some.booleans(), some.integers(0, 9)), min_size=1, max_size=40))
def test_any_groups_widen_an_interval_whatever_they_are_called(cases: list[tuple[bool, int]]) -> None:
    right, groups = (np.array(column) for column in zip(*cases, strict=True))
    low, high = clusters.widened((0.5, 0.5), right.astype(float), groups)
    assert 0 <= low <= 0.5 <= high <= 1
    assert (low, high) == clusters.widened((0.5, 0.5), right.astype(float), groups * 7 + 3)
    assert 0 < clusters.p_value(right - 0.5, groups) <= 1


@given(some.lists(some.integers(0, 300), min_size=1, max_size=50))
def test_groups_come_back_as_they_were(groups: list[int]) -> None:
    numbers = np.array(groups)
    kept = Answers.of(numbers, numbers, numbers > 3, numbers)
    found = Answers.model_validate_json(kept.model_dump_json()).group_numbers()
    assert found is not None
    assert found.tolist() == groups
    assert len(kept.groups or "") < 4 * len(groups) + 40
