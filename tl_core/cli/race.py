"""`python -m tl_core race`: submit, follow, tell."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tl_core.base.events import numbers
from tl_core.base.settings import settings
from tl_core.base.spec import ENDED, RunSpec, SpecError
from tl_core.catalog import STRATEGIES
from tl_core.processes import jobs
from tl_core.races import fields, race
from tl_core.races.race import Race
from tl_core.store import Run, Store, open_store

if TYPE_CHECKING:
    import pandas as pd
    from rich.progress import Progress

POLL_S = 0.25
OWNER = "command line"
OTHER_NAMES = {"arms": "strategies"}
HELP = {
    "backbone": "see `python -m tl_core backbones`",
    "dataset": "see `python -m tl_core datasets`",
    "arms": f"comma-separated, of: {', '.join(STRATEGIES)}",
    "plan": "freeze plan of the strategy custom: f, t or r for every stage bottom up, as in the Lab's address",
    "split_seed": "which images are drawn; default: the seed",
    "image_size": "side in pixels; default: what suits the backbone and the data set",
    "learning_rate": "default: what suits the strategy and the optimiser",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Every setting of a race is an option; what is not given is as the Lab proposes it."""
    for name in race.NAMES:
        parser.add_argument(f"--{_option(name)}", help=HELP.get(name) or _help(name), dest=name)
    parser.add_argument("--json", metavar="FILE", help="write the results here")


def _option(name: str) -> str:
    return OTHER_NAMES.get(name, name).replace("_", "-")


def _help(name: str) -> str:
    field = fields.info(name)
    words = ", ".join(fields.choices(name)) or (field.description or f"{field.title}.")
    return words.replace("%", "%%")


def raced(arguments: argparse.Namespace) -> Race:
    """The race that the command line asks for.

    Raises
    ------
    SpecError
        With one sentence, when an option is unusable.
    """
    given = {name: text for name in race.NAMES if (text := getattr(arguments, name)) is not None}
    found = race.proposed(given.pop("backbone", ""), given.pop("dataset", ""))
    if "seed" in given:
        given.setdefault("split_seed", given["seed"])
    for name, text in given.items():
        found = race.read(found, name, text)
    if not found.arms:
        raise SpecError("Name at least one strategy, such as --strategies from_scratch,feature_extraction.")
    return found


def specs(arguments: argparse.Namespace) -> list[RunSpec]:
    """One spec for each strategy; all share data, seed and budget. Raises as `raced` does."""
    return raced(arguments).specs()


def options(wanted: Race) -> list[str]:
    """The options that ask for this race; what the Lab proposes for its backbone and data set is left out."""
    texts = race.to_texts(wanted, race.proposed(wanted.backbone, wanted.dataset))
    texts = {"backbone": wanted.backbone, "dataset": wanted.dataset} | texts
    if "seed" in texts:
        texts.setdefault("split_seed", str(wanted.shared.data.seed))
    return [f"--{_option(name)}={text}" for name, text in texts.items()]


def run(arguments: argparse.Namespace) -> int:
    """Run the arms to their end; 0 only when every one finished."""
    wanted = raced(arguments)
    if arguments.json and not Path(arguments.json).resolve().parent.is_dir():
        raise SpecError(f"The folder of {arguments.json} does not exist, so the results could not be written.")
    store = open_store()
    runs = run_to_end(store, jobs.submit(wanted.specs(), OWNER))
    _print_table(runs)
    if arguments.json:
        content = json.dumps(report(store, runs), indent=2)
        Path(arguments.json).write_text(content + "\n", encoding="utf-8")
    return 0 if all(run.status == "finished" for run in runs) else 1


def run_to_end(store: Store, experiment_id: str, titles: Sequence[str] = ()) -> list[Run]:
    """Follow a submitted experiment with a bar for each run, and end the workers; Ctrl-C stops its runs.

    `titles`: what to call the runs, by arm; the strategies' own names else.
    """
    jobs.ensure_supervisor()
    try:
        _follow(store, experiment_id, titles)
    except KeyboardInterrupt:
        print("Stopping the runs; what they measured is kept …", file=sys.stderr)
        jobs.stop([run.id for run in _runs(store, experiment_id)])
        _wait_for_end(store, experiment_id, settings().stop_grace_s + 5)
    finally:
        jobs.shutdown()
    return _runs(store, experiment_id)


def _runs(store: Store, experiment_id: str) -> list[Run]:
    experiment = store.experiment(experiment_id)
    return experiment.runs if experiment else []


def _wait_for_end(store: Store, experiment_id: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and any(r.status not in ENDED for r in _runs(store, experiment_id)):
        time.sleep(POLL_S)


def _follow(store: Store, experiment_id: str, titles: Sequence[str]) -> None:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<22}"), BarColumn(), TextColumn("{task.fields[now]}"), TimeElapsedColumn())
    with Progress(*columns) as bars:
        tasks = {
            run.id: bars.add_task(titles[run.arm] if titles else STRATEGIES[run.strategy].title, total=1.0, now="")
            for run in _runs(store, experiment_id)
        }
        told = ""
        while True:
            runs = _runs(store, experiment_id)
            for run in runs:
                _show(bars, tasks[run.id], run, store)
            told = _tell_cluster(bars, told)
            if all(run.status in ENDED for run in runs):
                return
            time.sleep(POLL_S)


def _show(bars: Progress, task: Any, run: Run, store: Store) -> None:
    done, total, words = run.progress_done or 0.0, run.progress_total or 1.0, run.progress_label or ""
    if run.status == "queued":
        words = f"waiting, place {store.queue_place(run.id)}"
    elif run.status in ENDED:
        words = run.status
        bars.stop_task(task)
    elif run.images_per_s:
        words += f" · {run.images_per_s:.0f} images/s"
    bars.update(task, completed=done, total=total, now=words)


def _tell_cluster(bars: Progress, told: str) -> str:
    state = jobs.cluster()
    message = state.message if state and state.state in {"starting", "unreachable"} else ""
    if message and message != told:
        bars.console.print(message)
    return message or told


def _cells(run: Run) -> list[str]:
    result = run.summary
    if result is None:
        return [""] * 6
    low, high = result.test_accuracy_low, result.test_accuracy_high
    return [
        f"{result.test_accuracy:.3f} ({low:.3f} – {high:.3f})",
        f"{result.macro_f1:.3f}",
        "–" if result.roc_auc is None else f"{result.roc_auc:.3f}",
        *(f"{seconds:.1f} s" for seconds in (result.prefix_s, result.train_s, result.total_s)),
    ]


def _print_table(runs: list[Run]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("strategy", "status", "accuracy (95 %)", "F1", "AUC", "prefix", "training", "total")
    for run in runs:
        table.add_row(STRATEGIES[run.strategy].title, run.status, *_cells(run))
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    console.print(table)
    for run in runs:
        if run.reason:
            console.print(f"{STRATEGIES[run.strategy].title}: {run.reason}")
        for note in run.notes:
            console.print(f"{STRATEGIES[run.strategy].title}: {note}")


def report(store: Store, runs: list[Run]) -> dict[str, Any]:
    """What --json writes: one entry a run, with its history by epoch."""
    metrics = store.metrics([run.id for run in runs])
    versions: dict[str, str] = {}
    entries = []
    for run in runs:
        entry: dict[str, Any] = {"strategy": run.strategy, "status": run.status, "reason": run.reason, "run": run.id}
        entry |= numbers(run.summary)
        source = run.summary.source_task if run.summary else None
        if source:
            entry |= {"source_before": source.before, "source_after": source.after}
        entry["history"] = history(metrics[metrics["run_id"] == run.id])
        entry["spec"] = run.spec.model_dump(mode="json")
        versions = run.summary.versions if run.summary else versions
        entries.append(entry)
    return {"runs": entries, "versions": versions}


def history(metrics: pd.DataFrame) -> list[dict[str, float]]:
    """Epoch ends of one run, in order: epoch, elapsed_s, train and validation accuracy and loss."""
    ends: dict[float, dict[str, float]] = {}
    for row in metrics[metrics["name"].isin(["accuracy", "loss"])].to_dict("records"):
        end = ends.setdefault(row["epoch"], {"epoch": row["epoch"]})
        end["elapsed_s"] = row["elapsed_s"]
        end[f"{row['split']}_{row['name']}"] = row["value"]
    return [end for _, end in sorted(ends.items()) if "val_accuracy" in end]
