"""How a race stands, in one sentence: who leads, by how many points, on how many images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tl_core.base.wording import in_sentence, many, percent, points

BASELINE = "from_scratch"


class Standing(NamedTuple):
    """One arm of a race. `accuracies` are validation accuracies in [0, 1] by finished epoch."""

    title: str
    strategy: str
    accuracies: Mapping[int, float]


class Score(NamedTuple):
    """The test result of one arm, in [0, 1], with its 95 % interval."""

    title: str
    strategy: str
    accuracy: float
    low: float
    high: float
    images: int


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


def lesson(scores: Sequence[Score], labels: int) -> str:
    """What a race with few labels has shown. `labels`: the labelled images that every arm trained on."""
    if len(scores) < 2:
        return final(scores)
    leader, other = _leader_and_rival([s.accuracy for s in scores], [s.strategy for s in scores])
    first, rival = scores[leader], scores[other]
    seen = (
        f"With {many(labels, 'labelled image')}, {in_sentence(first.title)} called {percent(first.accuracy)} of "
        f"{many(first.images, 'test image')} right, {in_sentence(rival.title)} {percent(rival.accuracy)}"
    )
    if first.accuracy == rival.accuracy:
        return f"{seen}: a tie."
    verdict = (
        "and the 95 % intervals do not touch"
        if first.low > rival.high
        else "but the 95 % intervals overlap: too close to call"
    )
    return f"{seen}: a lead of {points(first.accuracy - rival.accuracy)}, {verdict}."


def final(scores: Sequence[Score]) -> str:
    """How a race ended, on the test images, and whether the gap is more than the luck of the draw."""
    if not scores:
        return "No arm has been tested."
    if len(scores) == 1:
        only = scores[0]
        return (
            f"{only.title}: {percent(only.accuracy)} of {many(only.images, 'test image')} "
            f"(95 % interval {percent(only.low)} to {percent(only.high)})."
        )
    leader, other = _leader_and_rival([s.accuracy for s in scores], [s.strategy for s in scores])
    first, rival = scores[leader], scores[other]
    images, name = many(first.images, "test image"), in_sentence(rival.title)
    if first.accuracy == rival.accuracy:
        return f"{first.title} and {name} tie: {percent(first.accuracy)} of {images}."
    apart = first.low > rival.high
    verdict = (
        "The 95 % intervals do not touch: more than luck."
        if apart
        else "But the 95 % intervals overlap: too close to call."
    )
    return (
        f"{first.title} {'beats' if apart else 'is ahead of'} {name} by {points(first.accuracy - rival.accuracy)}: "
        f"{percent(first.accuracy)} against {percent(rival.accuracy)} of {images}. {verdict}"
    )
