"""The Dask task: claim a run, train it, say how it ended. The only part of ml that knows the store."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import gc
import os
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import psutil
from sqlalchemy.exc import SQLAlchemyError

from tl_core.base.events import Event, Metric, Note, Progress, Resumed, RunError, Stopped, Summary
from tl_core.base.priority import give_way
from tl_core.base.settings import settings
from tl_core.base.spec import SpecError, Status
from tl_core.ml.training import rehearsal
from tl_core.store import Run, Store, StoreError, open_store

WRITE_S = 0.25  # running values are written, and a stop is looked for, at most so often
STORE_PATIENCE_S = 60.0  # a store that cannot be written to for so long ends the run


class RunEnd(NamedTuple):
    """How a run ended."""

    status: Status
    reason: str = ""
    summary: Summary | None = None


def execute(run_id: str, attempt: int, store_url: str, home: str, keras_home: str) -> None:
    """Run one attempt of a run, from its checkpoint where it has one, and write its end to the store.

    Does nothing when the run was stopped, or given to another attempt, in the meantime. Never raises for a
    run that fails: that is a result. `home`: TL_HOME as this machine sees it.
    """
    _settle_in(home, keras_home)
    store = open_store(store_url)
    run = store.claim(run_id, _address(), attempt)
    if run is None:
        return
    with Reporter(store, run) as reporter, rehearsal.interrupted():
        outcome = _outcome(run, reporter)
    gc.collect()  # a model of the run before must not fill the memory of the next
    _persist(lambda: store.finish(run_id, attempt, *outcome))


def _settle_in(home: str, keras_home: str) -> None:
    wanted = {"TL_HOME": home, "KERAS_HOME": keras_home}
    if any(os.environ.get(name) != value for name, value in wanted.items()):
        os.environ.update(wanted)
        settings.cache_clear()


def _address() -> str:
    """This worker's address in its cluster: the supervisor sees by it whether the worker still lives."""
    from distributed import get_worker

    return str(get_worker().address)


def _outcome(run: Run, reporter: Reporter) -> RunEnd:
    folder = settings().runs / run.id
    try:
        folder.mkdir(parents=True, exist_ok=True)
        from tl_core.ml.training import train

        summary = train.run(run.spec, reporter.emit, reporter.should_stop, folder)
    except Stopped:
        return RunEnd("interrupted", reporter.lost) if reporter.lost else RunEnd("stopped", "Stopped.")
    except (RunError, SpecError, StoreError) as error:
        return RunEnd("failed", str(error))
    except OSError as error:
        return RunEnd("failed", _disk_sentence(error) or _unexpected(error, folder))
    except Exception as error:
        return RunEnd("failed", _unexpected(error, folder))
    return RunEnd("finished", "", summary)


def _disk_sentence(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return (
            "The disk is full, so the run could not go on. Free some space (cached activations lie in the "
            "folder 'activations' of the data home), then start it again."
        )
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        return f"{error.filename} cannot be written. Check the rights on that folder, or set TL_HOME."
    return ""


def _unexpected(error: Exception, folder: Path) -> str:
    first = (str(error).strip().splitlines() or [""])[0][:200]
    where = "the log of the jobs"
    try:
        (folder / "error.log").write_text(traceback.format_exc(), encoding="utf-8")
        where = f"runs/{folder.name}/error.log in the data home"
    except OSError:
        traceback.print_exc()
    return f"The run failed with an unexpected error ({type(error).__name__}: {first}). See {where}."


class Reporter:
    """Between a run and the store: gathers events, writes them in batches, keeps the heart beating.

    Ends of epochs, notes and resumptions are in the store when `emit` returns. Everything else is written by
    a thread, so that training never waits for the database; of several Progress events the latest counts.
    """

    def __init__(self, store: Store, run: Run) -> None:
        self._store, self._run = store, run
        self._events: list[Event] = []
        self._progress: Progress | None = None
        self._gathering, self._writing = threading.Lock(), threading.Lock()
        self._stop, self._closed = threading.Event(), threading.Event()
        self._written_at = time.monotonic()
        self._thread = threading.Thread(target=self._go_on_writing, name="reporter", daemon=True)
        self.lost = ""  # why the store could not be reached

    def __enter__(self) -> Reporter:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._thread.join()
        self._write()
        deadline = time.monotonic() + STORE_PATIENCE_S
        while self._events and time.monotonic() < deadline:
            time.sleep(0.5)
            self._write()

    def emit(self, event: Event) -> None:
        """Take one event. Raises nothing: a store that is away is waited for."""
        with self._gathering:
            if isinstance(event, Progress):
                self._progress = event
            else:
                self._events.append(event)
                if isinstance(event, Resumed) and self._run.attempt > 1:
                    where = f"resumed after epoch {event.epoch:g}" if event.epoch else "started again"
                    self._events.append(Note(f"Interrupted, then {where}."))
        if isinstance(event, Note | Resumed) or (isinstance(event, Metric) and event.epoch.is_integer()):
            self._write()

    def should_stop(self) -> bool:
        """Whether to stop, as of at most a quarter of a second ago."""
        return self._stop.is_set()

    def _go_on_writing(self) -> None:
        while not self._closed.wait(WRITE_S):
            idle_s = time.monotonic() - self._written_at
            if self._events or self._progress is not None or idle_s >= settings().heartbeat_s:
                self._write()
            self._look_for_stop()

    def _look_for_stop(self) -> None:
        try:
            if self._store.should_stop(self._run.id, self._run.attempt):
                self._stop.set()
        except SQLAlchemyError:
            pass  # _write says so when it lasts

    def _write(self) -> None:
        with self._writing:
            with self._gathering:
                events, progress = self._events, self._progress
                self._events, self._progress = [], None
            try:
                latest = [progress] if progress is not None else []
                if not self._store.record(self._run.id, self._run.attempt, [*events, *latest]):
                    self._stop.set()
                self._written_at = time.monotonic()
            except SQLAlchemyError as error:
                self._keep(events, progress)
                if time.monotonic() - self._written_at > STORE_PATIENCE_S:
                    self.lost = f"The run store could not be written to for a minute: {error.args[0]}"
                    self._stop.set()

    def _keep(self, events: list[Event], progress: Progress | None) -> None:
        with self._gathering:
            self._events = [*events, *self._events]
            self._progress = self._progress or progress


def _persist(write: Callable[[], object]) -> None:
    """Try until the store takes it: the end of a run is worth waiting for."""
    deadline = time.monotonic() + STORE_PATIENCE_S
    while True:
        try:
            write()
            return
        except SQLAlchemyError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def _keep_freed_memory() -> None:
    """Have glibc keep large blocks that were freed: every step asks for the same tensors again.

    Two MobileNets 0.75 trained side by side at 96 px did 29 images per second each with it and 26 without, on two
    cores. Other systems' allocators are left alone. Constants from malloc.h: M_MMAP_MAX, M_TRIM_THRESHOLD, M_TOP_PAD.
    """
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL("libc.so.6").mallopt
        for parameter, value in ((-4, 0), (-1, 2**31 - 1), (-2, 2**28)):
            mallopt(parameter, value)


def warm_up() -> None:
    """Make a fresh worker ready: below the pages in priority, TensorFlow and the engine imported."""
    give_way()
    _keep_freed_memory()
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(gpu, True)  # else the first worker takes all of it
    import tl_core.ml.training.train  # noqa: F401

    with contextlib.suppress(ImportError):
        import openvino  # noqa: F401


def rehearse(home: str, keras_home: str) -> None:
    """Compile what the first click will ask for, while the worker has nothing to do."""
    _settle_in(home, keras_home)
    rehearsal.rehearse()


def machine() -> dict[str, float]:
    """What this machine can do, measured on the spot in about half a second.

    `cpus`: logical processors this worker may use. `gflops`: 10⁹ floating-point operations a second (a
    multiply-add counts as two) of a 3×3 convolution, 64 → 64 channels, over a batch of 16 feature maps of
    28×28 in float32, the forward pass of one process that has the machine to itself.
    """
    import tensorflow as tf

    x = tf.random.stateless_normal((16, 28, 28, 64), seed=(0, 1))  # (N, H, W, C) float32
    kernel = tf.random.stateless_normal((3, 3, 64, 64), seed=(0, 2))
    operations = 2 * 16 * 28 * 28 * 3 * 3 * 64 * 64
    convolve = tf.function(lambda images: tf.nn.conv2d(images, kernel, 1, "SAME"), autograph=False)
    for _ in range(3):
        convolve(x).numpy()
    best_s, deadline = float("inf"), time.perf_counter() + 0.3
    while time.perf_counter() < deadline:
        began = time.perf_counter()
        convolve(x).numpy()
        best_s = min(best_s, time.perf_counter() - began)
    return {"cpus": float(_cpus()), "gflops": round(operations / best_s / 1e9, 1)}


def _cpus() -> int:
    try:
        return len(psutil.Process().cpu_affinity())
    except AttributeError:  # macOS has no affinity
        return os.cpu_count() or 1
