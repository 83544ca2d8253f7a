"""Rows of experiments, runs and metrics: where the web process and the workers meet."""

from tl_core.store.database import StoreError
from tl_core.store.queue import ActiveRun, fair_order
from tl_core.store.runs import Store, open_store
from tl_core.store.tables import ClusterState, ClusterWord, Experiment, Guess, Run

__all__ = [
    "ActiveRun",
    "ClusterState",
    "ClusterWord",
    "Experiment",
    "Guess",
    "Run",
    "Store",
    "StoreError",
    "fair_order",
    "open_store",
]
