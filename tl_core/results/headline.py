"""How a race stands, in one sentence: who leads, by how many points, on how many images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tl_core.base.events import Answers
from tl_core.base.wording import in_sentence, many, percent, points, signed
from tl_core.results.paired import ALPHA, paired

BASELINE = "from_scratch"


class Standing(NamedTuple):
    """One arm of a race. `accuracies` are validation accuracies in [0, 1] by finished epoch."""

    title: str
    strategy: str
    accuracies: Mapping[int, float]


class Score(NamedTuple):
    """The test result of one arm, in [0, 1], with its 95 % interval, and which images it called right."""

    title: str
    strategy: str
    accuracy: float
    low: float
    high: float
    images: int
    answers: Answers | None = None
    resampled: str = ""  # what its interval draws again where images come in groups


def _leader_and_rival(scores: Sequence[float], strategies: Sequence[str]) -> tuple[int, int]:
    """The best, and whom it is measured against: the from-scratch twin where there is one, else the second."""
    ranking = sorted(range(len(scores)), key=lambda i: -scores[i])
    others = ranking[1:]
    return ranking[0], next((i for i in others if strategies[i] == BASELINE), others[0])


def live(standings: Sequence[Standing], validation_images: int | None = None, over: bool = False) -> str:
    """How a race stands, at the last epoch that every arm which has begun has finished. `over`: it ended early."""
    begun = [s for s in standings if s.accuracies]
    of = f" of {many(validation_images, 'validation image')}" if validation_images else ""
    if not begun:
        return "It ended before an epoch was over." if over else "The first points are on their way."
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
    """Of two arms: is it more than the luck of the test images, and how far apart are they at 95 %?"""

    sure: bool
    interval: str  # "" where the pairs are not known


def _judge(scores: Sequence[Score], first: int, rival: int) -> _Verdict:
    """The leader was chosen among several: the exact test on their pairs is corrected for all it was chosen from."""
    leader, other = scores[first], scores[rival]
    found = paired(leader.answers, other.answers)
    if found is None:
        return _Verdict(leader.low > other.high, "")
    arms = len(scores)
    comparisons = arms - 1 if other.strategy == BASELINE else arms * (arms - 1) // 2
    interval = f"95 % interval of the difference {signed(found.low)} to {signed(found.high)} points{leader.resampled}"
    return _Verdict(found.p * comparisons <= ALPHA, interval)


def lesson(scores: Sequence[Score], labels: str) -> str:
    """What a race with few labels has shown. `labels`: how many every arm had, in words."""
    if len(scores) < 2:
        return final(scores)
    leader, other = _leader_and_rival([s.accuracy for s in scores], [s.strategy for s in scores])
    first, rival = scores[leader], scores[other]
    seen = (
        f"With {labels}, {in_sentence(first.title)} called {percent(first.accuracy)} of "
        f"{many(first.images, 'test image')} right, {in_sentence(rival.title)} {percent(rival.accuracy)}"
    )
    if first.accuracy == rival.accuracy:
        return f"{seen}: a tie."
    judged = _judge(scores, leader, other)
    verdict = "more than the luck of the test images" if judged.sure else "too close to call"
    interval = f" ({judged.interval})" if judged.interval else ""
    return f"{seen}: a lead of {points(first.accuracy - rival.accuracy)}{interval}, {verdict}."


def final(scores: Sequence[Score]) -> str:
    """How a race ended, on the test images, and whether the gap is more than the luck of the draw."""
    if not scores:
        return "No arm has been tested."
    if len(scores) == 1:
        only = scores[0]
        return (
            f"{only.title}: {percent(only.accuracy)} of {many(only.images, 'test image')} "
            f"(95 % interval {percent(only.low)} to {percent(only.high)}{only.resampled})."
        )
    leader, other = _leader_and_rival([s.accuracy for s in scores], [s.strategy for s in scores])
    first, rival = scores[leader], scores[other]
    images, name = many(first.images, "test image"), in_sentence(rival.title)
    if first.accuracy == rival.accuracy:
        return f"{first.title} and {name} tie: {percent(first.accuracy)} of {images}."
    judged = _judge(scores, leader, other)
    interval = f" ({judged.interval})" if judged.interval else ""
    verdict = (
        "More than the luck of the test images; another seed may still say otherwise."
        if judged.sure
        else "Other test images could turn it round: too close to call."
    )
    return (
        f"{first.title} {'beats' if judged.sure else 'is ahead of'} {name} by "
        f"{points(first.accuracy - rival.accuracy)}{interval}: "
        f"{percent(first.accuracy)} against {percent(rival.accuracy)} of {images}. {verdict}"
    )
