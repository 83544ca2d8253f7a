"""Learning-rate schedules as pure functions of progress, so that the page draws what the run does."""
from __future__ import annotations

import math

WARMUP = 0.1  # share of a phase


def factor(schedule: str, progress: float) -> float:
    """The share of the learning rate, in [0, 1], at `progress` in [0, 1] of a phase.

    `cosine`: Loshchilov and Hutter 2017, SGDR, without restarts. `warmup_cosine`: linear over the first tenth
    (Goyal et al. 2017), then cosine. `plateau` and `constant` stay at 1; `Plateau` lowers the former.
    """
    progress = min(max(progress, 0.0), 1.0)
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
