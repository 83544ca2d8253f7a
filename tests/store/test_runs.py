"""The run store, on SQLite and, where a server is installed, on a throw-away PostgreSQL."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tl_core.base.events import Metric, Note, Progress, Resumed, Summary
from tl_core.base.settings import ROOT
from tl_core.base.spec import RunSpec, run_spec
from tl_core.store import Run, Store, StoreError, fair_order, open_store

SPECS = [run_spec(), run_spec(strategy="from_scratch")]


def _postgres_programs() -> Path | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    found = shutil.which("initdb")
    return Path(found).parent if found else folders[-1] if folders else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL of this test session's own; the URL of its server."""
    programs = _postgres_programs()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed here")
    pytest.importorskip("psycopg")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    who = {"user": "nobody", "group": "nogroup", "extra_groups": []} if as_root else {}  # it refuses to run as root
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        initdb = [programs / "initdb", "-D", folder / "data", "-U", "lab", "-A", "trust", "--no-sync"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=folder, **who)
        options = ["-D", folder / "data", "-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"]
        server = subprocess.Popen(
            [programs / "postgres", *options, "-c", "fsync=off"], stderr=subprocess.DEVNULL, cwd=folder, **who
        )
        try:
            _wait_for_port(port)
            yield f"postgresql://lab@127.0.0.1:{port}"
        finally:
            server.send_signal(2)
            server.wait(20)


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.05)


def _new_database(server: str) -> str:
    import psycopg

    name = f"lab{time.monotonic_ns()}"
    deadline = time.monotonic() + 20
    while True:
        try:
            with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}")
            return f"{server}/{name}"
        except psycopg.OperationalError:  # it listens a moment before it answers
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return _new_database(request.getfixturevalue("postgres"))
    return f"sqlite:///{(tmp_path / 'lab.sqlite').as_posix()}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    yield opened
    opened.close()


def _metric(epoch: float, value: float = 0.5) -> Metric:
    return Metric(0, epoch, int(epoch * 7), epoch, int(epoch * 200), "val", "accuracy", value)


def _submitted(store: Store, owner: str = "ann", specs: list[RunSpec] = SPECS) -> list[Run]:
    experiment = store.experiment(store.submit(specs, owner))
    assert experiment is not None
    return experiment.runs


def _running(store: Store) -> Run:
    claimed = store.claim(_submitted(store)[0].id, "tcp://here", 1)
    assert claimed is not None
    return claimed


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
    run = _running(store)
    assert store.record(run.id, 1, [_metric(0.5), Progress("Training", 3, 9, 20.0), Note("Cached."), _metric(1.0)])
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
    assert store.record(run.id, 1, [_metric(2.0), Note("Cached.")])
    assert store.metrics([run.id], after_seq=last)["epoch"].tolist() == [2.0]
    now = store.run(run.id)
    assert now is not None
    assert (now.progress_label, now.progress_done, now.progress_total) == ("Training", 3.0, 9.0)
    assert (now.images_per_s, now.notes) == (20.0, ["Cached."])


def test_an_empty_frame_has_the_same_types_as_a_full_one(store: Store) -> None:
    run = _running(store)
    empty = store.metrics([run.id])
    store.record(run.id, 1, [_metric(1.0)])
    assert (empty.dtypes == store.metrics([run.id]).dtypes).all()


def test_resuming_voids_the_unfinished_epoch_and_no_seq_comes_twice(store: Store) -> None:
    run = _running(store)
    store.record(run.id, 1, [_metric(1.0), _metric(1.5), _metric(1.9)])
    top = int(store.metrics([run.id])["seq"].max())
    store.record(run.id, 1, [Resumed(1.0), _metric(2.0)])
    frame = store.metrics([run.id])
    assert frame["epoch"].tolist() == [1.0, 2.0]
    assert frame["seq"].iloc[-1] > top


def test_only_the_present_attempt_may_write(store: Store) -> None:
    run = _running(store)
    assert store.claim(run.id, "tcp://other", 1) is None  # it runs already
    assert store.take_over(run, "queued", "gone", "me")
    assert not store.record(run.id, 1, [_metric(1.0)])
    assert not store.finish(run.id, 1, "finished", "", _summary())
    assert store.should_stop(run.id, 1)
    assert store.metrics([run.id]).empty
    assert store.claim(run.id, "tcp://there", 1) is None
    again = store.claim(run.id, "tcp://there", 2)
    assert again is not None
    assert (again.status, again.attempt, again.worker, again.supervisor) == ("running", 2, "tcp://there", "me")
    assert again.started_at == run.started_at


def test_a_run_that_shows_life_is_not_taken_over(store: Store) -> None:
    run = _running(store)
    time.sleep(0.01)
    store.record(run.id, 1)
    assert not store.take_over(run, "queued")
    fresh = store.run(run.id)
    assert fresh is not None
    assert store.take_over(fresh, "interrupted", "why")
    assert not store.take_over(fresh, "interrupted", "again")
    ended = store.run(run.id)
    assert ended is not None
    assert (ended.status, ended.reason, ended.active) == ("interrupted", "why", False)
    assert ended.finished_at is not None


def test_a_queued_run_has_one_supervisor(store: Store) -> None:
    run = _submitted(store)[0]
    assert store.adopt(run, "a")
    assert not store.adopt(run, "b")


def test_the_end_is_written_once_with_its_summary(store: Store) -> None:
    run = _running(store)
    assert store.finish(run.id, 1, "finished", "", _summary())
    assert not store.finish(run.id, 1, "failed", "late")
    ended = store.run(run.id)
    assert ended is not None
    assert (ended.status, ended.summary) == ("finished", _summary())


def test_stopping_queued_and_running(store: Store) -> None:
    first, second = _submitted(store)
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
    run = _running(store)
    store.record(run.id, 1, [_metric(1.0), Note("n")])
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
    ann = _submitted(store, "ann", [SPECS[0]] * 3)
    bob = _submitted(store, "bob", [SPECS[0]] * 2)
    assert [run.id for run in store.queued()] == [ann[0].id, bob[0].id, ann[1].id, bob[1].id, ann[2].id]
    assert [store.queue_place(run.id) for run in ann] == [1, 3, 5]
    store.claim(ann[0].id, "tcp://here", 1)
    assert store.queue_place(ann[0].id) is None
    assert [store.queue_place(run.id) for run in bob] == [1, 3]
    assert fair_order([]) == []


def test_the_cluster_speaks_through_the_store(store: Store) -> None:
    assert store.cluster() is None
    store.set_cluster("a", "ready", "Two workers.", 2, {"cpus": 2.0})
    store.set_cluster("b", "starting", "Wait.")
    store.set_cluster("a", "ready", "One worker.", 1)
    state = store.cluster()
    assert state is not None
    assert (state.id, state.message, state.workers, state.machine) == ("a", "One worker.", 1, {"cpus": 2.0})
    assert store.cluster("b").state == "starting"  # type: ignore[union-attr]
    assert store.cluster("c") is None


def _write_much(url: str, barrier: object) -> int:
    barrier.wait()  # type: ignore[attr-defined]
    store = Store(url)
    run = _running(store)
    return sum(store.record(run.id, 1, [_metric(float(i))]) for i in range(20))


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
    run = _running(store)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            for i in range(10):
                store.record(run.id, 1, [_metric(float(i))])
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
    run = _running(store)
    store.record(run.id, 1, [_metric(1.0, float("nan"))])
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
