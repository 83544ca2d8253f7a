"""What a study of strategies × shifts says: fine-tuning against the linear probe, in and out of distribution; AdaBN.

Rows have the columns strategy, shift, seed, test_accuracy and adapted_accuracy in [0, 1] (`studies.grid.rows`).
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from tl_core.base.wording import in_sentence
from tl_core.studies.findings import Finding, in_points
from tl_core.studies.over_seeds import by_seed, mean

CLEAN = "clean"  # the test images as they are
PROBE = "feature_extraction"  # Kumar et al. 2022 hold fine-tuning against it


def shifts(rows: pd.DataFrame, titles: Mapping[str, str]) -> list[Finding]:
    """Every strategy against the linear probe in and out of distribution, then what AdaBN brings each of them.

    Out of distribution is the mean over the shifts, each counting alike.
    """
    table = by_seed(rows, "shift", "strategy").dropna()
    names = list(dict.fromkeys(table.index.get_level_values(0)))
    away = [shift for shift in table.columns if shift != CLEAN]
    if not away:
        return []
    found = []
    for name in (name for name in names if PROBE in names and name != PROBE):
        gain = (table.loc[name] - table.loc[PROBE]).dropna()
        if len(gain):
            out = mean(gain[away].mean(axis=1))
            inside = f"{in_points(mean(gain[CLEAN]))} in distribution, " if CLEAN in gain else ""
            sentence = f"{titles[name]} against the linear probe: {inside}{in_points(out)} out of it."
            found.append(Finding(f"out_of_distribution.{name}", sentence, *out, "accuracy"))
    return found + _adapted(rows, titles)


def _adapted(rows: pd.DataFrame, titles: Mapping[str, str]) -> list[Finding]:
    """The gain by AdaBN, over all shifts for each strategy, and over all strategies for each shift and for none."""
    rows = rows.dropna(subset=["adapted_accuracy"])
    rows = rows.assign(gain=rows["adapted_accuracy"] - rows["test_accuracy"])
    found = []
    away = rows[rows["shift"] != CLEAN]
    for column, part in (("strategy", away), ("shift", rows)):
        for name in dict.fromkeys(part[column]):
            gain = mean(list(part[part[column] == name].groupby("seed")["gain"].mean()))
            over = "all shifts" if column == "strategy" else "all strategies"
            sentence = f"AdaBN, {in_sentence(titles[name])}, over {over}: {in_points(gain)}."
            found.append(Finding(f"adabn.{name}", sentence, *gain, "accuracy"))
    return found
