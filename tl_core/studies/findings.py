"""What a study's rows say: numbers with intervals over seeds, and the sentences that state them.

Rows are those of `studies.rows`: a column for each axis, `seed`, `test_accuracy` in [0, 1], `total_s`. Differences
are taken seed by seed, so that the luck of a split counts on both sides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from tl_core.base.wording import in_sentence, many, percent, points, signed
from tl_core.results.over_seeds import Mean, mean
from tl_core.results.paired import ALPHA
from tl_core.studies.over_seeds import Cell, bootstrap, by_seed, labels_needed, overtaken, pareto, table_of

SCRATCH = "from_scratch"
NONE = ", which includes none"


class Finding(NamedTuple):
    """One number that a page states. `low` and `high`: its 95 % interval over seeds; None with a single seed
    or where what is compared was chosen by its scores.

    Infinite: beyond what the grid reaches. `p`: of a difference that is one of a table, corrected for all its cells.
    """

    name: str
    sentence: str
    value: float
    low: float | None
    high: float | None
    unit: str
    p: float | None = None


def labels(rows: pd.DataFrame, titles: Mapping[str, str]) -> list[Finding]:
    """How many labels pretraining is worth, at every number of labels, and where the twin from scratch overtakes.

    First for each arm what it is worth with the fewest labels, and where it ends; then all the rest. All of it holds
    for the budget of the rows, `epochs`: that of from scratch may be too small (He, Girshick and Dollár 2019,
    "Rethinking ImageNet Pre-training").
    """
    table = by_seed(rows, "data.per_class", "strategy").sort_index(axis=1).dropna()
    grid = [float(n) for n in table.columns]
    names = list(dict.fromkeys(table.index.get_level_values(0)))
    if SCRATCH not in names or len(grid) < 2:
        return []
    first, rest, budget = [], [], _budget(rows)
    for name in (name for name in names if name != SCRATCH):
        seeds = table.loc[SCRATCH].index.intersection(table.loc[name].index)
        if seeds.empty:
            continue
        curves = np.stack([table.loc[SCRATCH].loc[seeds], table.loc[name].loc[seeds]], axis=1)  # (seeds, 2, labels)
        worth = []
        for place in range(len(grid)):
            needed = bootstrap(lambda both, i=place: labels_needed(grid, both[0], both[1][i]), curves)  # type: ignore[misc]
            worth.append(_worth(titles[name], name, grid, place, needed, budget))
        crossing = bootstrap(lambda both: overtaken(grid, both[0], both[1]), curves)
        first += [worth[0], _overtaken(titles[name], name, grid, crossing, budget)]
        rest += worth[1:]
    return first + rest


def bridges(found: Sequence[Finding]) -> dict[str, tuple[float, float]]:
    """Arm → (its fewest labels, those that from scratch needs for the same), where both lie within the grid."""
    ends: dict[str, tuple[float, float]] = {}
    for one in found:
        what, _, arm = one.name.partition(".")
        name, _, own = arm.rpartition(".")
        if what == "labels_from_scratch_needs" and name not in ends and math.isfinite(one.value):
            ends[name] = (float(own), one.value)
    return {name: (own, needed) for name, (own, needed) in ends.items() if needed > own}


def _worth(title: str, name: str, grid: Sequence[float], place: int, needed: Mean, budget: str) -> Finding:
    own, most = grid[place], grid[-1]
    start = f"{title} with {_count(own)} labels per class"
    longer = "with longer training, from scratch may need fewer"
    if math.isinf(needed.value):
        sentence = (
            f"{start} is better than from scratch with {_count(most)}, the most that was measured: after {budget}, "
            f"pretraining is worth more than {_count(most - own)} labels per class there; {longer}."
        )
    elif needed.value <= own:
        sentence = f"{start} is no better than from scratch with {_count(needed.value)}: it is worth nothing there."
    else:
        sentence = (
            f"{start} is as good as from scratch with about {_count(needed.value)}{_range(needed, grid)}: after "
            f"{budget}, pretraining is worth about {_count(needed.value - own)} labels per class there; {longer}."
        )
    return Finding(f"labels_from_scratch_needs.{name}.{own:.0f}", sentence, *needed, "labels per class")


def _overtaken(title: str, name: str, grid: Sequence[float], crossing: Mean, budget: str) -> Finding:
    other = in_sentence(title)
    if math.isinf(crossing.value):
        sentence = f"After {budget}, from scratch has not caught up with {other} at {grid[-1]:.0f} labels per class."
    elif crossing.value <= grid[0]:
        sentence = f"After {budget}, from scratch is level with {other}, or ahead, from {grid[0]:.0f} labels per class."
    else:
        sentence = (
            f"After {budget}, from scratch catches up with {other} at about {_count(crossing.value)} labels per class"
            f"{_range(crossing, grid)}; with longer training, it may do so with fewer."
        )
    return Finding(f"crossover.{name}", sentence, *crossing, "labels per class")


def _budget(rows: pd.DataFrame) -> str:
    """10 epochs; 6 to 24 epochs."""
    least, most = int(rows["epochs"].min()), int(rows["epochs"].max())
    return many(most, "epoch") if least == most else f"{least} to {many(most, 'epoch')}"


def _range(found: Mean, grid: Sequence[float]) -> str:
    if found.low is None or found.high is None:
        return ""
    high = f"more than {_count(grid[-1])}" if math.isinf(found.high) else _count(found.high)
    return f" ({_count(found.low)} to {high} over resampled seeds)"


def _count(labels: float) -> str:
    """3.4, 23: labels, to a tenth where that is more than a few per cent."""
    return f"{labels:.1f}".removesuffix(".0") if labels < 10 else f"{labels:.0f}"


def in_points(cell: Cell, cells: int) -> str:
    """+12.3 points (95 % interval +10.0 to +14.6), and whether that is luck among so many `cells`."""
    difference = cell.mean
    text = f"{signed(difference.value)} points"
    if difference.low is None or difference.high is None:
        return f"{text} (one seed: no interval)"
    doubt = "" if cell.sure else f", too close to call among {cells} comparisons" if difference.sure else NONE
    return f"{text} (95 % interval {signed(difference.low)} to {signed(difference.high)}{doubt})"


def judged(said: Mapping[str, tuple[str, pd.Series]], rows: pd.DataFrame) -> list[Finding]:
    """Differences by seed, all of one table, by their names, each with the sentence that is to state it.

    `rows`: what they were taken from, with test_images.
    """
    there = {name: list(each) for name, (_, series) in said.items() if len(each := series.dropna())}
    return [
        Finding(name, said[name][0].format(in_points(cell, len(there))), *cell.mean, "accuracy", cell.p)
        for name, cell in table_of(there, step=1 / rows["test_images"].min()).items()
    ]


def freeze_depth(rows: pd.DataFrame, titles: Mapping[str, str]) -> list[Finding]:
    """What freezing costs at the deepest cut, and every form at every cut against the network that keeps nothing."""
    table = by_seed(rows, "cut", "form").sort_index(axis=1)
    said, forms = {}, list(dict.fromkeys(table.index.get_level_values(0)))
    cuts: list[int] = [int(cut) for cut in table.columns]
    for form in forms:
        for cut in (cut for cut in cuts if cut and 0 in cuts):
            stages = f"the lowest {cut} stages" if cut > 1 else "the lowest stage"
            sentence = f"{titles[form]}, {stages} kept: {{}} against keeping nothing."
            said[f"gain.{form}.{cut}"] = sentence, table.loc[form][cut] - table.loc[form][0]
    for frozen in (form for form in forms if f"{form}+" in forms and cuts[-1]):
        sentence = f"Freezing the lowest {cuts[-1]} stages instead of fine-tuning them ({frozen}): {{}}."
        costs = table.loc[frozen][cuts[-1]] - table.loc[f"{frozen}+"][cuts[-1]]
        said[f"frozen_minus_fine_tuned.{frozen}"] = sentence, costs
    deepest = f".{cuts[-1]}" if cuts else ""
    first = [name for name in said if name.endswith(f"B+{deepest}") or name.startswith("frozen_minus")]
    controls = next((form for form in forms if form.startswith("BnB")), None)
    base = [_base(mean(table.loc[controls][0].dropna().tolist()))] if controls and 0 in cuts else []
    return base + sorted(judged(said, rows), key=lambda one: one.name not in first)


def _base(score: Mean) -> Finding:
    within = ""
    if score.low is not None and score.high is not None:
        within = f" (95 % interval {percent(max(score.low, 0))} to {percent(min(score.high, 1))})"
    sentence = (
        f"The base network, whose stages the controls keep, classifies {percent(score.value)}{within} of the test "
        "images correctly. If that were no better than guessing, the controls could show nothing."
    )
    return Finding("base", sentence, *score, "accuracy")


def sources(rows: pd.DataFrame, titles: Mapping[str, str]) -> list[Finding]:
    """What each source is worth on each target, against random weights.

    A loss is called negative transfer where it is more than the luck of the seeds among all cells of the matrix.
    """
    table = by_seed(rows, "data.dataset", "source")
    names = list(dict.fromkeys(table.index.get_level_values(0)))
    if SCRATCH not in names:
        return []
    said = {
        f"lead.{source}.{target}": (
            f"{titles[source]} → {titles[target]}: {{}} against from scratch.",
            table.loc[source][target] - table.loc[SCRATCH][target],
        )
        for target in table.columns
        for source in names
        if source != SCRATCH
    }
    return [_named(one) for one in judged(said, rows)]


def _named(lead: Finding) -> Finding:
    lost = lead.value < 0 and lead.p is not None and lead.p <= ALPHA
    return lead._replace(sentence=f"Negative transfer: {lead.sentence}") if lost else lead


def best(axis: str, words: str, unit: str) -> Callable[[pd.DataFrame, Mapping[str, str]], list[Finding]]:
    """A function that says at which value of a numeric axis each series is best, and by how much over its worst.

    `words`: how a value is said, such as "{:d} pixels".
    """

    def findings(rows: pd.DataFrame, titles: Mapping[str, str]) -> list[Finding]:
        table = by_seed(rows, axis, "strategy").sort_index(axis=1).dropna()
        return [
            finding
            for name in dict.fromkeys(table.index.get_level_values(0))
            for finding in _best(table.loc[name], name, titles[name], words, unit)
        ]

    return findings


def _best(table: pd.DataFrame, name: str, title: str, words: str, unit: str) -> list[Finding]:
    """`table`: seed × axis → accuracy."""
    grid, scores = list(table.columns), table.to_numpy(float)  # (seeds, grid)
    centre = scores.mean(axis=0)
    first, last = int(centre.argmax()), int(centre.argmin())
    if first == last:
        return []
    top, low = grid[first], grid[last]
    gains = scores[:, first] - scores[:, last]
    edge = " It is the edge of the grid: the best may lie beyond." if first in (0, len(grid) - 1) else ""
    score = percent(float(centre[first]))
    sentence = f"{title} is best at {words.format(top)}: {score}. Against {words.format(low)}: {_by_seed(gains)}.{edge}"
    return [
        Finding(f"best.{name}", sentence, float(top), None, None, unit),
        Finding(f"best_minus_worst.{name}", "", float(gains.mean()), None, None, "accuracy"),
    ]


def _by_seed(gains: np.ndarray) -> str:
    """+12.3 points (+11.0 to +13.9, by seed). These two were chosen by what they scored: an interval would flatter."""
    if len(gains) == 1:
        return f"{signed(gains[0])} points (one seed)"
    return f"{signed(gains.mean())} points ({signed(gains.min())} to {signed(gains.max())}, by seed)"


def frontier(rows: pd.DataFrame) -> pd.DataFrame:
    """One row for each backbone and strategy: mean seconds and accuracy, their lowest and highest, `best` if Pareto."""
    table = rows.groupby(["backbone", "strategy"], sort=False, as_index=False).agg(
        seconds=("total_s", "mean"),
        accuracy=("test_accuracy", "mean"),
        low=("test_accuracy", "min"),
        high=("test_accuracy", "max"),
        seeds=("seed", "nunique"),
    )
    return table.assign(best=pareto(list(table["seconds"]), list(table["accuracy"])))


def backbones(rows: pd.DataFrame, titles: Mapping[str, str]) -> list[Finding]:
    """The frontier of accuracy over seconds, quickest first."""
    found = []
    for row in frontier(rows).sort_values("seconds").itertuples():
        own = rows[(rows["backbone"] == row.backbone) & (rows["strategy"] == row.strategy)]
        score = mean(list(own["test_accuracy"]))
        within = "" if score.low is None or score.high is None else f" (± {points((score.high - score.low) / 2)})"
        verdict = "on the frontier" if row.best else "another is at least as quick and as accurate"
        what = f"{titles[str(row.backbone)]}, {in_sentence(titles[str(row.strategy)])}"
        sentence = f"{what}: {percent(score.value)}{within} after {row.seconds:.1f} s per run: {verdict}."
        found.append(Finding(f"accuracy.{row.backbone}.{row.strategy}", sentence, *score, "accuracy"))
        found.append(Finding(f"seconds.{row.backbone}.{row.strategy}", "", float(row.seconds), None, None, "s"))  # type: ignore[arg-type]
    return found
