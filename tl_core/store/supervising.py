"""What only a supervisor writes into the store: who takes charge of a run, how the cluster is."""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa

from tl_core.base.spec import Status
from tl_core.store import database, tables
from tl_core.store.queue import ActiveRun
from tl_core.store.runs import Store
from tl_core.store.tables import ACTIVE, ClusterWord, Run

_runs = tables.runs


def adopt(store: Store, former: str, supervisor: str) -> int:
    """Take charge of the queued runs of a supervisor that is gone, or ("") of nobody's; how many these were.

    One statement: a class's queue of hundreds holds up nobody who writes.
    """
    with database.write(store.engine) as connection:
        found = connection.execute(
            _runs.update()
            .where(_runs.c.status == "queued", _runs.c.supervisor == former)
            .values(supervisor=supervisor, heartbeat_at=time.time())
        )
    store.queue.forget()
    return found.rowcount


def take_over(
    store: Store, run: Run | ActiveRun, status: Status, reason: str = "", supervisor: str = "", lost: str = ""
) -> bool:
    """End the present attempt of a run whose worker is gone: `queued` to go on, else how it ended.

    `lost`: what became of the worker, where that counts against the run (see `losses`). False when the run has shown
    life, or another supervisor was quicker; nothing is written then.
    """
    now = time.time()
    values: dict[str, Any] = {} if status in ACTIVE else {"finished_at": now}
    values |= {"status": status, "reason": reason, "attempt": run.attempt + (status == "queued"), "heartbeat_at": now}
    values |= {"worker": "", "supervisor": supervisor, "images_per_s": None}
    as_seen = (_runs.c.status == run.status, _runs.c.heartbeat_at == run.heartbeat_at)
    with database.write(store.engine) as connection:
        changed = tables.update_run(connection, run.id, run.attempt, *as_seen, **values)
        if changed and lost:
            row = {"run_id": run.id, "attempt": run.attempt, "epoch": _finished_epoch(connection, run.id), "what": lost}
            connection.execute(tables.losses.insert().values(row))
    store.queue.forget()
    return changed


def losses(store: Store, run_id: str) -> list[str]:
    """What became of the workers that this run has lost since its last finished epoch, earliest first."""
    table = tables.losses
    with store.engine.connect() as connection:
        here = (table.c.run_id == run_id, table.c.epoch == _finished_epoch(connection, run_id))
        return list(connection.execute(sa.select(table.c.what).where(*here).order_by(table.c.attempt)).scalars())


def _finished_epoch(connection: sa.Connection, run_id: str) -> int:
    furthest = sa.select(sa.func.max(tables.metrics.c.epoch)).where(tables.metrics.c.run_id == run_id)
    return int(connection.execute(furthest).scalar() or 0)


def set_cluster(
    store: Store,
    supervisor: str,
    state: ClusterWord,
    message: str,
    workers: int = 0,
    machine: dict[str, Any] | None = None,
) -> None:
    """Say how the cluster of one supervisor is. `machine` None leaves what was measured."""
    table, now = tables.cluster, time.time()
    values: dict[str, Any] = {"state": state, "message": message, "workers": workers, "heartbeat_at": now}
    if machine is not None:
        values["machine"] = machine
    with database.write(store.engine) as connection:
        changed = connection.execute(table.update().where(table.c.id == supervisor).values(**values))
        if changed.rowcount == 0:
            connection.execute(table.insert().values(**{"id": supervisor, "machine": {}, **values}))
            connection.execute(table.delete().where(table.c.heartbeat_at < now - 86400))
