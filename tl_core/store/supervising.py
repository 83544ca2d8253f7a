"""What only a supervisor writes into the store: who takes charge of a run, how the cluster is."""

from __future__ import annotations

import time
from typing import Any

from tl_core.base.spec import Status
from tl_core.store import database, tables
from tl_core.store.runs import Store
from tl_core.store.tables import ACTIVE, ClusterWord, Run

_runs = tables.runs


def adopt(store: Store, run: Run, supervisor: str) -> bool:
    """Take charge of a queued run that nobody looks after, or whose supervisor is gone."""
    return store.update(
        run.id,
        run.attempt,
        _runs.c.status == "queued",
        _runs.c.supervisor == run.supervisor,
        _runs.c.heartbeat_at == run.heartbeat_at,
        supervisor=supervisor,
        heartbeat_at=time.time(),
    )


def take_over(store: Store, run: Run, status: Status, reason: str = "", supervisor: str = "") -> bool:
    """End the present attempt of a run whose worker is gone: `queued` to go on, else how it ended.

    False when the run has shown life, or another supervisor was quicker.
    """
    now = time.time()
    ended = {} if status in ACTIVE else {"finished_at": now}
    return store.update(
        run.id,
        run.attempt,
        _runs.c.status == run.status,
        _runs.c.heartbeat_at == run.heartbeat_at,
        status=status,
        reason=reason,
        attempt=run.attempt + (status == "queued"),
        heartbeat_at=now,
        worker="",
        supervisor=supervisor,
        images_per_s=None,
        **ended,
    )


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
