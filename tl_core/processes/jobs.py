"""Start and stop runs. The work is done by a child process, tl_core.processes.supervisor, and its workers.

Imports neither TensorFlow nor Dask: safe and quick in the web process.
"""

from __future__ import annotations

import atexit
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

from tl_core import catalog
from tl_core.base.settings import settings
from tl_core.base.spec import RunSpec
from tl_core.processes import child, newcomers
from tl_core.store import ClusterState, Guess, StoreError, open_store, supervising

STEADY_S = 60.0  # a supervisor that lived so long did not die of its start
CLOSE_S = 12.0


def submit(specs: Sequence[RunSpec], owner: str, title: str = "", note: str = "", guess: Guess | None = None) -> str:
    """Queue an experiment, one run for each spec, with its note and the guess of its lesson; its id.

    Raises
    ------
    SpecError
        With one sentence, when a spec cannot be run; nothing is queued then.
    StoreError
        When there is nothing to run, or no room in the queue.
    """
    return open_store().submit(_ready(specs, owner), owner, title, note, guess, _child.name, newcomers.place(owner))


def join(experiment_id: str, specs: Sequence[RunSpec], owner: str) -> None:
    """Queue more runs in an experiment. Raises as `submit` does, and StoreError when it is not the owner's."""
    open_store().join(experiment_id, _ready(specs, owner), owner, _child.name, newcomers.place(owner))


def _ready(specs: Sequence[RunSpec], owner: str) -> list[RunSpec]:
    """The specs as they are stored, once each can be run and somebody is there to run them."""
    for spec in specs:
        catalog.check(spec, owner)
    if problem := open_store().queue.problem(owner, len(specs)):
        raise StoreError(problem)
    ensure_supervisor()
    return [catalog.settled(spec) for spec in specs]


def stop(run_ids: Sequence[str], owner: str) -> None:
    """Ask the owner's runs to stop: queued ones end at once, running ones after their present batch. Results stay."""
    open_store().request_stop(run_ids, owner)


def delete(experiment_id: str, owner: str) -> None:
    """Delete an experiment from the history, and what its runs left on the disk.

    Raises
    ------
    StoreError
        When it is not the owner's, or a run of it has not ended.
    """
    experiment = open_store().experiment(experiment_id)
    open_store().delete_experiment(experiment_id, owner)
    for run in experiment.runs if experiment else ():
        shutil.rmtree(settings().runs / run.id, ignore_errors=True)


def cluster() -> ClusterState | None:
    """What this process' supervisor last said about its workers; None: nothing yet."""
    return open_store().cluster(_child.name)


def ensure_supervisor() -> None:
    """See to it that this process has a supervisor. Quick, and may be called as often as you like."""
    _child.ensure()


def shutdown() -> None:
    """End the supervisor and its workers; runs in flight go on when the next one starts."""
    _child.shutdown()


class _Child:
    """The supervisor process of this process: one at most, started again when it dies."""

    def __init__(self) -> None:
        self.name = secrets.token_hex(9)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._place: tuple[str, str] | None = None  # the store and the cluster it serves

    def ensure(self) -> None:
        place = (open_store().url, settings().cluster)
        if self._place not in (None, place):
            self.shutdown()
        with self._lock:
            if self._process is None:
                self._place, self._process = place, self._start()
                watch = threading.Thread(target=self._watch, args=(self._process,), daemon=True)
                watch.start()

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """Start the child again whenever it dies of itself, more slowly each time."""
        pause_s = 0.5
        while True:
            began = time.monotonic()
            status = process.wait()
            assert process.stdin is not None
            process.stdin.close()
            pause_s = 0.5 if time.monotonic() - began > STEADY_S else min(30.0, 2 * pause_s)
            if self._process is not process:
                return
            self._say(
                f"The process that looks after the runs ended unexpectedly (exit status {status}); it is "
                "started again. The file supervisor.log in the data home says more."
            )
            time.sleep(pause_s)
            with self._lock:
                if self._process is not process:
                    return
                self._process = process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return child.start(
            "tl_core.processes.supervisor",
            "--id",
            self.name,
            log=settings().home / "supervisor.log",
            environment={"TL_STORE_URL": open_store().url},
        )

    def _say(self, sentence: str) -> None:
        try:
            supervising.set_cluster(open_store(), self.name, "unreachable", sentence)
        except Exception as error:  # the watch must not end with it
            print(f"{sentence} ({error})", file=sys.stderr)

    def shutdown(self) -> None:
        with self._lock:
            process, self._process, self._place = self._process, None, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(CLOSE_S)
        except subprocess.TimeoutExpired:
            child.kill(process.pid)


_child = _Child()
atexit.register(shutdown)
