"""How long a run will take here, before it starts: its work over the measured speed, corrected by earlier runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from tl_core import catalog
from tl_core.base.events import Summary
from tl_core.base.spec import RunSpec
from tl_core.catalog import Stage, shifts, strategies
from tl_core.races import labels

SETUP_S = 4.0  # reading pictures and weights, building and compiling: what an empty run takes about
STEP_S = 0.0005  # overhead of one optimiser step: 630 steps on a head took 0.2 to 0.3 s on two cores
ELEMENT = 75.0  # multiply-adds in whose time a layer writes one number: MobileNet 0.75 ran at a quarter of the speed
BACKWARD = 2.0  # a backward pass costs about two forward passes
SHIFT_PASSES = 3  # over the test images for each way of changing them: as it is, to adapt, adapted
EARLIER = 5  # so many earlier runs count at most
FIRST = (1 / 3, 3.0)  # of the guess: one first run took three times as long, many of the evidence table a third

History = Sequence[tuple[RunSpec, Summary]]


class Estimate(NamedTuple):
    """Seconds from the start of a run to its test score, and one sentence on where the figure comes from.

    `low`, `high`: the range that a first run of a backbone falls into; both are `seconds` once such a run was measured.
    """

    seconds: float
    low: float
    high: float
    basis: str


def images(spec: RunSpec) -> tuple[int, int, int]:
    """(training, validation, test) images, as `ml.data.split_ids` draws them."""
    train, validation = zip(*labels.of_classes(spec.data), strict=True)
    return sum(train), sum(validation), sum(labels.test_images(spec.data))


def _cost(stage: Stage) -> float:
    return stage.macs + ELEMENT * sum(math.prod(layer.output_shape) for layer in stage.layers)


def work(spec: RunSpec) -> float:
    """Multiply-adds of a whole run, in forward passes: prefix passes once, the rest in every epoch.

    What a layer writes counts, too: a network of many thin layers waits for memory rather than for arithmetic.
    """
    network = catalog.card(spec.backbone)
    scale = network.scale(spec.image_size)
    macs = {stage.name: _cost(stage) * scale for stage in network.stages}
    train, val, test = images(spec)
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
    return total + test * sum(macs.values()) * (1 + SHIFT_PASSES * len(shifts.kinds(spec.shift)))


def _steps(spec: RunSpec) -> int:
    return math.ceil(images(spec)[0] / spec.batch_size) * spec.epochs


def _predict(spec: RunSpec, macs_per_s: float) -> float:
    return SETUP_S + _steps(spec) * STEP_S + work(spec) / macs_per_s


def estimate(spec: RunSpec, gflops: float | None, history: History = ()) -> Estimate | None:
    """How long `spec` takes on the machine that reached `gflops` (two floating-point operations a multiply-add).

    `gflops` is what one worker gets while all of them work. `history` holds finished runs of this machine, newest
    first; those with the same backbone count before others. What-ifs on cached activations say nothing, nor do runs
    that stopped early: of a run with patience, this is how long it takes at most.
    None when nothing has been measured here yet.
    """
    whole = [(s, r) for s, r in history if not r.prefix_from_cache and not r.early_stopped]
    same = [(s, r) for s, r in whole if s.backbone == spec.backbone][:EARLIER]
    earlier = same or whole[:EARLIER]
    if not gflops and not earlier:
        return None
    speed = (gflops or 10.0) * 1e9 / 2
    predicted = _predict(spec, speed)
    if earlier:
        predicted *= median(result.total_s / _predict(ran, speed) for ran, result in earlier)
    limit = math.inf if spec.seconds is None else spec.seconds + SETUP_S
    seconds, low, high = (min(predicted * factor, limit) for factor in (1.0, *((1.0, 1.0) if same else FIRST)))
    return Estimate(seconds, low, high, _basis(len(same), len(earlier), gflops))


def _basis(same: int, earlier: int, gflops: float | None) -> str:
    if same:
        return f"from {same} earlier run{'s' * (same > 1)} of this backbone on this machine"
    if earlier:
        return f"from {earlier} earlier run{'s' * (earlier > 1)} on this machine, of other backbones"
    return f"from this machine's speed, {gflops:.0f} GFLOP/s per worker: no run was measured here yet"
