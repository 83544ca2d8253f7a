"""How far one arm of a race is ahead of another, and which luck that is held against.

With one seed: the luck of the test images, by the pairs of `paired`. With several: the luck of the seed, by the
differences seed by seed, in which the luck of a split counts on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import NamedTuple

from tl_core.base.events import Answers, Summary
from tl_core.base.wording import signed
from tl_core.results.over_seeds import p_value, reach
from tl_core.results.paired import ALPHA, holm, paired

BASELINE = "from_scratch"
Seeds = tuple[int, int]  # of the weights, of the split


class Score(NamedTuple):
    """The test result of one arm, in [0, 1], with its 95 % interval; of several seeds the mean, over seeds.

    `images`: of each test. `answers`: which of them it called right; None with several seeds. `by_seed`: the accuracy
    of each run. `unlearned`: how many runs have learned nothing yet; `chance`: the accuracy
    of guessing, None with several labels per picture. `resampled`:
    what the interval of one seed draws again where images come in groups, in words.
    """

    title: str
    strategy: str
    accuracy: float
    low: float
    high: float
    images: int
    answers: Answers | None = None
    by_seed: Mapping[Seeds, float] = {}
    unlearned: int = 0
    chance: float | None = None
    resampled: str = ""

    @property
    def spread(self) -> float | None:
        """The standard deviation over seeds; None with one."""
        return stdev(self.by_seed.values()) if len(self.by_seed) > 1 else None


class Lead(NamedTuple):
    """A difference of two accuracies in [-1, 1], its 95 % interval, and the p-value of there being none.

    `seeds`: over how many it is; with one, `low`, `high` and `p` are about the test images.
    """

    difference: float
    low: float
    high: float
    p: float
    seeds: int


def lead(first: Score, other: Score) -> Lead | None:
    """How far the first is ahead; None where the two share neither two seeds nor their test images."""
    common = [seeds for seeds in first.by_seed if seeds in other.by_seed]
    if len(common) > 1:
        differences = [first.by_seed[seeds] - other.by_seed[seeds] for seeds in common]
        step = 1 / first.images
        centre, half = fmean(differences), reach(differences, step)
        return Lead(centre, centre - half, centre + half, p_value(differences, step), len(common))
    pair = paired(first.answers, other.answers)
    return Lead(pair.difference, pair.low, pair.high, pair.p, 1) if pair else None


def leads(scores: Sequence[Score], reference: Score) -> list[tuple[Score, Lead, float]]:
    """Every other arm against the reference: (arm, its lead, p-value corrected for how many they are)."""
    found = [(score, one) for score in scores if score is not reference and (one := lead(score, reference))]
    corrected = holm([one.p for _, one in found])
    return [(score, one, p) for (score, one), p in zip(found, corrected, strict=True)]


def against_twin(scores: Sequence[Score]) -> dict[str, str]:
    """title of an arm → its lead over the twin from scratch, the better one of two, in words; {} without a twin."""
    twins = [score for score in scores if score.strategy == BASELINE]
    if not twins:
        return {}
    twin = max(twins, key=lambda score: score.accuracy)
    return {score.title: words(one, p) for score, one, p in leads(scores, twin)}


def words(found: Lead, p: float) -> str:
    """+20.3 (+15.1 to +25.5), more than luck. `p`: corrected."""
    verdict = "more than luck" if p <= ALPHA else "too close to call"
    return f"{signed(found.difference)} ({signed(found.low)} to {signed(found.high)}), {verdict}"


def chance(summary: Summary) -> float | None:
    """The accuracy of always naming the largest class: 1 / classes where all have as many test images.

    None with several labels per picture: no one answer fits more than a few.
    """
    if summary.confusion is None:
        return None
    return max(one.support for one in summary.per_class) / summary.test_images


def learned_nothing(summary: Summary) -> bool:
    """Whether the 95 % interval of the test accuracy does not rise above chance.

    With several labels per picture, whether that of the ROC AUC does not rise above one half: calling every label of a
    picture right is much to ask, and a network that never does may know a lot.
    """
    guessed = chance(summary)
    if guessed is None:
        return summary.roc_auc_low is not None and summary.roc_auc_low <= 0.5
    return summary.test_accuracy_low <= guessed
