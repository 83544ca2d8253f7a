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
Said = dict[str, tuple[str, pd.Series]]  # a finding's name → its sentence, and the difference by seed


def shifts(rows: pd.DataFrame, titles: Mapping[str, str]) -> list[Finding]:
    """Every strategy against the linear probe in and out of distribution, then what AdaBN brings each of them.

    Out of distribution is the mean over the shifts, each counting alike. All differences are judged as one table.
    """
    if not (rows["shift"] != CLEAN).any():
        return []
    return judged(_against_the_probe(rows, titles) | _adapted(rows, titles), rows)


def _against_the_probe(rows: pd.DataFrame, titles: Mapping[str, str]) -> Said:
    table = by_seed(rows, "shift", "strategy").dropna()
    names = list(dict.fromkeys(table.index.get_level_values(0)))
    said: Said = {}
    for name in (name for name in names if PROBE in names and name != PROBE):
        gain, against = table.loc[name] - table.loc[PROBE], f"{titles[name]} against the linear probe"
        if CLEAN in gain:
            said[f"in_distribution.{name}"] = f"{against}, in distribution: {{}}.", gain[CLEAN]
        out = gain.drop(columns=CLEAN, errors="ignore").mean(axis=1)
        said[f"out_of_distribution.{name}"] = f"{against}, out of distribution: {{}}.", out
    return said


def _adapted(rows: pd.DataFrame, titles: Mapping[str, str]) -> Said:
    """The gain by AdaBN: over all shifts for each strategy, and over all strategies for each shift and for none."""
    rows = rows.dropna(subset=["adapted_accuracy"])
    rows = rows.assign(gain=rows["adapted_accuracy"] - rows["test_accuracy"])
    away, said = rows[rows["shift"] != CLEAN], {}
    for column, part, over in (("strategy", away, "all shifts"), ("shift", rows, "all strategies")):
        for name in dict.fromkeys(part[column]):
            gain = part[part[column] == name].groupby("seed")["gain"].mean()
            said[f"adabn.{name}"] = f"AdaBN, {in_sentence(titles[name])}, over {over}: {{}}.", gain
    return said
