"""Runs of two arms, as a student submits them and a worker begins them."""

from __future__ import annotations

import sqlalchemy as sa

from tl_core.base.events import Metric
from tl_core.base.spec import RunSpec, run_spec
from tl_core.store import Experiment, Run, Store, tables

SPECS = [run_spec(), run_spec(strategy="from_scratch")]


def metric(epoch: float, value: float = 0.5) -> Metric:
    return Metric(0, epoch, int(epoch * 7), epoch, int(epoch * 200), "val", "accuracy", value)


def submitted(store: Store, owner: str = "ann", specs: list[RunSpec] = SPECS) -> list[Run]:
    experiment = store.experiment(store.submit(specs, owner))
    assert experiment is not None
    return experiment.runs


def running(store: Store) -> Run:
    claimed = store.claim(submitted(store)[0].id, "tcp://here", 1)
    assert claimed is not None
    return claimed


def rows_of(store: Store, experiment: Experiment) -> list[str]:
    """Everything that the database has of an experiment."""
    ids = {experiment.id, *(run.id for run in experiment.runs)}
    with store.engine.connect() as connection:
        rows = [str(row) for table in tables.metadata.sorted_tables for row in connection.execute(sa.select(table))]
    return sorted(row for row in rows if any(name in row for name in ids))
