"""What finished runs keep on the disk: how large it is, whether its student wants to keep it, why it is gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from tl_core.base.spec import ENDED, Status
from tl_core.store import Store, database
from tl_core.store.tables import models, runs


class Weights(NamedTuple):
    """The weights of one run. Times are UTC seconds since the epoch."""

    run_id: str
    owner: str
    ended_at: float
    bytes: int
    kept: bool
    gone: str  # why they are no longer there, as a sentence; "": they are


def of(store: Store, run_ids: Sequence[str]) -> dict[str, Weights]:
    """run → its weights; a run whose weights nobody has looked at yet is left out."""
    return {found.run_id: found for found in _select(store, models.c.run_id.in_(list(run_ids)))}


def there(store: Store, owner: str | None = None) -> list[Weights]:
    """The weights on the disk, oldest first: the owner's; None: everybody's."""
    return _select(store, models.c.gone == "", *([] if owner is None else [runs.c.owner == owner]))


def _select(store: Store, *conditions: sa.ColumnElement[bool]) -> list[Weights]:
    columns = (runs.c.id, runs.c.owner, runs.c.finished_at, models.c.bytes, models.c.kept, models.c.gone)
    query = sa.select(*columns).join(models, models.c.run_id == runs.c.id).where(*conditions)
    with store.engine.connect() as connection:
        return [Weights(*row) for row in connection.execute(query.order_by(runs.c.finished_at, runs.c.id))]


def unknown(store: Store) -> list[tuple[str, Status]]:
    """(run, status) of those that have ended and were never looked at."""
    query = sa.select(runs.c.id, runs.c.status).join(models, models.c.run_id == runs.c.id, isouter=True)
    with store.engine.connect() as connection:
        found = connection.execute(query.where(models.c.run_id.is_(None), runs.c.status.in_(ENDED)))
        return [(row.id, row.status) for row in found]


def write(store: Store, run_id: str, **values: object) -> None:
    """Note `bytes`, `kept` or `gone` of a run's weights; what is not given stays, of a new run 0, False and ""."""
    with database.write(store.engine) as connection:
        changed = connection.execute(models.update().where(models.c.run_id == run_id).values(**values))
        if changed.rowcount == 0:
            connection.execute(models.insert().values(**{"run_id": run_id, "bytes": 0, **values}))
