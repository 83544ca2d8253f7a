"""What test images changed on purpose did to the arms of a race, in rows and in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tl_core.base import clusters
from tl_core.base.events import Accuracy, ShiftScore, Summary
from tl_core.base.wording import in_sentence, percent, signed
from tl_core.catalog.shifts import SHIFTS
from tl_core.results.arm import arm_titles

if TYPE_CHECKING:
    from tl_core.store.tables import Run

CLEAN = "As they are"
REFERENCE = "feature_extraction"  # a linear probe, which Kumar et al. 2022 hold fine-tuning against


class Difference(NamedTuple):
    """A mean difference of accuracies in [-1, 1] and its 95 % interval over the test images."""

    value: float
    low: float
    high: float


def table(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """A row for each arm that was tested on changed images and each way of changing them, no change first.

    Columns as `tl_core.figures.shifts` takes them, and `title` of the arm.
    """
    titles, rows = arm_titles(runs), []
    for run, summary in tested(runs):
        arm: dict[str, Any] = {"run_id": run.id, "title": titles[run.id]}
        clean = (summary.test_accuracy, summary.test_accuracy_low, summary.test_accuracy_high)
        remedy = summary.adapted.value if summary.adapted else None
        rows.append(arm | {"way": CLEAN, **dict(zip(("plain", "low", "high"), clean, strict=True)), "adapted": remedy})
        for score in summary.shifted:
            plain, adapted = score.plain, score.adapted.value if score.adapted else None
            numbers = {"plain": plain.value, "low": plain.low, "high": plain.high, "adapted": adapted}
            rows.append(arm | {"way": SHIFTS[score.kind].title, **numbers})
    return rows


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
    found, titles = tested(runs), arm_titles(runs)
    probe = next(((run, summary) for run, summary in found if run.strategy == REFERENCE), None)
    said = []
    for run, summary in found:
        ways = [SHIFTS[score.kind].title for score in summary.shifted]
        where = f"on average over {len(ways)} shifts" if len(ways) > 1 else f"with the shift “{in_sentence(ways[0])}”"
        text = (
            f"**{titles[run.id]}**: {percent(summary.test_accuracy)} in distribution, "
            f"{percent(mean_accuracy(summary.shifted))} {where}"
        )
        if probe is not None and run.id != probe[0].id:
            text += _against(summary, probe[1])
        said.append(f"{text}.{_remedy(summary)}")
    return said


def _against(summary: Summary, probe: Summary) -> str:
    out = difference(summary.shifted, probe.shifted)
    if out is None:
        return ""
    inside = signed(summary.test_accuracy - probe.test_accuracy)
    return f"; against feature extraction {inside} points in distribution, {_in_points(out)} out of it"


def _remedy(summary: Summary) -> str:
    if any(score.adapted is None for score in summary.shifted):
        return ""
    gain = difference(summary.shifted, summary.shifted, first_adapted=True)
    clean = f", {signed(summary.adapted.value - summary.test_accuracy)} in distribution" if summary.adapted else ""
    return f" Statistics re-estimated (AdaBN): {_in_points(gain)} there{clean}." if gain else ""


def _in_points(found: Difference) -> str:
    return f"{signed(found.value)} points ({signed(found.low)} to {signed(found.high)})"
