"""Ask the model of a finished run. The work is done by a child process, tl_core.ml.trained, which TensorFlow fills.

Imports no TensorFlow: safe and quick in the web process. The child starts with the first question, answers one at a
time, and ends when nobody has asked anything for a while. Pictures go to it through a pipe and never touch the disk.
"""

from __future__ import annotations

import atexit
import contextlib
import pickle
import queue
import subprocess
import threading

from tl_core.base.events import Progress
from tl_core.base.questions import Answer, Format, Model, Pack, Question
from tl_core.base.settings import settings
from tl_core.processes import child, models
from tl_core.store import Run, StoreError, open_store

IDLE_S = 300.0  # without a question for so long, the child ends
LIMIT_S = 600.0  # for one answer
STOPPED = "Stopped."
MODELS: tuple[Format, ...] = ("keras", "tflite")  # what needs the trained weights; a script trains anew
WAITING = Progress("Waiting for the models", 0, 1)


def finished(experiment_id: str, owner: str) -> list[Run]:
    """The finished runs of one's own experiment.

    Raises
    ------
    StoreError
        When there is no such experiment of the owner's, or none of its runs has finished.
    """
    experiment = open_store().experiment(experiment_id)
    if experiment is None or experiment.owner != owner:
        raise StoreError("There is no such experiment of yours.")
    runs = [run for run in experiment.runs if run.status == "finished" and run.summary is not None]
    if not runs:
        raise StoreError("No run of this experiment has finished yet, so there is no model to use.")
    return runs


def model_of(run: Run) -> Model:
    """What a question names a run's model by."""
    return Model(run.id, run.spec, settings().runs / run.id)


class Task:
    """One question. `answer` or `problem` is there once `done` is set."""

    def __init__(self, question: Question) -> None:
        self.question: Question | None = question  # until it has ended: pictures are large
        self.progress = WAITING
        self.answer: Answer | None = None
        self.problem = ""
        self.done = threading.Event()
        self.stopped = threading.Event()

    def end(self, answer: Answer | None = None, problem: str = "") -> None:
        self.answer, self.problem, self.question = answer, problem, None
        self.done.set()


def ask(question: Question) -> Task:
    """Have a question answered; returns at once."""
    return _desk.ask(question)


def stop(task: Task) -> None:
    """No longer wait for an answer."""
    _desk.stop(task)


def shutdown() -> None:
    """End the child, whatever it is doing; whoever waits has no answer."""
    _desk.shutdown()


class _Desk:
    def __init__(self) -> None:
        self._tasks: queue.Queue[Task] = queue.Queue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._now: Task | None = None

    def ask(self, question: Question) -> Task:
        task = Task(question)
        with self._lock:
            self._tasks.put(task)
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="trained-models", daemon=True)
                self._thread.start()
        return task

    def stop(self, task: Task) -> None:
        task.stopped.set()
        if self._now is task:
            self.end_child()
        else:
            task.end(problem=STOPPED)

    def shutdown(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._tasks.get_nowait().end(problem=STOPPED)
        self.end_child()

    def end_child(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()  # type: ignore[union-attr]

    def _serve(self) -> None:
        while True:
            try:
                task = self._tasks.get(timeout=IDLE_S)
            except queue.Empty:
                with self._lock:
                    if self._tasks.empty():
                        self._thread = None
                        self.end_child()
                        return
                continue
            self._now = task
            if task.stopped.is_set():
                task.end(problem=STOPPED)
            else:
                self._answer(task)
            self._now = None

    def _answer(self, task: Task) -> None:
        late = threading.Event()

        def cut_short() -> None:
            late.set()
            self.end_child()

        limit = threading.Timer(LIMIT_S, cut_short)
        limit.daemon = True
        limit.start()
        try:
            said = self._converse(task)
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            self.end_child()
            said = (
                STOPPED
                if task.stopped.is_set()
                else f"The model had no answer after {LIMIT_S / 60:.0f} minutes. Ask it less at once."
                if late.is_set()
                else "The process that uses the models ended unexpectedly. Try again; trained.log in the data home "
                "says more."
            )
        finally:
            limit.cancel()
        if isinstance(said, str):
            task.end(problem=said)
        else:
            task.end(said)

    def _converse(self, task: Task) -> Answer | str:
        if self._process is None or self._process.poll() is not None:
            self.end_child()
            self._process = child.start("tl_core.ml.trained", log=settings().home / "trained.log", answers=True)
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        pickle.dump(task.question, process.stdin)
        process.stdin.flush()
        while isinstance(said := pickle.load(process.stdout), Progress):
            task.progress = said
        return said


def pack(run: Run, form: Format, title: str) -> Pack:
    """The question for a run's model or script, to be taken home. Raises StoreError when its model is gone."""
    assert run.summary is not None
    if form in MODELS:
        models.check(run)
    return Pack(model_of(run), form, run.summary.test_accuracy, run.summary.epochs, title)


_desk = _Desk()
atexit.register(shutdown)
