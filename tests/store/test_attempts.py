from __future__ import annotations

import time

import pytest

from tests.store.samples import metric, running, submitted
from tl_core.base.events import Note, Summary
from tl_core.store import Run, Store, StoreError, supervising


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
    runs = submitted(store)
    assert store.claim(runs[0].id, "tcp://here", 1)
    assert supervising.adopt(store, "", "a") == len(runs) - 1
    assert supervising.adopt(store, "", "b") == 0
    assert {run.supervisor for run in store.active() if run.status == "queued"} == {"a"}
    assert supervising.adopt(store, "a", "b") == len(runs) - 1


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
    store.request_stop([first.id, second.id], "ann")
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
    store.request_stop([other.id for other in store.active()], "ann")
    store.finish(run.id, 1, "stopped")
    with pytest.raises(StoreError, match="no such experiment"):
        store.delete_experiment(run.experiment_id, "bob")
    store.delete_experiment(run.experiment_id, "ann")
    assert store.run(run.id) is None
    assert store.metrics([run.id]).empty


def test_a_run_has_lost_what_it_lost_since_its_last_finished_epoch(store: Store) -> None:
    def again(run: Run, lost: str) -> Run:
        assert supervising.take_over(store, run, "queued", "why", "me", lost)
        claimed = store.claim(run.id, "tcp://here", run.attempt + 1)
        assert claimed is not None
        return claimed

    run = again(running(store), "its worker died")
    assert supervising.losses(store, run.id) == ["its worker died"]
    run = again(run, "")  # of its server
    run = again(run, "memory was short")
    assert supervising.losses(store, run.id) == ["its worker died", "memory was short"]
    store.record(run.id, run.attempt, [metric(0.5)])
    assert len(supervising.losses(store, run.id)) == 2
    store.record(run.id, run.attempt, [metric(1.0)])
    assert supervising.losses(store, run.id) == []
    stale, run = run, again(store.run(run.id), "it died again")
    assert not supervising.take_over(store, stale, "queued", lost="seen by another supervisor, too")
    store.record(run.id, run.attempt, [metric(1.5)])
    assert supervising.losses(store, run.id) == ["it died again"]
