"""What a race will do, said before it starts: parameters, time and problems of every arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tl_core import catalog
from tl_core.base.spec import RunSpec, SpecError
from tl_core.races import params
from tl_core.races.estimate import Estimate, History, estimate
from tl_core.races.params import Params
from tl_core.races.race import Race


@dataclass(frozen=True)
class Preview:
    """One arm before it runs: it does so `seeds` times.

    `estimate`: of one run; None: nothing was measured here yet. `problem`: why it cannot run.
    """

    strategy: str
    title: str
    seeds: int
    params: Params
    estimate: Estimate | None
    problem: str


def preview(race: Race, gflops: float | None = None, history: History = ()) -> list[Preview]:
    """Every arm of a race. `gflops` and `history` as `tl_core.races.estimate` wants them.

    Raises
    ------
    SpecError
        When a setting that all arms share is out of its range.
    """
    first = race.specs()[: len(race.arms)]  # with the first seed
    return [_arm(spec, race.shared.seeds, gflops, history) for spec in first]


def _arm(spec: RunSpec, seeds: int, gflops: float | None, history: History) -> Preview:
    try:
        catalog.check(spec)
        problem = ""
    except SpecError as error:
        problem = str(error)
    return Preview(
        spec.strategy,
        catalog.STRATEGIES[spec.strategy].title,
        seeds,
        params.count(spec),
        None if problem else estimate(spec, gflops, history),
        problem,
    )


def whole(arms: Sequence[Preview], workers: int) -> tuple[float, float] | None:
    """(least, most) seconds until the last run ends; None: not known."""
    rounds = max((arm.seeds for arm in arms), default=0)
    return together([arm.estimate for arm in arms] * rounds, workers)


def together(runs: Sequence[Estimate | None], workers: int) -> tuple[float, float] | None:
    """Likewise of any runs."""
    known = [run for run in runs if run is not None]
    if not known or len(known) < len(runs):
        return None
    return shared_out([run.low for run in known], workers), shared_out([run.high for run in known], workers)


def shared_out(runs: Sequence[float], workers: int) -> float:
    """Seconds until the last run ends, when a free worker always takes the next one."""
    free = [0.0] * max(1, workers)
    for seconds in runs:
        free[free.index(min(free))] += seconds
    return max(free)
