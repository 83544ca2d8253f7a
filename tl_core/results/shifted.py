"""What test images changed on purpose did to the arms of a race, in rows and in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any, NamedTuple

from tl_core.base import clusters
from tl_core.base.events import Accuracy, ShiftScore, Summary
from tl_core.base.wording import in_sentence, percent, signed
from tl_core.catalog.shifts import SHIFTS
from tl_core.results.arm import Arm, arms, seeds_of
from tl_core.results.lead import Seeds
from tl_core.results.over_seeds import Mean, mean

if TYPE_CHECKING:
    from tl_core.store.tables import Run

CLEAN = "As they are"
Triple = tuple[float, float, float]  # an accuracy and its interval
REFERENCE = "feature_extraction"  # a linear probe, which Kumar et al. 2022 hold fine-tuning against


class Difference(NamedTuple):
    """A mean difference of accuracies in [-1, 1] and its 95 % interval over the test images."""

    value: float
    low: float
    high: float


def table(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """A row for each arm that was tested on changed images and each way of changing them, no change first.

    Columns as `tl_core.figures.shifts` takes them, and `title` of the arm. Of several seeds the means, over seeds.
    """
    rows = []
    for arm, found in tested_arms(runs):
        named: dict[str, Any] = {"run_id": arm.id, "title": arm.title}
        clean = [(one.test_accuracy, one.test_accuracy_low, one.test_accuracy_high) for one in found]
        rows.append(named | {"way": CLEAN} | _over_seeds(clean, [one.adapted for one in found]))
        for way in zip(*(one.shifted for one in found), strict=True):
            plain = [(score.plain.value, score.plain.low, score.plain.high) for score in way]
            title = SHIFTS[way[0].kind].title
            rows.append(named | {"way": title} | _over_seeds(plain, [score.adapted for score in way]))
    return rows


def _over_seeds(each: Sequence[Triple], adapted: Sequence[Accuracy | None]) -> dict[str, float | None]:
    value, low, high = each[0]
    if len(each) > 1:
        value, (low, high) = fmean(one[0] for one in each), _within(mean([one[0] for one in each]))
    remedies = [one.value for one in adapted if one]
    return {"plain": value, "low": low, "high": high, "adapted": fmean(remedies) if remedies else None}


def _within(found: Mean) -> tuple[float, float]:
    return max(0.0, found.low or 0.0), min(1.0, 1.0 if found.high is None else found.high)


def tested_arms(runs: Sequence[Run]) -> list[tuple[Arm, list[Summary]]]:
    """The arms with runs that were tested on changed images, and what these measured, by seed."""
    of_runs = {run.id: summary for run, summary in tested(runs)}
    found = [arm._replace(runs=[run for run in arm.runs if run.id in of_runs]) for arm in arms(runs)]
    return [(arm, [of_runs[run.id] for run in arm.runs]) for arm in found if arm.runs]


def tested(runs: Sequence[Run]) -> list[tuple[Run, Summary]]:
    """The runs that were tested on changed images."""
    return [(run, run.summary) for run in runs if run.summary is not None and run.summary.shifted]


def mean_accuracy(scores: Sequence[ShiftScore], adapted: bool = False) -> float:
    """Over the ways of changing the images, each counting alike; as the network is where nothing can be adapted."""
    return sum(_of(score, adapted).value for score in scores) / len(scores)


def difference(
    first: Sequence[ShiftScore], second: Sequence[ShiftScore], first_adapted: bool = False
) -> Difference | None:
    """How far the first is ahead over the same ways of changing the same images; None where they are not the same.

    An image's share of ways in which it was called right is one number: images are independent, its changed copies are
    not. The interval is normal, over images; where they come in groups, that of the bootstrap over groups.
    """
    import numpy as np

    pairs = [(_of(a, first_adapted).answers, b.plain.answers) for a, b in zip(first, second, strict=False)]
    if [a.kind for a in first] != [b.kind for b in second] or any(a.images != b.images for a, b in pairs):
        return None
    each = np.mean([a.right().astype(float) - b.right() for a, b in pairs], axis=0)  # (images,)
    centre, reach = float(each.mean()), 1.959964 * float(each.std(ddof=1)) / math.sqrt(len(each))
    alone, groups = (centre - reach, centre + reach), pairs[0][0].group_numbers()
    return Difference(centre, *(alone if groups is None else clusters.widened(alone, each, groups)))


def _of(score: ShiftScore, adapted: bool) -> Accuracy:
    return score.adapted if adapted and score.adapted else score.plain


def sentences(runs: Sequence[Run]) -> list[str]:
    """What each arm keeps out of distribution, how it stands against the linear probe there, what AdaBN brings."""
    found = tested_arms(runs)
    probe = next((_by_seed(arm, own) for arm, own in found if arm.strategy == REFERENCE), {})
    said = []
    for arm, own in found:
        ways = [SHIFTS[score.kind].title for score in own[0].shifted]
        where = f"on average over {len(ways)} shifts" if len(ways) > 1 else f"with the shift “{in_sentence(ways[0])}”"
        inside, out = (fmean(one.test_accuracy for one in own), fmean(mean_accuracy(one.shifted) for one in own))
        text = f"**{arm.title}**: {percent(inside)} in distribution, {percent(out)} {where}"
        if arm.strategy != REFERENCE:
            mine = _by_seed(arm, own)
            text += _against([(mine[seeds], probe[seeds]) for seeds in mine if seeds in probe])
        said.append(f"{text}.{_remedy(own)}")
    return said


def _by_seed(arm: Arm, found: Sequence[Summary]) -> dict[Seeds, Summary]:
    return {seeds_of(run): summary for run, summary in zip(arm.runs, found, strict=True)}


def _against(pairs: Sequence[tuple[Summary, Summary]]) -> str:
    out = _mean_difference([(mine.shifted, probe.shifted) for mine, probe in pairs])
    if out is None:
        return ""
    inside = signed(fmean(mine.test_accuracy - probe.test_accuracy for mine, probe in pairs))
    return f"; against feature extraction {inside} points in distribution, {_in_points(out)} out of it"


def _remedy(found: Sequence[Summary]) -> str:
    if any(score.adapted is None for one in found for score in one.shifted):
        return ""
    gain = _mean_difference([(one.shifted, one.shifted) for one in found], first_adapted=True)
    inside = [one.adapted.value - one.test_accuracy for one in found if one.adapted]
    clean = f", {signed(fmean(inside))} in distribution" if inside else ""
    return f" Statistics re-estimated (AdaBN): {_in_points(gain)} there{clean}." if gain else ""


def _mean_difference(
    pairs: Sequence[tuple[Sequence[ShiftScore], Sequence[ShiftScore]]], first_adapted: bool = False
) -> Difference | Mean | None:
    """With one seed its difference over the images, with several their mean over the seeds."""
    found = [one for mine, other in pairs if (one := difference(mine, other, first_adapted))]
    return mean([one.value for one in found]) if len(found) > 1 else next(iter(found), None)


def _in_points(found: Difference | Mean) -> str:
    interval = "" if found.low is None or found.high is None else f" ({signed(found.low)} to {signed(found.high)})"
    return f"{signed(found.value)} points{interval}"
