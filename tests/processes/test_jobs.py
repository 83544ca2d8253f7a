"""From submit to the end of a run, through a real supervisor and real workers."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.lab import ROOT, Server, hopeless, spec, until
from tl_core.base.events import Metric, Note, Progress, Resumed
from tl_core.base.priority import NICE
from tl_core.base.settings import settings
from tl_core.base.spec import SpecError
from tl_core.ml import worker
from tl_core.processes import jobs
from tl_core.store import Run, Store, StoreError, open_store, supervising

NOWHERE = "tcp://127.0.0.1:9"  # the discard port: nobody answers


@pytest.fixture
def claimed(home: Path) -> Iterator[tuple[Store, Run]]:
    store = open_store(f"sqlite:///{(home / 'lab.sqlite').as_posix()}")
    experiment = store.experiment(store.submit([spec()], "ann"))
    assert experiment is not None
    run = store.claim(experiment.runs[0].id, "tcp://here", 1)
    assert run is not None
    yield store, run
    store.close()


def test_two_arms_race_side_by_side_to_their_summaries(server: Server, raced: list[Run]) -> None:
    assert len({run.worker for run in raced}) == 2
    for run in raced:
        assert (run.status, run.reason, run.attempt) == ("finished", "", 1)
        assert run.summary is not None
        assert run.summary.test_images == 30
        assert server.epochs(run.id) == [1.0, 2.0, 3.0]
        assert run.started_at is not None
        assert run.finished_at is not None
        assert run.created_at <= run.started_at < run.finished_at


def test_the_machine_was_measured(server: Server) -> None:
    state = until(lambda: (s := server.store.cluster()) and "cpus" in s.machine and s, 30, "the machine is measured")
    assert state.machine["cpus"] >= 1
    assert state.machine["gflops"] > 0
    assert "2 workers on this machine" in state.message


def test_stop_is_quick_keeps_what_was_measured_and_makes_room_for_who_has_least(server: Server) -> None:
    first, second, greedy, late = server.submit(spec(epochs=500), spec(epochs=500, seed=1), hopeless(), spec())
    server.until_epoch(first, 2)
    (modest,) = server.submit(hopeless(), owner="bob")
    assert server.store.queue_places() == {modest: 1, greedy: 2, late: 3}
    assert server.worker(first).nice() >= (NICE if sys.platform != "win32" else 0)
    server.store.request_stop([first, late], "ann")
    stopped = server.until_ended(first, 8)
    assert stopped.status == "stopped"
    assert server.epochs(first)[:2] == [1.0, 2.0]
    assert server.run(late).status == "stopped"
    ended = [server.until_ended(run_id, 10) for run_id in (modest, greedy)]
    assert ended[0].started_at < ended[1].started_at
    for run in ended:  # a failure is a result, and harms no other run
        assert run.status == "failed"
        assert "no data set called 'a set that was deleted'" in run.reason
    assert server.run(second).status == "running"
    server.store.request_stop([second], "ann")
    assert server.until_ended(second, 8).attempt == 1


def test_a_bad_spec_queues_nothing_and_starts_nothing() -> None:
    with pytest.raises(SpecError, match="no backbone called"):
        jobs.submit([spec(), spec(backbone="perceptron")], "ann")
    assert open_store().experiments("ann") == []
    assert not [p for p in psutil.Process().children() if "tl_core.processes.supervisor" in p.cmdline()]


def test_deleting_takes_the_checkpoints_along(home: Path) -> None:
    store = open_store()
    experiment = store.experiment(store.submit([spec()], "ann"))
    assert experiment is not None
    folder = settings().runs / experiment.runs[0].id
    folder.mkdir(parents=True)
    (folder / "checkpoint.npz").write_bytes(b"weights")
    with pytest.raises(StoreError, match="still going on"):
        jobs.delete(experiment.id, "ann")
    jobs.stop([experiment.runs[0].id], "bob")
    assert store.experiment(experiment.id).runs[0].status == "queued"
    jobs.stop([experiment.runs[0].id], "ann")
    with pytest.raises(StoreError, match="no such experiment"):
        jobs.delete(experiment.id, "bob")
    assert folder.exists()
    jobs.delete(experiment.id, "ann")
    assert not folder.exists()
    assert store.experiments("ann") == []


def test_one_supervisor_a_process_that_tells_when_its_cluster_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TL_CLUSTER", NOWHERE)
    settings.cache_clear()
    threads = [threading.Thread(target=jobs.ensure_supervisor) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    children = [child for child in psutil.Process().children() if "tl_core.processes.supervisor" in child.cmdline()]
    assert len(children) == 1
    experiment_id = jobs.submit([spec()], "ann")
    state = until(lambda: (s := jobs.cluster()) and s.state == "unreachable" and s, 30, "it says so")
    assert NOWHERE in state.message
    experiment = open_store().experiment(experiment_id)
    assert experiment is not None
    assert experiment.runs[0].status == "queued"
    jobs.stop([experiment.runs[0].id], "ann")
    jobs.shutdown()
    jobs.shutdown()
    assert not psutil.wait_procs(children, 5)[1]
    assert open_store().cluster().state == "stopped"


def test_the_web_half_of_jobs_imports_neither_dask_nor_tensorflow() -> None:
    heavy = {"tensorflow", "keras", "distributed", "dask", "pandas"}
    code = f"import sys, tl_core.processes.jobs; print(*{heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def _metric(epoch: float) -> Metric:
    return Metric(0, epoch, 1, epoch, 10, "val", "accuracy", 0.5)


def test_ends_of_epochs_are_in_the_store_when_emit_returns(claimed: tuple[Store, Run]) -> None:
    store, run = claimed
    with worker.Reporter(store, run) as reporter:
        reporter.emit(_metric(0.25))
        for done in range(100):
            reporter.emit(Progress("Training", done, 100))
        reporter.emit(_metric(1.0))
        assert store.metrics([run.id])["epoch"].tolist() == [0.25, 1.0]
        reporter.emit(Note("A note."))
        reporter.emit(_metric(1.5))
        reporter.emit(Resumed(1.0))
        assert store.metrics([run.id])["epoch"].tolist() == [0.25, 1.0]
    now = store.run(run.id)
    assert now is not None
    assert (now.progress_done, now.notes) == (99.0, ["A note."])


def test_a_stop_and_a_lost_attempt_both_end_the_run(claimed: tuple[Store, Run]) -> None:
    store, run = claimed
    with worker.Reporter(store, run) as reporter:
        assert not reporter.should_stop()
        store.request_stop([run.id], "ann")
        until(reporter.should_stop, 2, "the stop is seen")
    fresh = store.run(run.id)
    assert fresh is not None
    with worker.Reporter(store, fresh) as reporter:
        supervising.take_over(store, fresh, "interrupted")
        reporter.emit(_metric(1.0))
        assert reporter.should_stop()
    assert store.metrics([run.id]).empty


def test_the_heart_beats_without_events(claimed: tuple[Store, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TL_HEARTBEAT_S", "0.3")
    settings.cache_clear()
    store, run = claimed
    with worker.Reporter(store, run):
        until(lambda: store.run(run.id).heartbeat_at > run.heartbeat_at, 3, "the heart beats")


def test_an_unforeseen_error_is_a_result_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_address", lambda: "tcp://here")
    store = open_store(f"sqlite:///{(home / 'lab.sqlite').as_posix()}")
    experiment = store.experiment(store.submit([spec()], "ann"))
    assert experiment is not None
    run_id = experiment.runs[0].id
    (home / "runs").write_text("a file where a folder should be", encoding="utf-8")
    worker.execute(run_id, 1, store.url, str(home), str(home / "keras"))
    ended = store.run(run_id)
    assert ended is not None
    assert ended.status == "failed"
    assert "Error" in ended.reason
    worker.execute(run_id, 1, store.url, str(home), str(home / "keras"))  # it has ended: nothing happens
    assert store.run(run_id) == ended
    store.close()
