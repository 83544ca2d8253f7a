"""The metrics of runs that go on: only what is new is read from the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tl_core.store import Store, tables

if TYPE_CHECKING:
    import pandas as pd


def metrics(store: Store, run_ids: Sequence[str], known: pd.DataFrame | None = None) -> pd.DataFrame:
    """All that `store.metrics` has of these runs. `known`: what it had a while ago.

    A run that resumes takes back rows of its unfinished epoch: when the count does not fit, all is read anew.
    """
    if known is None or known.empty:
        return store.metrics(run_ids)
    import pandas as pd

    fresh = store.metrics(run_ids, int(known["seq"].iloc[-1]))
    whole = pd.concat([known, fresh], ignore_index=True) if len(fresh) else known
    return whole if len(whole) == _count(store, run_ids) else store.metrics(run_ids)


def begun(store: Store, run_ids: Sequence[str]) -> bool:
    """Whether anything was measured in these runs."""
    query = sa.select(tables.metrics.c.seq).where(tables.metrics.c.run_id.in_(list(run_ids))).limit(1)
    with store.engine.connect() as connection:
        return connection.execute(query).first() is not None


def _count(store: Store, run_ids: Sequence[str]) -> int:
    """As `metrics` has just read them, or a few more by now: then one more reading finds those, too."""
    query = sa.select(sa.func.count()).select_from(tables.metrics).where(tables.metrics.c.run_id.in_(list(run_ids)))
    with store.engine.connect() as connection:
        return int(connection.execute(query).scalar_one())
