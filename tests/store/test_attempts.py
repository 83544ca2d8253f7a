from __future__ import annotations

import time
from collections import Counter
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.samples import SPECS, metric, running, submitted
from tl_core.base.events import Note, Summary
from tl_core.store import Store, StoreError, fair_order, supervising


def _summary() -> Summary:
    return Summary(
        test_accuracy=0.9,
        test_accuracy_low=0.8,
        test_accuracy_high=0.95,
        macro_f1=0.9,
        roc_auc=None,
        test_loss=0.3,
        test_images=100,
        train_images=200,
        val_images=200,
        per_class=[],
        confusion=[[1]],
        prefix_s=0.0,
        train_s=1.0,
        total_s=1.5,
        epochs=3.0,
        steps=21,
        trainable_params=10,
        total_params=20,
        cut=None,
        prefix_images_per_s=None,
        train_images_per_s=9.0,
        prefix_from_cache=False,
        early_stopped=False,
        notes=["x"],
        versions={"keras": "3"},
    )


def test_only_the_present_attempt_may_write(store: Store) -> None:
    run = running(store)
    assert store.claim(run.id, "tcp://other", 1) is None  # it runs already
    assert supervising.take_over(store, run, "queued", "gone", "me")
    assert not store.record(run.id, 1, [metric(1.0)])
    assert not store.finish(run.id, 1, "finished", "", _summary())
    assert store.should_stop(run.id, 1)
    assert store.metrics([run.id]).empty
    assert store.claim(run.id, "tcp://there", 1) is None
    again = store.claim(run.id, "tcp://there", 2)
    assert again is not None
    assert (again.status, again.attempt, again.worker, again.supervisor) == ("running", 2, "tcp://there", "me")
    assert again.started_at == run.started_at


def test_a_run_that_shows_life_is_not_taken_over(store: Store) -> None:
    run = running(store)
    time.sleep(0.01)
    store.record(run.id, 1)
    assert not supervising.take_over(store, run, "queued")
    fresh = store.run(run.id)
    assert fresh is not None
    assert supervising.take_over(store, fresh, "interrupted", "why")
    assert not supervising.take_over(store, fresh, "interrupted", "again")
    ended = store.run(run.id)
    assert ended is not None
    assert (ended.status, ended.reason, ended.active) == ("interrupted", "why", False)
    assert ended.finished_at is not None


def test_a_queued_run_has_one_supervisor(store: Store) -> None:
    run = submitted(store)[0]
    assert supervising.adopt(store, run, "a")
    assert not supervising.adopt(store, run, "b")


def test_the_end_is_written_once_with_its_summary(store: Store) -> None:
    run = running(store)
    assert store.finish(run.id, 1, "finished", "", _summary())
    assert not store.finish(run.id, 1, "failed", "late")
    ended = store.run(run.id)
    assert ended is not None
    assert (ended.status, ended.summary) == ("finished", _summary())


def test_stopping_queued_and_running(store: Store) -> None:
    first, second = submitted(store)
    assert store.claim(first.id, "tcp://here", 1)
    assert not store.should_stop(first.id, 1)
    store.request_stop([first.id, second.id])
    assert store.should_stop(first.id, 1)
    running, queued = store.run(first.id), store.run(second.id)
    assert running is not None
    assert queued is not None
    assert (running.status, queued.status) == ("running", "stopped")
    assert running.stop_requested_at is not None
    assert store.claim(second.id, "tcp://here", 1) is None


def test_deleting_is_for_the_owner_and_for_what_has_ended(store: Store) -> None:
    run = running(store)
    store.record(run.id, 1, [metric(1.0), Note("n")])
    with pytest.raises(StoreError, match="still going on"):
        store.delete_experiment(run.experiment_id, "ann")
    store.request_stop([other.id for other in store.active()])
    store.finish(run.id, 1, "stopped")
    with pytest.raises(StoreError, match="no such experiment"):
        store.delete_experiment(run.experiment_id, "bob")
    store.delete_experiment(run.experiment_id, "ann")
    assert store.run(run.id) is None
    assert store.metrics([run.id]).empty


def test_the_queue_is_fair(store: Store) -> None:
    ann = submitted(store, "ann", [SPECS[0]] * 3)
    bob = submitted(store, "bob", [SPECS[0]] * 2)
    assert [run.id for run in store.queued()] == [ann[0].id, bob[0].id, ann[1].id, bob[1].id, ann[2].id]
    assert [store.queue_places()[run.id] for run in ann] == [1, 3, 5]
    store.claim(ann[0].id, "tcp://here", 1)
    assert ann[0].id not in store.queue_places()
    assert [store.queue_places()[run.id] for run in bob] == [1, 3]
    assert fair_order([]) == []


class Waiting(NamedTuple):
    owner: str
    status: str


@given(st.lists(st.builds(Waiting, st.sampled_from("abc"), st.sampled_from(["queued", "running"])), max_size=30))
def test_whoever_has_the_fewest_runs_in_flight_is_next(active: list[Waiting]) -> None:
    in_flight = Counter(run.owner for run in active if run.status == "running")
    waiting = Counter(run.owner for run in active if run.status == "queued")
    for run in fair_order(active):
        assert in_flight[run.owner] == min(in_flight[owner] for owner in waiting if waiting[owner])
        in_flight[run.owner] += 1
        waiting[run.owner] -= 1
    assert not waiting.total()
