"""How a race stands, in one sentence: who leads, by how many points, on how many images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tl_core.base.wording import in_sentence, many, percent, points, signed
from tl_core.results.lead import BASELINE, Score, lead
from tl_core.results.paired import ALPHA

IMAGES, SEED = "the luck of the test images", "the luck of the seed"


class Standing(NamedTuple):
    """One arm of a race. `accuracies` are validation accuracies in [0, 1] by finished epoch."""

    title: str
    strategy: str
    accuracies: Mapping[int, float]


def _leader_and_rival(scores: Sequence[float], strategies: Sequence[str]) -> tuple[int, int]:
    """The best, and whom it is measured against: the better twin from scratch; where it is one, the best other arm."""
    first, *others = sorted(range(len(scores)), key=lambda i: -scores[i])
    scratch = strategies[first] == BASELINE
    return first, next((i for i in others if (strategies[i] == BASELINE) != scratch), others[0])


def live(
    standings: Sequence[Standing], validation_images: int | None = None, over: bool = False, seeds: int = 1
) -> str:
    """How a race stands, at the last epoch that every arm which has begun has finished.

    `over`: it ended early. `seeds`: of how many the accuracies are means.
    """
    begun = [s for s in standings if s.accuracies]
    of = f" of {many(validation_images, 'validation image')}" if validation_images else ""
    of += f", mean of {seeds} seeds" if seeds > 1 else ""
    if not begun:
        return "It ended before the first epoch was over." if over else "The first points are on their way."
    if len(begun) == 1:
        return _alone(begun[0], of, 1 if over else len(standings))
    common = max(set.intersection(*(set(s.accuracies) for s in begun)), default=None)
    if common is None:
        return "The arms have no epoch in common yet."
    scores = [s.accuracies[common] for s in begun]
    first, rival = _leader_and_rival(scores, [s.strategy for s in begun])
    names = begun[first].title, in_sentence(begun[rival].title)
    after = f"after {many(common, 'epoch')}"
    if scores[first] == scores[rival]:
        return f"{names[0]} and {names[1]} are level {after}: {percent(scores[first])}{of}."
    return (
        f"{names[0]} {'led' if over else 'leads'} {names[1]} by {points(scores[first] - scores[rival])} {after}: "
        f"{percent(scores[first])} against {percent(scores[rival])}{of}."
    )


def _alone(only: Standing, of: str, arms: int) -> str:
    epoch = max(only.accuracies)
    others = " The others have not finished an epoch yet." if arms > 1 else ""
    return f"{only.title}: {percent(only.accuracies[epoch])}{of} after {many(epoch, 'epoch')}.{others}"


class _Verdict(NamedTuple):
    """Of two arms: is it more than luck, and how far apart are they at 95 %?"""

    sure: bool
    interval: str  # "" where neither pairs nor seeds are known
    luck: str  # whose: of the test images, or of the seed
    choice: str  # what it was corrected for


def _judge(scores: Sequence[Score], first: int, rival: int) -> _Verdict:
    """The leader was chosen among several: the p-value of its lead is corrected for all it was chosen from."""
    leader, other = scores[first], scores[rival]
    found, arms = lead(leader, other), len(scores)
    if found is None:
        return _Verdict(leader.low > other.high, "", IMAGES, "")
    comparisons = arms - 1 if other.strategy == BASELINE else arms * (arms - 1) // 2
    what = f"over {found.seeds} seeds" if found.seeds > 1 else "of the difference"
    return _Verdict(
        found.p * comparisons <= ALPHA,
        f" (95 % interval {what} {signed(found.low)} to {signed(found.high)} points{leader.resampled})",
        SEED if found.seeds > 1 else IMAGES,
        f", corrected for the choice among {arms} arms" if comparisons > 1 else "",
    )


def _unlearned(scores: Sequence[Score]) -> str:
    """Which arms are no better than guessing, a sentence each, with a space before it."""
    return "".join(f" {_no_better(score)}" for score in scores if score.unlearned)


def _no_better(score: Score) -> str:
    seeds = len(score.by_seed)
    if score.chance is None:
        often = f" with {score.unlearned} of {seeds} seeds" if seeds > 1 else ""
        return (
            f"{score.title} has learned nothing yet{often}: the 95 % interval of its ROC AUC does not rise above 0.5."
        )
    chance = f"above chance, {percent(score.chance)}"
    if seeds > 1:
        return (
            f"{score.title} has learned nothing yet with {score.unlearned} of {seeds} seeds: there its 95 % interval "
            f"does not rise {chance}."
        )
    return (
        f"{score.title} has learned nothing yet: its 95 % interval, {percent(score.low)} to {percent(score.high)}, "
        f"does not rise {chance}."
    )


def _tested_on(score: Score) -> str:
    return many(score.images, "test image") + (f", mean of {seeds} seeds" if (seeds := len(score.by_seed)) > 1 else "")


def lesson(scores: Sequence[Score], labels: str) -> str:
    """What a race with few labels has shown. `labels`: how many every arm had, in words."""
    if len(scores) < 2:
        return final(scores)
    leader, other = _leader_and_rival([s.accuracy for s in scores], [s.strategy for s in scores])
    first, rival = scores[leader], scores[other]
    seen = (
        f"With {labels}, {in_sentence(first.title)} classified {percent(first.accuracy)} of "
        f"{_tested_on(first)} correctly, {in_sentence(rival.title)} {percent(rival.accuracy)}"
    )
    if first.accuracy == rival.accuracy:
        return f"{seen}: a tie.{_unlearned(scores)}"
    judged = _judge(scores, leader, other)
    verdict = f"more than {judged.luck}" if judged.sure else "too close to call"
    return (
        f"{seen}: a lead of {points(first.accuracy - rival.accuracy)}{judged.interval}, {verdict}.{_unlearned(scores)}"
    )


def final(scores: Sequence[Score]) -> str:
    """How a race ended, on the test images, and whether the gap is more than luck."""
    if not scores:
        return "No arm has been tested."
    if len(scores) == 1:
        only = scores[0]
        return (
            f"{only.title}: {percent(only.accuracy)} of {_tested_on(only)} "
            f"(95 % interval {percent(only.low)} to {percent(only.high)}{only.resampled}).{_unlearned(scores)}"
        )
    leader, other = _leader_and_rival([s.accuracy for s in scores], [s.strategy for s in scores])
    first, rival = scores[leader], scores[other]
    name = in_sentence(rival.title)
    if first.accuracy == rival.accuracy:
        return f"{first.title} and {name} tie: {percent(first.accuracy)} of {_tested_on(first)}.{_unlearned(scores)}"
    judged = _judge(scores, leader, other)
    if not judged.sure:
        verdict = f"Other {'seeds' if judged.luck == SEED else 'test images'} could reverse it: too close to call."
    elif judged.luck == SEED:
        verdict = f"More than {SEED}{judged.choice}."
    else:
        verdict = f"More than {IMAGES}{judged.choice}; another seed may still say otherwise."
    return (
        f"{first.title} {'beats' if judged.sure else 'is ahead of'} {name} by "
        f"{points(first.accuracy - rival.accuracy)}{judged.interval}: "
        f"{percent(first.accuracy)} against {percent(rival.accuracy)} of {_tested_on(first)}. {verdict}"
        f"{_unlearned(scores)}"
    )
