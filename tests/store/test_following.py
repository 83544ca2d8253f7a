"""Metrics that are followed are the metrics of the store, whatever happens to the runs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.lab import spec
from tl_core.base.events import Metric, Resumed
from tl_core.store import Store, following, open_store


def rows(*epochs: float) -> list[Metric]:
    return [Metric(0, epoch, 1, 1.0, 10, "val", "accuracy", epoch / 10) for epoch in epochs]


@pytest.fixture
def store(home: Path) -> Store:
    return open_store()


def test_only_what_is_new_is_read_until_a_run_takes_rows_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    found = store.experiment(store.submit([spec(), spec(seed=1)], "ann"))
    assert found is not None
    first, second = (run.id for run in found.runs)
    for run_id in (first, second):
        store.claim(run_id, "worker", 1)
        store.record(run_id, 1, rows(1.0, 1.5))
    read: list[int] = []
    plain = store.metrics

    def counted(ids: list[str], after: int = 0) -> pd.DataFrame:
        read.append(after)
        return plain(ids, after)

    monkeypatch.setattr(store, "metrics", counted)
    known = following.metrics(store, [first, second])
    store.record(second, 1, rows(2.0))
    more = following.metrics(store, [first, second], known)
    pd.testing.assert_frame_equal(more, plain([first, second]))
    same = following.metrics(store, [first, second], more)
    assert same is more
    assert read == [0, 4, 5]

    store.record(first, 1, [Resumed(1.0), *rows(1.2)])  # as many rows as before
    again = following.metrics(store, [first, second], same)
    pd.testing.assert_frame_equal(again, plain([first, second]))
    assert read == [0, 4, 5, 5, 0]
