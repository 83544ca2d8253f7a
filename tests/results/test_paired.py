"""The right test for two arms on the same images: its size, its power and its words."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy.stats import binom

from tl_core.base.events import Answers
from tl_core.results import headline, paired
from tl_core.results.headline import Score

IMAGES = 1000
RACES = 1000


def _answers(right: np.ndarray, labels: int = 0) -> Answers:
    ids = np.arange(len(right))
    return Answers.of(ids, np.full(len(right), labels), right)


def _race(rng: np.random.Generator, *accuracies: float) -> list[Score]:
    """Arms that find the same images hard: each image has a hardness, and an arm knows those below its accuracy."""
    hardness = rng.random(IMAGES)
    scores = []
    for number, accuracy in enumerate(accuracies):
        own = rng.random(IMAGES) < 0.4  # of these images an arm answers by its own luck
        right = np.where(own, rng.random(IMAGES) < accuracy, hardness < accuracy)
        strategy = headline.BASELINE if number == 0 else f"arm{number}"
        scores.append(Score(strategy, strategy, float(right.mean()), 0.0, 1.0, IMAGES, _answers(right)))
    return scores


@pytest.mark.parametrize("arms", [2, 4])
def test_of_a_thousand_races_without_a_difference_at_most_one_in_twenty_claims_one(arms: int) -> None:
    rng = np.random.default_rng(arms)
    claims = sum(" beats " in headline.final(_race(rng, *[0.6] * arms)) for _ in range(RACES))
    assert claims <= binom.ppf(0.999, RACES, 0.05)
    assert claims > 0  # not by never claiming anything


def test_ten_points_on_a_thousand_images_are_nearly_always_found() -> None:
    rng = np.random.default_rng(0)
    found = sum("arm1 beats from_scratch" in headline.final(_race(rng, 0.6, 0.7)) for _ in range(RACES))
    assert found >= 0.95 * RACES


def test_the_interval_of_the_difference_holds_it_in_19_of_20_races() -> None:
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(RACES):
        twin, arm = _race(rng, 0.6, 0.65)
        found = paired.paired(arm.answers, twin.answers)
        assert found is not None
        inside += found.low <= 0.05 <= found.high
    assert inside >= binom.ppf(0.001, RACES, 0.95)


def test_a_small_difference_is_found_that_two_intervals_would_hide() -> None:
    """30 images that only one of them knows against 5: 2.5 points of 1,000, and the single intervals overlap."""
    found = paired.of_counts(30, 5, 1000)
    assert found.p == pytest.approx(2 * binom.cdf(5, 35, 0.5))
    assert found.difference == 0.025
    assert 0 < found.low < 0.025 < found.high < 0.05


def test_other_images_or_labels_are_not_compared() -> None:
    right = np.ones(10, bool)
    assert paired.paired(_answers(right), _answers(right, labels=1)) is None
    assert paired.paired(_answers(right), _answers(right[:9])) is None
    assert paired.paired(_answers(right), None) is None


@given(some.lists(some.booleans(), min_size=1, max_size=40))
def test_answers_come_back_as_they_were(right: list[bool]) -> None:
    kept = Answers.model_validate_json(_answers(np.array(right)).model_dump_json())
    assert kept.right().tolist() == right


@given(some.lists(some.floats(0, 1), min_size=1, max_size=8))
def test_a_corrected_value_is_no_smaller_and_keeps_the_order(values: list[float]) -> None:
    corrected = paired.holm(values)
    assert all(before <= after <= 1 for before, after in zip(values, corrected, strict=True))
    assert [corrected[i] for i in np.argsort(values, kind="stable")] == sorted(corrected)


def test_a_headline_says_that_designs_were_resampled() -> None:
    rng = np.random.default_rng(3)
    words = ", by resampling 200 designs"
    scores = [score._replace(resampled=words) for score in _race(rng, 0.6, 0.7)]
    assert re.search(
        r"\(95 % interval of the difference \S+ to \S+ points, by resampling 200 designs\)", headline.final(scores)
    )
    assert re.search(r"\(95 % interval .*%, by resampling 200 designs\)", headline.final(scores[:1]))


def test_holm_by_hand() -> None:
    assert paired.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
