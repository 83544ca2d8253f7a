"""What a student expected of a lesson, kept with the experiment that answered it."""

from __future__ import annotations

import sqlalchemy as sa

from tl_core.store import Store, tables
from tl_core.store.tables import Guess


def of(store: Store, experiment_id: str) -> Guess | None:
    """What was expected of this experiment; None: it is not one of a lesson, or is gone."""
    table = tables.guesses
    query = sa.select(table.c.lesson, table.c.guess).where(table.c.experiment_id == experiment_id)
    with store.engine.connect() as connection:
        row = connection.execute(query).first()
    return Guess(*row) if row else None


def lessons(store: Store, owner: str) -> dict[str, str]:
    """experiment → the lesson that the owner ran in it; other experiments are left out."""
    table, experiments = tables.guesses, tables.experiments
    query = (
        sa.select(table.c.experiment_id, table.c.lesson)
        .join(experiments, experiments.c.id == table.c.experiment_id)
        .where(experiments.c.owner == owner)
    )
    with store.engine.connect() as connection:
        return {row.experiment_id: row.lesson for row in connection.execute(query)}


def latest(store: Store, owner: str) -> dict[str, str]:
    """lesson → the owner's newest experiment of it that ended with every run finished."""
    table, experiments, runs = tables.guesses, tables.experiments, tables.runs
    unfinished = sa.select(runs.c.id).where(runs.c.experiment_id == table.c.experiment_id, runs.c.status != "finished")
    query = (
        sa.select(table.c.lesson, table.c.experiment_id)
        .join(experiments, experiments.c.id == table.c.experiment_id)
        .where(experiments.c.owner == owner, ~unfinished.exists())
        .order_by(experiments.c.created_at)
    )
    with store.engine.connect() as connection:
        return {row.lesson: row.experiment_id for row in connection.execute(query)}
