from __future__ import annotations

import time
from collections import Counter
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.store.samples import SPECS, submitted
from tl_core.base.settings import settings
from tl_core.store import Store, StoreError, database, fair_order, queue, tables


def test_the_queue_is_fair(store: Store) -> None:
    ann = submitted(store, "ann", [SPECS[0]] * 3)
    bob = submitted(store, "bob", [SPECS[0]] * 2)
    order = fair_order(store.active())
    assert [run.id for run in order] == [ann[0].id, bob[0].id, ann[1].id, bob[1].id, ann[2].id]
    assert [store.queue_places()[run.id] for run in ann] == [1, 3, 5]
    store.claim(ann[0].id, "tcp://here", 1)
    assert ann[0].id not in store.queue_places()
    assert [store.queue_places()[run.id] for run in bob] == [1, 3]
    assert store.queue().under_way == {"ann": 3, "bob": 2}
    assert fair_order([]) == []


class Waiting(NamedTuple):
    owner: str
    status: str

    @property
    def queued_as(self) -> str:
        """Ann and bob are newcomers from one school."""
        return "school" if self.owner in ("ann", "bob") else self.owner


@given(
    st.lists(
        st.builds(Waiting, st.sampled_from(["ann", "bob", "cem", "dee"]), st.sampled_from(["queued", "running"])),
        max_size=30,
    )
)
def test_whoever_has_the_fewest_runs_in_flight_is_next(active: list[Waiting]) -> None:
    in_flight = Counter(name for run in active if run.status == "running" for name in {run.owner, run.queued_as})
    waiting = [run for run in active if run.status == "queued"]
    for run in fair_order(active):
        assert in_flight[run.queued_as] == min(in_flight[other.queued_as] for other in waiting)
        beside = [other.owner for other in waiting if other.queued_as == run.queued_as]
        assert in_flight[run.owner] == min(in_flight[owner] for owner in beside)
        for name in {run.owner, run.queued_as}:
            in_flight[name] += 1
        waiting.remove(run)
    assert not waiting


def test_newcomers_from_one_address_have_one_place_until_they_have_been_here_for_an_hour(store: Store) -> None:
    for cookie in ("first", "second", "third"):
        store.submit([SPECS[0]], cookie, newcomer="one address")
    submitted(store, "ann", SPECS)
    assert [run.owner for run in fair_order(store.active())] == ["first", "ann", "second", "ann", "third"]
    with database.write(store.engine) as connection:
        connection.execute(tables.experiments.update().values(created_at=time.time() - tables.NEWCOMER_S - 1))
    store.submit([SPECS[0]], "third", newcomer="one address")
    assert [run.queued_as for run in store.active()] == [*["one address"] * 3, "ann", "ann", "third"]


def test_many_looks_are_one_reading_until_something_changes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "SHARED_S", 1000.0)
    (run,) = submitted(store, specs=SPECS[:1])
    asked: list[str] = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
    assert all(store.queue_places() == {run.id: 1} for _ in range(100))
    assert len([query for query in asked if "SELECT" in query]) == 1
    store.request_stop([run.id], "ann")
    assert store.queue_places() == {}


def test_a_student_and_the_class_have_limits(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TL_QUEUED_EACH", "3")
    monkeypatch.setenv("TL_QUEUED", "5")
    settings.cache_clear()
    first = submitted(store, "ann")
    with pytest.raises(StoreError, match=r"2 runs under way, and 2 more would pass the limit of 3"):
        submitted(store, "ann")
    store.join(first[0].experiment_id, SPECS[:1], "ann")
    with pytest.raises(StoreError, match="limit of 3"):
        store.join(first[0].experiment_id, SPECS[:1], "ann")
    submitted(store, "bob")
    with pytest.raises(StoreError, match=r"whole class has 5 runs under way, and 2 more would pass the limit of 5"):
        submitted(store, "cem")
    assert len(store.experiments("ann")) == len(store.experiments("bob")) == 1
    store.request_stop([first[0].id], first[0].owner)
    assert len(submitted(store, "cem", SPECS[:1])) == 1
