"""Learning-rate schedules as pure functions of progress, so that the page draws what the run does."""

from __future__ import annotations

import math

WARMUP = 0.1  # share of a phase
DECADES = 5  # over which a range test rises


def factor(schedule: str, progress: float) -> float:
    """The share of the learning rate, in [0, 1], at `progress` in [0, 1] of a phase.

    `cosine`: Loshchilov and Hutter 2017, SGDR, without restarts. `warmup_cosine`: linear over the first tenth
    (Goyal et al. 2017), then cosine. `plateau` and `constant` stay at 1; `Plateau` lowers the former. `range_test`
    rises to 1 over five decades: Smith 2017, Cyclical Learning Rates for Training Neural Networks, section 3.3 (he
    lets it rise linearly; by decades, one run covers every rate that is in question).
    """
    progress = min(max(progress, 0.0), 1.0)
    if schedule == "range_test":
        return float(10 ** (-DECADES * (1 - progress)))
    if schedule == "warmup_cosine" and progress < WARMUP:
        return progress / WARMUP
    if schedule == "warmup_cosine":
        progress = (progress - WARMUP) / (1 - WARMUP)
    if schedule in {"cosine", "warmup_cosine"}:
        return 0.5 * (1 + math.cos(math.pi * progress))
    return 1.0


def on_plateau(losses: list[float], patience: int = 2, shrink: float = 0.5) -> float:
    """The share of the rate after these validation losses: `shrink` for every `patience` epochs without a new best."""
    share, best, waited = 1.0, math.inf, 0
    for loss in losses:
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        if waited == patience:
            share, waited = share * shrink, 0
    return share
