"""The run store, on SQLite and, where a server is installed, on a throw-away PostgreSQL."""

from __future__ import annotations

import multiprocessing
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.store.samples import SPECS, metric, running
from tl_core.base.events import Note, Progress, Resumed
from tl_core.base.settings import ROOT
from tl_core.store import Store, StoreError, open_store, supervising


def test_an_experiment_comes_back_as_it_was_submitted(store: Store) -> None:
    identity = store.submit(SPECS, "ann", "a title")
    experiment = store.experiment(identity)
    assert experiment is not None
    assert (experiment.owner, experiment.title) == ("ann", "a title")
    assert [run.spec for run in experiment.runs] == SPECS
    assert [(run.arm, run.status, run.attempt) for run in experiment.runs] == [(0, "queued", 1), (1, "queued", 1)]
    assert store.run(experiment.runs[1].id) == experiment.runs[1]
    assert store.experiment("no such") is None
    assert store.run("no such") is None


def test_history_is_the_owners_own_newest_first(store: Store) -> None:
    first, second = store.submit(SPECS, "ann"), store.submit(SPECS, "ann")
    store.submit(SPECS, "bob")
    assert [experiment.id for experiment in store.experiments("ann")] == [second, first]
    assert [experiment.id for experiment in store.experiments("ann", limit=1)] == [second]


def test_nothing_to_run_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="at least one run"):
        store.submit([], "ann")


def test_events_become_rows_a_poller_can_follow(store: Store) -> None:
    run = running(store)
    assert store.record(run.id, 1, [metric(0.5), Progress("Training", 3, 9, 20.0), Note("Cached."), metric(1.0)])
    frame = store.metrics([run.id])
    assert list(frame.columns) == [
        "run_id",
        "seq",
        "phase",
        "epoch",
        "step",
        "elapsed_s",
        "images",
        "split",
        "name",
        "value",
    ]
    assert frame["epoch"].tolist() == [0.5, 1.0]
    last = int(frame["seq"].max())
    assert store.metrics([run.id], after_seq=last).empty
    assert store.record(run.id, 1, [metric(2.0), Note("Cached.")])
    assert store.metrics([run.id], after_seq=last)["epoch"].tolist() == [2.0]
    now = store.run(run.id)
    assert now is not None
    assert (now.progress_label, now.progress_done, now.progress_total) == ("Training", 3.0, 9.0)
    assert (now.images_per_s, now.notes) == (20.0, ["Cached."])


def test_an_empty_frame_has_the_same_types_as_a_full_one(store: Store) -> None:
    run = running(store)
    empty = store.metrics([run.id])
    store.record(run.id, 1, [metric(1.0)])
    assert (empty.dtypes == store.metrics([run.id]).dtypes).all()


def test_resuming_voids_the_unfinished_epoch_and_no_seq_comes_twice(store: Store) -> None:
    run = running(store)
    store.record(run.id, 1, [metric(1.0), metric(1.5), metric(1.9)])
    top = int(store.metrics([run.id])["seq"].max())
    store.record(run.id, 1, [Resumed(1.0), metric(2.0)])
    frame = store.metrics([run.id])
    assert frame["epoch"].tolist() == [1.0, 2.0]
    assert frame["seq"].iloc[-1] > top


def test_the_cluster_speaks_through_the_store(store: Store) -> None:
    assert store.cluster() is None
    supervising.set_cluster(store, "a", "ready", "Two workers.", 2, {"cpus": 2.0})
    supervising.set_cluster(store, "b", "starting", "Wait.")
    supervising.set_cluster(store, "a", "ready", "One worker.", 1)
    state = store.cluster()
    assert state is not None
    assert (state.id, state.message, state.workers, state.machine) == ("a", "One worker.", 1, {"cpus": 2.0})
    assert store.cluster("b").state == "starting"
    assert store.cluster("c") is None


def _write_much(url: str, barrier: object) -> int:
    barrier.wait()  # type: ignore[attr-defined]
    store = Store(url)
    run = running(store)
    return sum(store.record(run.id, 1, [metric(float(i))]) for i in range(20))


def test_processes_open_and_write_at_the_same_time(url: str) -> None:
    """Four processes make the tables and write: none fails, none overwrites, no row overtakes another."""
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, context.Pool(4) as pool:
        barrier = manager.Barrier(4)
        written = pool.starmap_async(_write_much, [(url, barrier)] * 4)
        seen, last = 0, 0
        while not written.ready() or seen < 80:
            if Path(url.removeprefix("sqlite:///")).exists() or url.startswith("postgres"):
                reader = open_store(url)
                ids = [run.id for run in reader.active()]
                frame = reader.metrics(ids, after_seq=last)
                seen, last = seen + len(frame), max([last, *frame["seq"].tolist()])
            if written.ready() and not written.successful():
                break
            time.sleep(0.02)
        assert written.get(60) == [20] * 4
    assert seen == 80
    open_store(url).close()


def test_threads_share_a_store(store: Store) -> None:
    run = running(store)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for i in range(10):
                store.record(run.id, 1, [metric(float(i))])
                store.run(run.id)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(store.metrics([run.id])) == 80


def test_not_a_number_survives(store: Store) -> None:
    run = running(store)
    store.record(run.id, 1, [metric(1.0, float("nan"))])
    assert store.metrics([run.id])["value"].isna().all()


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "lab.sqlite"
    path.write_text("this is a letter to my aunt " * 100, encoding="utf-8")
    with pytest.raises(StoreError, match="not a database"):
        Store(f"sqlite:///{path.as_posix()}")
    assert path.read_text(encoding="utf-8").startswith("this is a letter")


def test_another_version_and_another_program_are_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{(tmp_path / 'lab.sqlite').as_posix()}"
    Store(url).close()
    with sqlite3.connect(tmp_path / "lab.sqlite") as connection:
        connection.execute("UPDATE schema_version SET version = 999")
    connection.close()
    with pytest.raises(StoreError, match="another version"):
        Store(url)
    with sqlite3.connect(tmp_path / "other.sqlite") as connection:
        connection.execute("CREATE TABLE runs (distance REAL)")
    connection.close()
    with pytest.raises(StoreError, match="another program"):
        Store(f"sqlite:///{(tmp_path / 'other.sqlite').as_posix()}")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "not the address of a database"),
        ("magic://x", "not the address of a database"),
        ("sqlite://", "must be a file"),
        ("postgresql://ann:secret@127.0.0.1:1/lab", "cannot be opened"),
    ],
)
def test_an_unusable_address_is_one_sentence_without_the_password(url: str, words: str) -> None:
    if url.startswith("postgresql"):
        pytest.importorskip("psycopg")
    with pytest.raises(StoreError, match=words) as caught:
        Store(url)
    assert "secret" not in str(caught.value)


def test_a_relative_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store("sqlite:///lab.sqlite")
    assert Path(store.url.removeprefix("sqlite:///")) == tmp_path / "lab.sqlite"
    store.close()


def test_the_store_is_light_to_import() -> None:
    code = "import sys, tl_core.store; print(*{'pandas', 'numpy', 'distributed', 'tensorflow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_runs_that_join_an_experiment_come_last_and_only_the_owners_may(store: Store) -> None:
    experiment_id = store.submit(SPECS, "ann", "A race")
    longer = SPECS[1].model_copy(update={"epochs": 99})
    store.join(experiment_id, [longer, longer.with_seeds(1, 1)], "ann")
    with pytest.raises(StoreError, match="no such experiment in your history"):
        store.join(experiment_id, [longer], "bob")
    found = store.experiment(experiment_id)
    assert [run.spec for run in found.runs] == [*SPECS, longer, longer.with_seeds(1, 1)]
    assert [run.arm for run in found.runs] == [0, 1, 2, 3]
    assert {run.owner for run in found.runs} == {"ann"}
    assert store.queue_places()[found.runs[-1].id] == 4
