"""TL_CLUSTER: a scheduler and workers started by hand, from a folder that knows nothing of Transfer Lab."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.lab import RACE, Server, gone, spec, until
from tl_core.store import Run


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _by_hand(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """`dask …` in a folder of its own."""
    dask = shutil.which("dask", path=str(Path(sys.executable).parent))
    assert dask is not None
    with (folder / f"{arguments[0]}.log").open("ab") as log:
        process = subprocess.Popen([dask, *arguments], cwd=folder, stdout=log, stderr=log)
    try:
        yield process
    finally:
        if _alive(process):
            for member in psutil.Process(process.pid).children(recursive=True):
                member.kill()
            process.kill()
        process.wait(10)


def _alive(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is None


@contextmanager
def _cluster(folder: Path, port: int, workers: int) -> Iterator[subprocess.Popen[bytes]]:
    """A scheduler at `port` with so many worker processes of two threads each; the scheduler."""
    address = f"tcp://127.0.0.1:{port}"
    with (
        _by_hand(folder, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard") as scheduler,
        _by_hand(folder, "worker", address, "--nworkers", str(workers), "--nthreads", "2", "--no-dashboard"),
    ):
        yield scheduler


@pytest.mark.long
def test_the_same_race_on_workers_started_by_hand(tmp_path: Path, raced: list[Run]) -> None:
    port = _free_port()
    remote = Server(tmp_path / "home", TL_CLUSTER=f"tcp://127.0.0.1:{port}")
    state = until(lambda: (s := remote.store.cluster()) and s.state == "unreachable" and s, 60, "it says so")
    assert f"127.0.0.1:{port} does not answer" in state.message
    with _cluster(tmp_path, port, 2) as scheduler:
        remote.ready(2)
        run_ids = remote.submit(*RACE)
        until(lambda: all(remote.run(i).status == "running" for i in run_ids), 60, "both run at once")
        assert len({remote.run(i).worker for i in run_ids}) == 2
        ended = [remote.until_ended(i) for i in run_ids]
        assert [run.status for run in ended] == ["finished", "finished"]
        (long,) = remote.submit(spec(epochs=500))
        remote.until_epoch(long, 1)
        scheduler.kill()
        until(lambda: remote.store.cluster().state == "unreachable", 60, "the loss is reported")

    kept = len(remote.epochs(long))
    with _cluster(tmp_path, port, 1):
        remote.until_epoch(long, kept + 1)
        epochs = remote.epochs(long)
        assert epochs == [float(i + 1) for i in range(len(epochs))]
        assert remote.run(long).attempt == 2
        remote.store.request_stop([long], "ann")
        assert remote.until_ended(long).status == "stopped"
        family = remote.family()
        remote.close()
        assert gone(family)

    assert [run.summary.test_loss for run in raced if run.summary] == pytest.approx(
        [run.summary.test_loss for run in ended if run.summary], rel=1e-5
    )
