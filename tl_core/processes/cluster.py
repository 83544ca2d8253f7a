"""Dask, as the supervisor sees it: a cluster of our own on this machine, or one at an address."""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import cloudpickle
import dask
import psutil
from distributed import Client, Future, LocalCluster, Security, Worker, WorkerPlugin, fire_and_forget

from tl_core.base.settings import ROOT, keras_home, settings
from tl_core.ml import worker as task

RUN = "run"  # the resource of which every worker has one, however many threads it was started with
ANSWER_S = 5.0  # longer, and a cluster elsewhere counts as lost
OWN_ANSWER_S = 60.0  # ours cannot be lost; a busy machine only makes it slow


class ClusterLost(Exception):
    """The cluster cannot be reached, as a sentence."""


class Preload(WorkerPlugin):
    """Makes every worker, whoever started it, ready for one run at a time. Travels by value."""

    name = "transfer-lab"

    def __init__(self, root: str, home: str, keras_home: str) -> None:
        self.root, self.homes = root, (home, keras_home)
        self.warming: asyncio.Task[None] | None = None

    def setup(self, worker: Worker) -> None:
        if importlib.util.find_spec("tl_core") is None:  # `dask worker` does not look into its own folder
            sys.path.insert(0, self.root)
        self.warming = asyncio.get_running_loop().create_task(self._warm(worker))

    async def _warm(self, worker: Worker) -> None:
        """TensorFlow takes seconds to import; then the worker gets its resource, and so its first run."""
        loop, log = asyncio.get_running_loop(), logging.getLogger("distributed.worker")
        try:
            from tl_core.ml.worker import rehearse, warm_up

            await loop.run_in_executor(None, warm_up)
        except Exception:
            log.exception("This worker cannot run Transfer Lab")
            await worker.set_resources(**{RUN: 1})  # even then: its first run fails with the sentence that helps
            return
        await worker.set_resources(**{RUN: 1})
        try:
            await loop.run_in_executor(None, rehearse, *self.homes)
        except Exception:
            log.exception("This worker could not compile anything beforehand")


cloudpickle.register_pickle_by_value(sys.modules[__name__])


class WorkerView(NamedTuple):
    """A worker as the scheduler sees it."""

    warm: bool  # TensorFlow is imported
    keys: list[str]  # of its tasks


class Cluster:
    """A connection to the workers.

    Raises
    ------
    ClusterLost
        From every method that asks the scheduler, when it does not answer.
    """

    def __init__(self, address: str, workers: int, scratch: Path) -> None:
        """`address` "": start `workers` processes here; else connect to the scheduler there."""
        self.address, self._own = address, None
        self._patience_s = ANSWER_S if address else OWN_ANSWER_S
        try:
            if not address:
                self._own = _local_cluster(workers, scratch)
            self._client = Client(self._own or address, timeout=self._patience_s, set_as_default=False)
        except (OSError, ValueError, RuntimeError) as error:
            raise ClusterLost(_sentence(address, error)) from error
        try:
            homes = str(settings().home.resolve()), str(keras_home().resolve())
            self._client.register_plugin(Preload(str(ROOT), *homes))
        except (OSError, RuntimeError) as error:
            self.close()
            raise ClusterLost(_sentence(address, error)) from error

    @property
    def local(self) -> bool:
        return self._own is not None

    def workers(self) -> dict[str, WorkerView]:
        """The workers that the scheduler knows, by address."""
        processing = self._ask("processing", workers=None)
        described = self._ask("identity", n_workers=-1)["workers"]
        return {
            address: WorkerView(RUN in view["resources"], [str(key) for key in processing.get(address, ())])
            for address, view in described.items()
        }

    def _ask(self, question: str, **options: Any) -> Any:
        if self._client.status != "running":
            raise ClusterLost(_sentence(self.address, self._client.status))
        try:
            ask = getattr(self._client.scheduler, question)
            return self._client.sync(ask, **options, callback_timeout=self._patience_s)
        except (OSError, RuntimeError, asyncio.CancelledError) as error:
            raise ClusterLost(_sentence(self.address, error)) from error

    def submit(self, key: str, worker: str, priority: int, *arguments: str | int) -> Future:
        """Hand `worker.execute(*arguments)` to Dask, for this worker if it is still there.

        The task goes on even when this client is gone.
        """
        future = self._client.submit(
            _travelling(),
            *arguments,
            key=key,
            pure=False,
            retries=0,
            priority=priority,
            resources={RUN: 1},
            workers=[worker],
            allow_other_workers=True,
        )
        fire_and_forget(future)
        return future

    def cancel(self, future: Future) -> None:
        self._quietly(self._client.cancel, [future], asynchronous=False, force=True)

    def kill(self, worker: str) -> None:
        """End a worker process that does not react; its nanny starts a new one."""
        for nanny in self._own.workers.values() if self._own is not None else ():
            if nanny.worker_address == worker and nanny.pid:
                self._quietly(psutil.Process(nanny.pid).kill)
                return
        restart = functools.partial(self._client.restart_workers, [worker], timeout=30, raise_for_error=False)
        threading.Thread(target=self._quietly, args=(restart,), daemon=True).start()

    def machine(self, worker: str) -> dict[str, float]:
        """What a worker measured of its machine; {} when it could not."""
        try:
            answer = self._client.run(task.machine, workers=[worker], on_error="return")
        except (OSError, RuntimeError) as error:
            raise ClusterLost(_sentence(self.address, error)) from error
        measured = answer.get(worker)
        return measured if isinstance(measured, dict) else {}

    def close(self) -> None:
        """Let go of the cluster; one of our own is ended, whatever its workers are doing."""
        if self._own is not None:
            for nanny in self._own.workers.values():
                nanny.auto_restart = False
                if nanny.pid:
                    self._quietly(psutil.Process(nanny.pid).kill)
        self._quietly(self._client.close, timeout=1)
        if self._own is not None:
            self._quietly(self._own.close, timeout=2)

    @staticmethod
    def _quietly(call: Any, *arguments: Any, **options: Any) -> None:
        try:
            call(*arguments, **options)
        except Exception as error:
            print(f"{getattr(call, '__name__', call)}: {error!r}", file=sys.stderr)


def _travelling() -> Callable[..., None]:
    """`worker.execute` as a nested function: Dask sends it by value, for schedulers that do not know tl_core."""

    def execute(*arguments: Any) -> None:
        from tl_core.ml.worker import execute

        execute(*arguments)

    return execute


def _local_cluster(workers: int, scratch: Path) -> LocalCluster:
    """Workers that only this process and they themselves can talk to.

    Whoever reaches a scheduler has it run any code. Its certificate is made here, is the only one that either side
    takes, and never touches the disk. Nothing is said over HTTP.
    """
    dask.config.set(
        {
            "distributed.scheduler.allowed-failures": 0,  # the supervisor decides what becomes of a lost run
            # Else a worker that is away 15 s after its process died, because it died again or the machine is slow, is
            # given up for good, although its nanny is starting it.
            "distributed.deploy.lost-worker-timeout": "1 day",
            "distributed.scheduler.worker-saturation": 1.0,
            "distributed.scheduler.http.routes": [],
            "distributed.worker.http.routes": [],
            "distributed.worker.profile.enabled": False,
            "distributed.worker.memory.terminate": False,
            "distributed.admin.tick.interval": "500ms",  # its health checks would keep an idle laptop awake
            "temporary-directory": str(scratch),
        }
    )
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        memory_limit=0,
        host="127.0.0.1",
        security=Security.temporary(),
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
    )


def _sentence(address: str, error: object) -> str:
    if address:
        return (
            f"The cluster at {address} does not answer. Runs wait until it is back: check that "
            f"`dask scheduler` is running there and that TL_CLUSTER is right."
        )
    return f"The worker processes on this machine could not be started ({error!r})."
