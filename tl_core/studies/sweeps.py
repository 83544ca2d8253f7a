"""A study as it is run: what was measured already, what is under way, what is missing.

A run counts for a study when its spec is the study's, whichever experiment it was started in: that is how a study
that was stopped goes on, and why two studies that share runs train them once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tl_core import catalog
from tl_core.base.events import Summary
from tl_core.base.spec import RunSpec
from tl_core.processes import jobs
from tl_core.store import Experiment, Run, open_store
from tl_core.studies import grid
from tl_core.studies.grid import Point, Study

LOOK_BACK = 300  # a student's experiments, newest first, in which measured runs are looked for


@dataclass(frozen=True)
class Sweep:
    """Where a study stands for one student. `runs`: by `grid.key`, the best known run of each spec."""

    study: Study
    points: list[Point]
    specs: dict[str, RunSpec]
    runs: dict[str, Run] = field(default_factory=dict)

    @property
    def finished(self) -> dict[str, Run]:
        return {key: run for key, run in self.runs.items() if run.status == "finished" and run.summary is not None}

    @property
    def active(self) -> list[Run]:
        return [run for run in self.runs.values() if run.active]

    @property
    def missing(self) -> list[RunSpec]:
        """What is neither measured nor under way: never started, stopped, failed or interrupted."""
        there = self.finished.keys() | {key for key, run in self.runs.items() if run.active}
        return [spec for key, spec in self.specs.items() if key not in there]

    @property
    def failed(self) -> list[Run]:
        return [run for run in self.runs.values() if run.status in ("failed", "interrupted")]

    @property
    def label(self) -> str:
        """Short, and another one for other runs."""
        return hashlib.sha256(" ".join(self.specs).encode()).hexdigest()[:8]

    def rows(self) -> list[dict[str, Any]]:
        """A line for every point that is measured (`grid.rows`)."""
        summaries: dict[str, Summary] = {key: run.summary for key, run in self.finished.items() if run.summary}
        return grid.rows(self.points, summaries)

    def seen(self, runs: Sequence[Run]) -> Sweep:
        """The same sweep after a look at these runs, each in the place of the one with its spec where it is better."""
        known = dict(self.runs)
        for run in runs:
            key = key_of(run)
            if key in self.specs and (key not in known or known[key].id == run.id or _rank(run) < _rank(known[key])):
                known[key] = run
        return Sweep(self.study, self.points, self.specs, known)


def key_of(run: Run) -> str:
    """`grid.key`, of a measured run with the automatic settings that it was measured with."""
    return grid.key(run.spec, run.summary.recipe if run.summary else None)


def looked(found: Sweep) -> Sweep:
    """The sweep after a look at the experiments in which it has active runs."""
    store = open_store()
    experiments = [store.experiment(name) for name in {run.experiment_id for run in found.active}]
    return found.seen([run for experiment in experiments if experiment for run in experiment.runs])


def _rank(run: Run) -> int:
    return 0 if run.status == "finished" else 1 if run.active else 2


def sweep(study: Study, owner: str, only: Experiment | None = None) -> Sweep:
    """Where a study stands for this student; `only`: in this experiment, whosever it is, and in no other.

    Raises SpecError as `Study.points` does.
    """
    points = study.points()
    specs = {grid.key(point.spec): catalog.settled(point.spec) for point in points}
    points = [Point(point.settings, catalog.settled(point.spec)) for point in points]
    specs = {grid.key(spec): spec for spec in specs.values()}
    experiments = [only] if only else open_store().experiments(owner, LOOK_BACK)
    runs = [run for experiment in experiments for run in experiment.runs]
    return Sweep(study, points, specs).seen(runs)


def start(found: Sweep, owner: str, note: str = "") -> str | None:
    """Queue what is missing, as one experiment with this note; its id. None: nothing is missing.

    Looks again first: the click may be the second one, or another tab was quicker. Raises as `jobs.submit` does.
    """
    found = sweep(found.study, owner)
    if not found.missing:
        return None
    return jobs.submit(found.missing, owner, found.study.title, note)


def newest(found: Sweep) -> str | None:
    """The experiment that holds the newest of the sweep's runs: what an address names."""
    runs = sorted(found.runs.values(), key=lambda run: run.created_at)
    return runs[-1].experiment_id if runs else None


def counts(found: Sweep) -> Mapping[str, int]:
    """How many runs are finished, active, missing, and all."""
    return {
        "finished": len(found.finished),
        "active": len(found.active),
        "missing": len(found.missing),
        "all": len(found.specs),
    }
