"""Differences out of distribution: their interval, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from tests.pages import measured
from tests.pages.measured import ME, RACE
from tl_core.base.events import Accuracy, Answers, ShiftScore
from tl_core.base.spec import ShiftKind
from tl_core.results import shifted, take_home
from tl_core.store import Store

IMAGES, RACES = 500, 400
KINDS: tuple[ShiftKind, ...] = ("noise", "blur", "contrast")


def _score(kind: ShiftKind, right: np.ndarray, images: int = 0) -> ShiftScore:
    answers = Answers.of(np.arange(len(right)), np.full(len(right), images), right)
    return ShiftScore(kind=kind, plain=Accuracy(value=right.mean(), low=0, high=1, answers=answers), adapted=None)


def _scores(rng: np.random.Generator, accuracy: float) -> list[ShiftScore]:
    """The copies of one image share its hardness."""
    hardness = rng.normal(size=IMAGES)
    each = [0.8 * hardness + 0.6 * rng.normal(size=IMAGES) for _ in KINDS]
    threshold = float(np.quantile(rng.normal(size=100_000), accuracy))
    return [_score(kind, one < threshold) for kind, one in zip(KINDS, each, strict=True)]


def test_the_interval_holds_the_true_difference_though_copies_of_an_image_hang_together() -> None:
    rng, inside = np.random.default_rng(0), 0
    for _ in range(RACES):
        found = shifted.difference(_scores(rng, 0.65), _scores(rng, 0.6))
        assert found is not None
        inside += found.low <= 0.05 <= found.high
    assert binom.ppf(0.001, RACES, 0.95) <= inside <= binom.ppf(0.9999, RACES, 0.95)


def test_other_images_or_other_shifts_are_not_compared() -> None:
    right = np.arange(10) < 5
    one = [_score("noise", right)]
    assert shifted.difference(one, [_score("blur", right)]) is None
    assert shifted.difference(one, [_score("noise", right, images=1)]) is None
    assert shifted.difference(one, [*one, _score("blur", right)]) is None
    assert shifted.difference(one, one) == (0, 0, 0)


def test_every_arm_is_held_against_the_probe_and_against_itself_adapted(home: Path) -> None:
    store = Store(f"sqlite:///{(home / 'lab.sqlite').as_posix()}")
    race = RACE.changed(arms=("feature_extraction", "fine_tune_all"), shift="all")
    made = measured.submit(store, ME, race)
    summaries = (measured.shifted(measured.summary(0.7), 0.5, 0.6), measured.shifted(measured.summary(0.72), 0.4, None))
    runs = store.experiment(made).runs
    measured.train(store, made)
    for run, summary in zip(runs, summaries, strict=True):
        store.finish(run.id, 1, "finished", summary=summary)
    runs = store.experiment(made).runs
    store.close()
    probe, tuned = (said.replace("\N{NO-BREAK SPACE}", " ") for said in shifted.sentences(runs))
    assert probe.startswith("**Feature extraction**: 70.0 % in distribution, 50.0 % on average over 2 shifts.")
    assert "(AdaBN): +10.0 points (+8.1 to +11.9) there, −10.0 in distribution." in probe
    assert "+2.0 points in distribution, −10.0 points (−11.9 to −8.1) out of it" in tuned
    assert "AdaBN" not in tuned
    card = take_home.card(runs[0], "A race").replace("\N{NO-BREAK SPACE}", " ")
    assert "shifted on purpose (severity 3 of 5): noise 50.0 %, blur 50.0 %." in card
    rows = shifted.table(runs)
    assert [row["way"] for row in rows[:3]] == [shifted.CLEAN, "Noise", "Blur"]
    assert [row["adapted"] for row in rows] == [pytest.approx(each) for each in (0.6, 0.6, 0.6)] + [None] * 3
