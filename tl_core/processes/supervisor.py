"""`python -m tl_core.processes.supervisor`: the child process that brings the queue of the store to the workers.

It lives as long as its standard input stays open: the end of the server, however it comes about, closes that
pipe, and the supervisor then ends its workers and itself. The web process never touches Dask.
"""

from __future__ import annotations

import argparse
import logging
import secrets
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from distributed import Future
from sqlalchemy.exc import SQLAlchemyError

from tl_core.base.settings import Settings, keras_home, settings
from tl_core.processes import child, lost, removal
from tl_core.processes.cluster import Cluster, ClusterLost, WorkerView
from tl_core.processes.heartbeats import Pulses
from tl_core.processes.shortage import Shortage
from tl_core.processes.standing import Standing
from tl_core.store import ActiveRun, Store, StoreError, fair_order, open_store, supervising

TICK_S = 0.15
CLOSE_S = 8.0  # an orderly end that takes longer is cut short
IDLE_LOOK_S = 1.0  # how often the workers are counted while there is nothing to run
RETRY_S = 2.0
PATIENCE = 5  # times stale_s, with a silent worker whose process is there
SLOW_START_S = 180.0
STARTING = "The workers are starting: they load TensorFlow."
log = logging.getLogger("tl_core.processes.supervisor")


@dataclass
class Flight:
    """A run that was handed to Dask, and the worker that was free for it."""

    run: ActiveRun
    worker: str
    future: Future


class Supervisor:
    """Policy over one store and one cluster. `me` names it in both."""

    def __init__(self, store: Store, limits: Settings, me: str) -> None:
        self.store, self.limits, self.me = store, limits, me
        self.closing = threading.Event()
        self.cluster: Cluster | None = None
        self.workers: dict[str, WorkerView] = {}
        self.measured = False
        self.flights: dict[str, Flight] = {}
        self.doomed: set[str] = set()  # workers that are being ended
        self.pulses, self.shortage = Pulses(limits.heartbeat_s), Shortage()
        self._homes = (str(limits.home.resolve()), str(keras_home().resolve()))
        self.standing = Standing(store, me, limits.heartbeat_s)
        self.warm_at = self.looked_at = 0.0

    def run(self) -> None:
        """Until the server is gone."""
        while not self.closing.is_set():
            try:
                if self.cluster is None:
                    self._connect()
                self._tick()
                self.closing.wait(TICK_S)
            except ClusterLost as error:
                self._lose_cluster(str(error))
            except Exception:  # such as a database that is restarted: the queue must survive it
                log.exception("this round failed; the next one follows")
                self.closing.wait(RETRY_S)
        self._close()

    def _connect(self) -> None:
        self.standing.say("starting", STARTING)
        self.warm_at = time.monotonic()
        self.cluster = Cluster(self.limits.cluster, self.limits.workers, self.limits.home / "dask")
        self.measured = False

    def _lose_cluster(self, sentence: str) -> None:
        log.warning(sentence)
        if self.cluster is not None:
            self.cluster.close()
        self.cluster, self.workers, self.flights, self.doomed = None, {}, {}, set()
        self.standing.say("unreachable", sentence)
        self.closing.wait(RETRY_S)

    # One round

    def _tick(self) -> None:
        assert self.cluster is not None
        runs = self.store.active()
        if runs or self.flights or time.monotonic() - self.looked_at > IDLE_LOOK_S:
            self.workers = self.cluster.workers()  # after the runs: a worker that is missing now is gone
            self.looked_at = time.monotonic()
        self.shortage.lately()
        strays = [run for run in runs if run.id not in self.flights]
        self._land(runs)
        self.doomed &= set(self.workers)
        self._rescue(strays)
        self._start(runs)
        self._describe()

    def _land(self, runs: Sequence[ActiveRun]) -> None:
        """See to the runs that were handed to Dask: ended, lost, or deaf to a stop."""
        assert self.cluster is not None
        active = {run.id: run for run in runs}
        for run_id, flight in list(self.flights.items()):
            run = active.get(run_id)
            if run is None or run.attempt != flight.run.attempt:
                self._forget(run_id)
            elif flight.future.done():
                self._ended_early(run, flight.future)
            elif run.status == "running" and run.worker not in self.workers:
                self._lost(run, self._why(run.worker))
            elif run.stop_requested_at and time.time() - run.stop_requested_at > self.limits.stop_grace_s:
                self.store.finish(run.id, run.attempt, "stopped", "Stopped; its worker had to be restarted.")
                self._forget(run.id)
                self._kill(run.worker)
            elif run.status == "running":
                self._listen(run)

    def _listen(self, run: ActiveRun) -> None:
        """End the worker of a run that has gone silent although its process is there: it may be stuck.

        A machine that is short of processor time makes a worker silent too, so this takes its time.
        """
        limit_s = PATIENCE * self.limits.stale_s
        silent_s = self.pulses.silent_s(run.id, run.heartbeat_at)
        if silent_s > limit_s and run.worker not in self.doomed:
            self._kill(run.worker)
        elif silent_s > 2 * limit_s:  # it could not even be ended: its machine is gone
            self._lost(run, lost.SILENT)

    def _why(self, worker: str) -> str:
        """Why a worker is gone, as far as that is known."""
        if worker in self.doomed:
            return lost.SILENT
        return lost.MEMORY if self.shortage.lately() else lost.DIED

    def _kill(self, worker: str) -> None:
        assert self.cluster is not None
        self.doomed.add(worker)
        self.cluster.kill(worker)

    def _ended_early(self, run: ActiveRun, future: Future) -> None:
        """Dask is done with the task, but the store does not know how the run ended."""
        error = future.exception(timeout=1) if future.status == "error" else None
        if error is None or type(error).__name__ == "KilledWorker":
            return self._lost(run, self._why(run.worker))
        if isinstance(error, SQLAlchemyError):
            return self._lost(run, lost.NO_STORE)
        log.error("run %s: %r", run.id, error)
        self.store.finish(
            run.id,
            run.attempt,
            "failed",
            f"A worker could not carry out the run ({type(error).__name__}: {error}). Workers on other "
            "machines need the same Transfer Lab, installed with pip install -r requirements.txt.",
        )
        return self._forget(run.id)

    def _rescue(self, strays: Sequence[ActiveRun]) -> None:
        """Look after runs that nobody looks after: those of a server that is gone."""
        gone = {name for name in {run.supervisor for run in strays} if name != self.me and self._is_gone(name, strays)}
        for name in gone & {run.supervisor for run in strays if run.status == "queued"}:
            supervising.adopt(self.store, name, self.me)
        for run in strays:
            if run.status == "queued":
                continue
            silent = self.pulses.silent_s(run.id, run.heartbeat_at) > self.limits.stale_s
            if run.supervisor == self.me:  # of the supervisor before, whose own workers died with it
                silent = silent or not self.limits.cluster
            if silent and run.supervisor in {*gone, self.me}:
                self._lost(run)

    def _is_gone(self, supervisor: str, strays: Sequence[ActiveRun]) -> bool:
        """Whether nobody of that name looks after its runs any more."""
        if not supervisor:
            return True
        state = self.store.cluster(supervisor)
        if state is not None and state.state == "stopped":
            return True
        spoke_at = max(run.heartbeat_at for run in strays if run.supervisor == supervisor)
        spoke_at = state.heartbeat_at if state is not None else spoke_at
        return self.pulses.silent_s(supervisor, spoke_at) > self.limits.stale_s

    def _lost(self, run: ActiveRun, what: str = "") -> None:
        """A worker is gone: its run goes on from the last finished epoch, unless it has lost too many there.

        `what` became of the worker; "": it ended with its server, which is not the run's fault.
        """
        self._forget(run.id)
        if run.stop_requested_at:
            supervising.take_over(self.store, run, "stopped", "Stopped.")
            return
        before = supervising.losses(self.store, run.id)
        if what and len(before) + 1 >= self.limits.attempts:
            supervising.take_over(self.store, run, "interrupted", lost.given_up([*before, what]), lost=what)
            return
        sentence = lost.goes_on(what or (lost.WITH_CLUSTER if self.limits.cluster else lost.WITH_SERVER))
        log.warning("run %s, attempt %d: %s", run.id, run.attempt, sentence)
        supervising.take_over(self.store, run, "queued", sentence, self.me, what)

    def _start(self, runs: Sequence[ActiveRun]) -> None:
        """Hand out as many runs as there are free workers, to the student with the fewest in flight first."""
        assert self.cluster is not None
        taken = {flight.worker for flight in self.flights.values()} | self.doomed
        free = [name for name, view in self.workers.items() if view.warm and not view.keys and name not in taken]
        if not free:
            return
        in_flight = Counter(run.owner for run in runs if run.status == "running")
        for run in fair_order(runs):
            if not free:
                return
            if run.supervisor == self.me and run.id not in self.flights:
                worker = free.pop(0)
                task = (run.id, run.attempt, self.store.url, *self._homes)
                future = self.cluster.submit(f"{run.id}-{run.attempt}", worker, -in_flight[run.owner], *task)
                self.flights[run.id] = Flight(run, worker, future)
                in_flight[run.owner] += 1

    def _forget(self, run_id: str) -> None:
        flight = self.flights.pop(run_id, None)
        if flight is not None and self.cluster is not None and not flight.future.done():
            self.cluster.cancel(flight.future)

    # What others see of it

    def _describe(self) -> None:
        """Say how the workers are; once all of them are warm and idle, have one measure its machine."""
        assert self.cluster is not None
        address, warm = self.limits.cluster, [name for name, worker in self.workers.items() if worker.warm]
        if warm:
            self.warm_at = time.monotonic()
            where = f"at {address}" if address else "on this machine"
            self.standing.say("ready", f"{len(warm)} worker{'s' * (len(warm) > 1)} {where}.", len(warm))
        elif self.workers or not address:
            late = time.monotonic() - self.warm_at > SLOW_START_S
            self.standing.say(
                "starting", "No worker starts; supervisor.log in the data home says why." if late else STARTING
            )
        else:
            self.standing.say("unreachable", f"{address} has no workers. Start some: dask worker {address}")
        if warm and not self.measured and not self.flights and len(warm) == len(self.workers):
            self.measured = True
            self.standing.measured(self.cluster.machine(warm[0]))
        if self.cluster.local:
            self.standing.look_elsewhere()

    def _close(self) -> None:
        """Give everything back, so that the next supervisor can go on at once."""
        running = [flight.run.id for flight in self.flights.values()]
        local = self.cluster is not None and self.cluster.local
        if self.cluster is not None:
            self.cluster.close()
        supervising.adopt(self.store, self.me, "")
        for run in self.store.active():
            if local and run.id in running and run.status == "running":
                supervising.take_over(
                    self.store, run, "queued", "The server stopped; the run goes on when the server is back."
                )
        supervising.set_cluster(self.store, self.me, "stopped", "The server was stopped.")


def main() -> int:
    """Run until standard input is closed; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tl_core.processes.supervisor", description=__doc__)
    parser.add_argument("--id", default="", help="the name of this supervisor in the store")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("distributed").setLevel(logging.WARNING)
    try:
        supervisor = Supervisor(open_store(), settings(), arguments.id or secrets.token_hex(9))
    except StoreError as error:
        print(error, file=sys.stderr)
        return 2
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: supervisor.closing.set())
    threading.Thread(target=child.close_with_stdin, args=(supervisor.closing, CLOSE_S), daemon=True).start()
    threading.Thread(target=removal.keep_expiring, args=(supervisor.closing,), daemon=True).start()
    supervisor.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
