"""What is reached without a network on the same examples, in words: what every arm has to beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tl_core.base.wording import percent
from tl_core.results.arm import seeds_of
from tl_core.store import Run


def words(runs: Sequence[Run]) -> str:
    """Two sentences about the bag of words beside these runs, which share their settings but the seed; "": none."""
    found = {seeds_of(run): run.summary.reference for run in runs if run.summary and run.summary.reference}
    if not found:
        return ""
    values = [one.value for one in found.values()]
    one = next(iter(found.values()))
    within = f"{percent(one.low)} to {percent(one.high)}" if len(values) == 1 else f"mean of {len(values)} seeds"
    return (
        f"Without a network, a bag of words calls {percent(float(np.mean(values)))} ({within}) of the same test "
        "sentences right: tf-idf weights and logistic regression, fitted on the same training sentences. That is what "
        "a backbone has to beat."
    )
