"""What a study of strategies × shifts says: fine-tuning against the linear probe, in and out of distribution; AdaBN.

Rows have the columns strategy, shift, seed, test_accuracy and adapted_accuracy in [0, 1] (`studies.grid.rows`).
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from tl_core.base.wording import in_sentence
from tl_core.studies.findings import Finding, judged
from tl_core.studies.over_seeds import by_seed

CLEAN = "clean"  # the test images as they are
PROBE = "feature_extraction"  # Kumar et al. 2022 hold fine-tuning against it


def shifts(rows: pd.DataFrame, titles: Mapping[str, str]) -> list[Finding]:
    """Every strategy against the linear probe in and out of distribution, then what AdaBN brings each of them.

    Out of distribution is the mean over the shifts, each counting alike. All are judged as one table.
    """
    if (rows["shift"] == CLEAN).all():
        return []
    return judged(_against_the_probe(rows, titles) | _adapted(rows, titles))


def _against_the_probe(rows: pd.DataFrame, titles: Mapping[str, str]) -> dict[str, tuple[str, pd.Series]]:
    table = by_seed(rows, "shift", "strategy").dropna()
    names = list(dict.fromkeys(table.index.get_level_values(0)))
    away = [shift for shift in table.columns if shift != CLEAN]
    said: dict[str, tuple[str, pd.Series]] = {}
    for name in (name for name in names if PROBE in names and name != PROBE):
        gain = (table.loc[name] - table.loc[PROBE]).dropna()
        sentence = f"{titles[name]} against the linear probe, {{}}: {{{{}}}}."
        if CLEAN in gain:
            said[f"in_distribution.{name}"] = sentence.format("in distribution"), gain[CLEAN]
        said[f"out_of_distribution.{name}"] = sentence.format("out of distribution"), gain[away].mean(axis=1)
    return said


def _adapted(rows: pd.DataFrame, titles: Mapping[str, str]) -> dict[str, tuple[str, pd.Series]]:
    """The gain by AdaBN, over all shifts for each strategy, and over all strategies for each shift and for none."""
    rows = rows.dropna(subset=["adapted_accuracy"])
    rows = rows.assign(gain=rows["adapted_accuracy"] - rows["test_accuracy"])
    said = {}
    away = rows[rows["shift"] != CLEAN]
    for column, part in (("strategy", away), ("shift", rows)):
        over = "all shifts" if column == "strategy" else "all strategies"
        for name in dict.fromkeys(part[column]):
            gain = part[part[column] == name].groupby("seed")["gain"].mean()
            said[f"adabn.{name}"] = f"AdaBN, {in_sentence(titles[name])}, over {over}: {{}}.", gain
    return said
