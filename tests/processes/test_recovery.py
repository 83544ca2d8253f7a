"""What is killed in these tests is really killed, while it really trains."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from tests.lab import Server, gone, spec, until
from tl_core.store import database
from tl_core.store.supervising import losses

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
LONG = 500  # epochs: such a run does not end by itself in a test


def test_a_killed_worker_costs_no_finished_epoch_and_no_other_run(server: Server) -> None:
    run_id, other_id = server.submit(spec(epochs=LONG), spec(epochs=LONG, seed=1))
    server.until_epoch(run_id, 2)
    server.until_epoch(other_id, 1)
    server.worker(run_id).kill()
    killed_after = server.epochs(run_id)[-1]
    until(lambda: server.run(run_id).attempt == 2, 60, "the loss is noticed")
    server.until_epoch(run_id, int(killed_after) + 2)
    epochs = server.epochs(run_id)
    assert epochs == [float(i + 1) for i in range(len(epochs))]
    assert any("resumed after epoch" in note for note in server.run(run_id).notes)
    assert server.run(other_id).attempt == 1

    server.worker(run_id).kill()  # a second loss, of the two that this server allows, but epochs were finished before
    until(lambda: server.run(run_id).attempt == 3, 60, "the loss is noticed")
    server.until_epoch(run_id, len(epochs) + 1)
    server.store.request_stop([run_id], "ann")
    assert server.until_ended(run_id).status == "stopped"
    server.store.request_stop([other_id], "ann")
    other = server.until_ended(other_id)
    assert (other.status, other.attempt) == ("stopped", 1)
    server.ready(2)


def test_a_run_that_loses_its_workers_without_finishing_an_epoch_is_given_up(server: Server) -> None:
    slow = spec(image_size=224, data={"dataset": "digits", "classes": ["0", "1", "2"], "per_class": 100})
    (run_id,) = server.submit(slow)
    for attempt in (1, 2):
        server.until_running(run_id, attempt)  # on another worker
        server.worker(run_id).kill()
        until(lambda: server.run(run_id).status != "running", 60, "the loss is noticed")
    ended = server.run(run_id)
    assert (ended.status, server.epochs(run_id)) == ("interrupted", [])
    assert ended.reason.startswith("Its worker process died (2 times)")
    assert "emory" not in ended.reason
    server.ready(2)


def test_a_deaf_worker_is_restarted_after_the_grace_period(server: Server) -> None:
    (run_id,) = server.submit(spec(epochs=LONG))
    server.until_epoch(run_id, 1)
    worker = server.worker(run_id)
    with database.write(server.store.engine):  # so that it is not in the middle of a write of its own
        worker.suspend()
    server.store.request_stop([run_id], "ann")
    ended = server.until_ended(run_id)
    assert ended.status == "stopped"
    assert server.epochs(run_id)
    assert gone([worker], 20)
    server.ready(2)


@pytest.mark.long
def test_a_worker_that_dies_again_a_quarter_of_a_minute_later_comes_back(server: Server) -> None:
    """When Dask looks after the first death, 15 s after it, the worker is away because of the second."""
    kept = server.workers()
    first = kept.pop()
    first.kill()
    killed_at = time.monotonic()
    assert gone([first])
    (again,) = until(lambda: [worker for worker in server.workers() if worker not in kept], 14, "it comes back")
    time.sleep(14.5 - (time.monotonic() - killed_at))
    again.kill()
    time.sleep(2)
    server.ready(2, 60)
    assert len(server.workers()) == 2


@pytest.mark.long
def test_two_servers_on_one_store_leave_each_others_runs_alone(server: Server) -> None:
    (run_id,) = server.submit(spec(epochs=LONG))
    server.until_epoch(run_id, 1)
    second = Server(server.home, TL_WORKERS="1")
    until(lambda: len(second.family()) > 2, 120, "the second supervisor works")
    began = time.monotonic()
    while time.monotonic() - began < 6:  # longer than what counts as stale
        assert server.run(run_id).attempt == 1
        time.sleep(0.2)
    family = second.family()
    second.close()
    assert gone(family)
    assert server.run(run_id).status == "running"
    server.store.request_stop([run_id], "ann")
    assert server.until_ended(run_id).attempt == 1


def test_a_killed_server_leaves_no_orphans_and_its_runs_go_on_with_the_next(tmp_path: Path) -> None:
    once = {"TL_WORKERS": "1", "TL_ATTEMPTS": "1"}  # the end of a server uses up no attempt
    first = Server(tmp_path / "lab", **once)
    first.ready(1)
    run_id, queued_id = first.submit(spec(epochs=LONG), spec(epochs=2, seed=1))
    first.until_epoch(run_id, 2)
    family = first.family()
    first.kill()
    assert gone(family)
    kept = first.epochs(run_id)
    assert kept[-1] >= 2

    second = Server(tmp_path / "lab", **once)
    second.until_epoch(run_id, len(kept) + 1)
    epochs = second.epochs(run_id)
    assert epochs == [float(i + 1) for i in range(len(epochs))]
    assert second.run(run_id).attempt == 2
    family = second.family()
    second.interrupt()
    assert gone(family)
    released = second.run(run_id)
    assert (released.status, released.supervisor, released.attempt) == ("queued", "", 3)
    assert second.run(queued_id).status == "queued"
    assert released.reason.startswith("The server stopped")
    assert second.store.cluster().state == "stopped"


@pytest.mark.long
def test_three_kills_of_the_server_in_a_row_cost_a_race_neither_an_attempt_nor_an_epoch(tmp_path: Path) -> None:
    once = {"TL_ATTEMPTS": "1"}
    server = Server(tmp_path / "lab", **once)
    race = server.submit(spec(epochs=LONG), spec(epochs=LONG, seed=1))
    for run_id in race:
        server.until_epoch(run_id, 2)
    for kill in (1, 2, 3):
        for run_id in race:
            server.until_running(run_id, attempt=kill)
        family = server.family()
        server.kill()
        assert gone(family)
        measured = {run_id: server.scores(run_id) for run_id in race}
        server = Server(tmp_path / "lab", **once)
        for run_id, scores in measured.items():
            assert server.scores(run_id) == scores

    for run_id, scores in measured.items():
        server.until_epoch(run_id, len(scores) + 1)
        assert server.scores(run_id)[: len(scores)] == scores
        epochs = server.epochs(run_id)
        assert epochs == [float(i + 1) for i in range(len(epochs))]
        assert (server.run(run_id).attempt, losses(server.store, run_id)) == (4, [])
    server.store.request_stop(race, "ann")
    assert [server.until_ended(run_id).status for run_id in race] == ["stopped"] * 2
    family = server.family()
    server.close()
    assert gone(family)


@pytest.mark.long
def test_a_killed_supervisor_takes_its_workers_along_and_is_replaced(server: Server) -> None:
    (run_id,) = server.submit(spec(epochs=LONG))
    server.until_epoch(run_id, 1)
    supervisor = server.supervisor()
    children = supervisor.children(recursive=True)
    supervisor.kill()
    assert gone(children, 20)
    state = until(lambda: server.store.cluster(), 20)
    until(lambda: server.run(run_id).attempt == 2, 120, "the new supervisor goes on with the run")
    assert state is not None
    epochs = server.epochs(run_id)
    server.until_epoch(run_id, len(epochs) + 1)
    epochs = server.epochs(run_id)
    assert epochs == [float(i + 1) for i in range(len(epochs))]
    server.store.request_stop([run_id], "ann")
    assert server.until_ended(run_id).status == "stopped"
