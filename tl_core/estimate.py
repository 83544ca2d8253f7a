"""How long a run will take here, before it starts: multiply-adds over the measured speed, corrected by earlier runs."""
from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from tl_core import catalog, strategies
from tl_core.events import Summary
from tl_core.spec import RunSpec
from tl_core.subsets import counts

SETUP_S = 4.0  # reading pictures and weights, building and compiling: what an empty run takes about
STEP_S = 0.0005  # overhead of one optimiser step: 630 steps on a head took 0.2 to 0.3 s on two cores
BACKWARD = 2.0  # a backward pass costs about two forward passes
EARLIER = 5  # so many earlier runs count at most

History = Sequence[tuple[RunSpec, Summary]]


class Estimate(NamedTuple):
    """Seconds from the start of a run to its test score, and one sentence on where the figure comes from."""

    seconds: float
    basis: str


def _counts(spec: RunSpec) -> tuple[int, int, int]:
    """(training, validation, test) images."""
    entry, data = catalog.dataset(spec.data.dataset), spec.data
    test = sum(entry.tests_of(data.classes))
    each = [counts(pool, data.per_class, data.validation_share) for pool in entry.pools_of(data.classes)]
    return sum(train for train, _ in each), sum(val for _, val in each), min(test, data.test_images or test)


def work(spec: RunSpec) -> float:
    """Forward-pass-equivalent multiply-adds of a whole run: prefix passes once, the rest in every epoch."""
    network = catalog.card(spec.backbone)
    scale = (spec.image_size / network.image_size) ** 2
    macs = {stage.name: stage.macs * scale for stage in network.stages}
    train, val, test = _counts(spec)
    total, known = 0.0, -1.0
    for phase in strategies.phases(spec, network.stage_names):
        names = list(network.stage_names)
        first = min((names.index(name) for name in phase.train), default=len(names))
        prefix = sum(macs[name] for name in names[:first])
        rest = sum(macs[name] for name in names[first:])
        passes = phase.epochs if spec.augmentation != "none" else 0 if prefix == known else 1
        total += passes * prefix * (train + val)
        total += phase.epochs * rest * (train * (1 + BACKWARD) + val)
        known = prefix
    return total + test * sum(macs.values())


def _steps(spec: RunSpec) -> int:
    return math.ceil(_counts(spec)[0] / spec.batch_size) * spec.epochs


def _predict(spec: RunSpec, macs_per_s: float) -> float:
    return SETUP_S + _steps(spec) * STEP_S + work(spec) / macs_per_s


def estimate(spec: RunSpec, gflops: float | None, history: History = ()) -> Estimate | None:
    """How long `spec` takes on the machine that reached `gflops` (two floating-point operations a multiply-add).

    `history` holds finished runs of this machine, newest first; those with the same backbone count before others.
    None when nothing has been measured here yet.
    """
    same = [(s, r) for s, r in history if s.backbone == spec.backbone][:EARLIER]
    earlier = same or list(history)[:EARLIER]
    if not gflops and not earlier:
        return None
    speed = (gflops or 10.0) * 1e9 / 2
    predicted = _predict(spec, speed)
    if earlier:
        predicted *= median(result.total_s / _predict(ran, speed) for ran, result in earlier)
    if spec.seconds is not None:
        predicted = min(predicted, spec.seconds + SETUP_S)
    return Estimate(predicted, _basis(len(same), len(earlier), gflops))


def _basis(same: int, earlier: int, gflops: float | None) -> str:
    if same:
        return f"from {same} earlier run{'s' * (same > 1)} of this backbone on this machine"
    if earlier:
        return f"from {earlier} earlier run{'s' * (earlier > 1)} on this machine, of other backbones"
    return f"from this machine's measured speed of {gflops:.0f} GFLOP/s"
