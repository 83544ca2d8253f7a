"""Real servers for the tests of jobs: what Streamlit is to the supervisor, without the pages."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from tl_core.base.settings import ROOT
from tl_core.base.spec import RunSpec, run_spec
from tl_core.store import Run, Store, open_store

SERVER = """
import signal, sys
from tl_core.processes import jobs

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin with it ignored
jobs.ensure_supervisor()
sys.stdin.read()
"""
QUICK = {"TL_HEARTBEAT_S": "0.5", "TL_STALE_S": "4", "TL_STOP_GRACE_S": "4", "TL_ATTEMPTS": "2"}
T = TypeVar("T")


def spec(**changes: object) -> RunSpec:
    """Small enough for an epoch in a fraction of a second."""
    data = {"dataset": "digits", "classes": ["0", "1", "2"], "per_class": 10, "test_images": 30}
    base: dict[str, object] = {
        "backbone": "tiny_resnet_cifar100",
        "strategy": "from_scratch",
        "image_size": 16,
        "data": data,
        "optimizer": {"name": "sgd"},
    }
    return run_spec(**base | changes)


def hopeless() -> RunSpec:
    """Fails as soon as it begins."""
    return spec(data={"dataset": "a set that was deleted"})


def until(look: Callable[[], T], seconds: float = 120.0, what: str = "it happens") -> T:
    """What `look` finds, as soon as that is something."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s until {what}"
        time.sleep(0.05)


class Server:
    """A server process with a supervisor, both in a session of their own."""

    def __init__(self, home: Path, **environment: str) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.store: Store = open_store(f"sqlite:///{(home / 'lab.sqlite').as_posix()}")
        quiet = {name: value for name, value in os.environ.items() if not name.startswith("TL_")}
        self.process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-c", SERVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            start_new_session=True,
            env=quiet | {"TL_HOME": str(home)} | QUICK | environment,
        )

    def ready(self, workers: int, seconds: float = 240.0) -> None:
        def warm() -> bool:
            state = self.store.cluster()
            return state is not None and state.state == "ready" and state.workers >= workers

        try:
            until(warm, seconds, f"{workers} workers are ready")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log()[-3000:]}") from None

    def log(self) -> str:
        path = self.home / "supervisor.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def submit(self, *specs: RunSpec, owner: str = "ann") -> list[str]:
        experiment = self.store.experiment(self.store.submit(specs, owner))
        assert experiment is not None
        return [run.id for run in experiment.runs]

    def run(self, run_id: str) -> Run:
        found = self.store.run(run_id)
        assert found is not None
        return found

    def scores(self, run_id: str) -> list[tuple[float, float]]:
        """The curve of the validation accuracy: (epoch, accuracy)."""
        frame = self.store.metrics([run_id])
        curve = frame[(frame["split"] == "val") & (frame["name"] == "accuracy")]
        return list(zip(curve["epoch"], curve["value"], strict=True))

    def epochs(self, run_id: str) -> list[float]:
        """The ends of epochs in the curve of the validation accuracy."""
        return [epoch for epoch, _ in self.scores(run_id)]

    def until_running(self, run_id: str, attempt: int) -> None:
        def runs() -> bool:
            run = self.run(run_id)
            return (run.status, run.attempt) == ("running", attempt)

        until(runs, 240, f"attempt {attempt} runs")

    def until_epoch(self, run_id: str, epoch: int) -> None:
        until(lambda: self.epochs(run_id)[-1:] >= [epoch], 240, f"epoch {epoch} has ended")

    def until_ended(self, run_id: str, seconds: float = 240.0) -> Run:
        until(lambda: not self.run(run_id).active, seconds, "the run has ended")
        return self.run(run_id)

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def supervisor(self) -> psutil.Process:
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if "tl_core.processes.supervisor" in child.cmdline())

    def workers(self) -> list[psutil.Process]:
        return [p for p in self.supervisor().children() if any("spawn_main" in word for word in p.cmdline())]

    def worker(self, run_id: str) -> psutil.Process:
        """The process that runs it, found by the port in its address."""
        port = int(self.run(run_id).worker.rpartition(":")[2])
        for process in self.family():
            if any(c.laddr.port == port and c.status == "LISTEN" for c in process.net_connections("tcp")):
                return process
        raise AssertionError("no process listens there")

    def kill(self) -> None:
        self.process.kill()
        self._reap()

    def interrupt(self) -> None:
        """Ctrl-C in its terminal."""
        os.killpg(self.process.pid, signal.SIGINT)
        self._reap()

    def close(self) -> None:
        assert self.process.stdin is not None
        if self.process.poll() is None:
            self.process.stdin.close()
            self._reap()

    def _reap(self) -> None:
        """Wait for its end; one that hangs is made to say where, and ends all the same."""
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)
            _, said = self.process.communicate(timeout=10)
            raise AssertionError(f"the server did not end:\n{said.decode()[-6000:]}\n{self.log()[-2000:]}") from None
        for pipe in (self.process.stdin, self.process.stderr):
            if pipe is not None:
                pipe.close()


def gone(processes: list[psutil.Process], seconds: float = 30.0) -> bool:
    return not psutil.wait_procs(processes, seconds)[1]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A warm server with two workers, shared by the tests that leave it alive."""
    started = Server(tmp_path_factory.mktemp("lab"))
    started.ready(2)
    yield started
    family = started.family()
    started.close()
    assert gone(family), "processes were left behind"


RACE = (spec(epochs=3), spec(epochs=3, seed=1))


@pytest.fixture(scope="session")
def raced(server: Server) -> list[Run]:
    """The two arms of a race, run side by side by the shared server."""
    run_ids = server.submit(*RACE)
    until(lambda: all(server.run(i).status == "running" for i in run_ids), 60, "both run at once")
    return [server.until_ended(run_id) for run_id in run_ids]
