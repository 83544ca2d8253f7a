"""Runs that were queued, followed to their end on the command line."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tl_core.base.settings import settings
from tl_core.base.signing import signed
from tl_core.base.spec import ENDED
from tl_core.base.wording import duration
from tl_core.processes import jobs
from tl_core.races import labels
from tl_core.results.arm import arm_titles
from tl_core.results.experiments import held, waiting
from tl_core.store import Run, open_store

POLL_S = 0.25
Look = Callable[[list[Run]], None]


def owner() -> str:
    """Whose are the experiments and data sets of the command line."""
    return signed("command line")


def to_end(experiments: Sequence[str], look: Look) -> list[Run]:
    """The runs of these experiments once all have ended; `look` is shown them again and again.

    Ctrl-C stops the runs and waits for their end; what they measured is kept. The workers end in any case.
    """
    jobs.ensure_supervisor()
    try:
        return _until_ended(experiments, look)
    except KeyboardInterrupt:
        print("Stopping the runs; what they measured is kept …", file=sys.stderr)
        jobs.stop([run.id for run in _runs(experiments)], owner())
        return _until_ended(experiments, look, settings().stop_grace_s + 5)
    finally:
        jobs.shutdown()


def _until_ended(experiments: Sequence[str], look: Look, seconds: float = float("inf")) -> list[Run]:
    end = time.monotonic() + seconds
    while True:
        runs = _runs(experiments)
        look(runs)
        if time.monotonic() > end or all(run.status in ENDED for run in runs):
            return runs
        time.sleep(POLL_S)


def _runs(experiments: Sequence[str]) -> list[Run]:
    found = [open_store().experiment(name) for name in experiments]
    return [run for experiment in found if experiment for run in experiment.runs]


def counted(ended: Callable[[Run], None] = lambda run: None) -> Look:
    """Calls `ended` with every run that has ended, and prints a line for it: what it was, and how long is left."""
    began, told = time.monotonic(), set[str]()

    def look(runs: list[Run]) -> None:
        for run in (run for run in runs if run.status in ENDED and run.id not in told):
            told.add(run.id)
            ended(run)
            left = (time.monotonic() - began) / len(told) * (len(runs) - len(told))
            print(f"{len(told)} of {len(runs)} runs: {_words(run)} · about {duration(left)} to go", flush=True)

    return look


def _words(run: Run) -> str:
    spec = run.spec
    end = f"{run.summary.test_accuracy:.3f}" if run.status == "finished" and run.summary else run.status
    reason = f". {run.reason}" if run.reason else ""
    about = f"{spec.backbone} {spec.strategy} on {spec.data.dataset}, {labels.short(spec.data)}, seed {spec.seed}"
    return f"{about}: {end}{reason}"


@contextmanager
def bars(titles: Sequence[str] = ()) -> Iterator[Look]:
    """Draws a bar for each run, and says what the workers wait for. `titles`: by arm; else as a race calls them."""
    columns = (TextColumn("{task.description:<30}"), BarColumn(), TextColumn("{task.fields[now]}"), TimeElapsedColumn())
    tasks: dict[str, Any] = {}
    said = set[str]()
    with Progress(*columns) as drawn:

        def look(runs: list[Run]) -> None:
            for run in runs:
                if run.id not in tasks:
                    title = titles[run.arm] if titles else arm_titles(runs)[run.id]
                    tasks[run.id] = drawn.add_task(title, total=1.0, now="")
                drawn.update(
                    tasks[run.id], completed=run.progress_done or 0.0, total=run.progress_total or 1.0, now=_now(run)
                )
                if run.status in ENDED:
                    drawn.stop_task(tasks[run.id])
            state = jobs.cluster()
            if state and state.state in {"starting", "unreachable"} and state.message not in said:
                said.add(state.message)
                drawn.console.print(state.message)

        yield look


def _now(run: Run) -> str:
    if run.status == "queued":
        return waiting(open_store().queue_places().get(run.id))
    if run.status in ENDED:
        return run.status
    speed = f" · {run.images_per_s:.0f} {held([run]).many}/s" if run.images_per_s else ""
    return f"{run.progress_label or ''}{speed}"
