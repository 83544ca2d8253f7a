"""`python -m tl_core race`: submit, follow, tell."""
from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tl_core.base.settings import settings
from tl_core.base.spec import ENDED, RunSpec, SpecError, run_spec
from tl_core.catalog import BACKBONES, STRATEGIES
from tl_core.processes import jobs
from tl_core.races.race import size_on
from tl_core.store import Run, Store, open_store
from tl_core.uploads import stored as uploaded

if TYPE_CHECKING:
    import pandas as pd
    from rich.progress import Progress

POLL_S = 0.25
USUAL_SIZE = 96  # pixels
OWNER = "command line"


def _number_or_all(text: str) -> int | None:
    return None if text == "all" else int(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def arguments(parser: argparse.ArgumentParser) -> None:
    """Every option of the command."""
    add = parser.add_argument
    add("--dataset", default="digits", help="see `python -m tl_core datasets`")
    add("--backbone", default="mobilenet_075", help="see `python -m tl_core backbones`")
    add("--strategies", type=_names, default=("from_scratch", "feature_extraction"),
        help=f"comma-separated, of: {', '.join(STRATEGIES)}")
    add("--classes", type=_names, default=(), help="comma-separated; default: every class")
    add("--per-class", type=_number_or_all, default=20, help="training images a class, or 'all'")
    add("--validation-share", type=float, default=0.2)
    add("--test-images", type=_number_or_all, default=1000, help="in total, or 'all'")
    add("--image-size", type=int, help="side in pixels; default: 96, or 224 for few pictures of your own")
    add("--epochs", type=int, default=10)
    add("--seconds", type=float, help="a budget of training time that ends a run before its epochs")
    add("--batch-size", type=int, default=32)
    add("--optimizer", default="adam", help="adam, adamw or sgd")
    add("--learning-rate", type=float, help="default: what suits the strategy")
    add("--schedule", default="cosine", help="constant, cosine, warmup_cosine, plateau or range_test")
    add("--weight-decay", type=float, default=1e-4)
    add("--head", default="pool", help="pool, pool_hidden or flatten_256")
    add("--dropout", type=float, default=0.0)
    add("--head-start", default="automatic", help="what the head's last layer begins with: zeros, random or automatic")
    add("--augmentation", default="none", help="none, light or strong")
    add("--patience", type=int, help="early stopping after so many epochs without a better validation loss")
    add("--seed", type=int, default=0)
    add("--json", metavar="FILE", help="write the results here")


def specs(arguments: argparse.Namespace) -> list[RunSpec]:
    """One spec for each strategy; all share data, seed and budget."""
    if not arguments.strategies:
        raise SpecError("Name at least one strategy, such as --strategies from_scratch,feature_extraction.")
    return [
        run_spec(
            backbone=arguments.backbone, strategy=strategy, image_size=arguments.image_size or _size(arguments),
            epochs=arguments.epochs, seconds=arguments.seconds, batch_size=arguments.batch_size,
            augmentation=arguments.augmentation, patience=arguments.patience, seed=arguments.seed,
            head={"kind": arguments.head, "dropout": arguments.dropout, "start": arguments.head_start},
            optimizer={
                "name": arguments.optimizer, "learning_rate": arguments.learning_rate,
                "schedule": arguments.schedule, "weight_decay": arguments.weight_decay,
            },
            data={
                "dataset": arguments.dataset, "classes": arguments.classes, "per_class": arguments.per_class,
                "validation_share": arguments.validation_share, "test_images": arguments.test_images,
                "seed": arguments.seed,
            },
        )
        for strategy in arguments.strategies
    ]


def _size(arguments: argparse.Namespace) -> int:
    if uploaded.find(arguments.dataset) and arguments.backbone in BACKBONES:
        return size_on(arguments.backbone, arguments.dataset)
    return USUAL_SIZE


def run(arguments: argparse.Namespace) -> int:
    """Run the arms to their end; 0 only when every one finished."""
    wanted = specs(arguments)
    if arguments.json and not Path(arguments.json).resolve().parent.is_dir():
        raise SpecError(f"The folder of {arguments.json} does not exist, so the results could not be written.")
    store = open_store()
    runs = run_to_end(store, jobs.submit(wanted, OWNER))
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


SUMMARY_FIELDS = (
    "test_accuracy", "test_accuracy_low", "test_accuracy_high", "macro_f1", "roc_auc", "prefix_s", "train_s",
    "total_s", "trainable_params", "total_params",
)


def report(store: Store, runs: list[Run]) -> dict[str, Any]:
    """What --json writes: one entry a run, with its history by epoch."""
    metrics = store.metrics([run.id for run in runs])
    versions: dict[str, str] = {}
    entries = []
    for run in runs:
        entry: dict[str, Any] = {"strategy": run.strategy, "status": run.status, "reason": run.reason, "run": run.id}
        for name in SUMMARY_FIELDS:
            entry[name] = getattr(run.summary, name) if run.summary else None
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
