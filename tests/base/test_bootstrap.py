"""The interval of a score: it holds what it should, follows the groups, and is not invented."""

from __future__ import annotations

import numpy as np
from scipy.stats import binom

from tl_core.base.bootstrap import RESAMPLES, interval
from tl_core.learn import chapters

SAMPLES = 300


def test_the_chapter_says_how_often_images_are_drawn_again() -> None:
    assert RESAMPLES == 1000
    assert "drawn again a thousand times" in chapters.text("judging")


def _share(values: np.ndarray):
    return lambda counts: values @ counts / counts.sum(axis=0)


def test_it_holds_the_true_share_in_about_19_of_20_samples() -> None:
    rng, classes = np.random.default_rng(0), np.arange(200) % 2
    inside = 0
    for _ in range(SAMPLES):
        right = (rng.random(200) < np.where(classes == 0, 0.6, 0.8)).astype(np.float32)
        found = interval(_share(right), classes, resamples=300)
        assert found is not None
        inside += found[0] <= 0.7 <= found[1]
    assert binom.ppf(0.001, SAMPLES, 0.93) <= inside <= binom.ppf(0.999, SAMPLES, 0.97)


def test_images_of_one_group_count_as_one() -> None:
    """Ten drawings of each of twenty designs, all right or all wrong: as uncertain as twenty images."""
    designs = np.repeat(np.arange(20), 10)
    right = (designs % 4 > 0).astype(np.float32)
    classes = np.zeros(200, int)
    apart, together = interval(_share(right), classes), interval(_share(right), classes, designs)
    assert apart is not None
    assert together is not None
    ratio = (together[1] - together[0]) / (apart[1] - apart[0])
    assert 0.8 * np.sqrt(10) < ratio < 1.2 * np.sqrt(10)


def test_groups_that_go_through_classes_are_drawn_among_all_and_whole() -> None:
    """As people are, who give stars of every kind."""
    people = np.repeat(np.arange(12), 5)
    stars = np.arange(60) % 7

    def share(counts: np.ndarray) -> np.ndarray:
        assert (counts == counts[::5][people]).all()
        assert (counts.sum(axis=0) == 60).all()
        return np.arange(60) @ counts

    assert interval(share, stars, people) == interval(share, np.zeros(60, int), people)
    assert interval(share, people // 2, people) != interval(share, np.zeros(60, int), people)


def test_every_class_keeps_its_number_of_images_and_a_seed_its_interval() -> None:
    classes = np.repeat([0, 1, 2], [1, 5, 30])
    seen = []

    def share(counts: np.ndarray) -> np.ndarray:
        seen.append(counts)
        assert [np.unique(counts[classes == k].sum(axis=0)).tolist() for k in range(3)] == [[1], [5], [30]]
        return np.arange(36) @ counts

    assert interval(share, classes) == interval(share, classes) != interval(share, classes, seed=1)
    assert sum(counts.shape[1] for counts in seen) == 3 * 1000


def test_what_does_not_vary_or_is_not_defined_has_no_interval() -> None:
    classes = np.zeros(20, int)
    assert interval(_share(np.ones(20, np.float32)), classes) is None
    assert interval(lambda counts: np.where(counts[0] > 0, 0.5, np.nan), classes) is None
