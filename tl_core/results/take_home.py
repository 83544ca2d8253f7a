"""What a finished run leaves besides its model: the history as CSV, and a model card. Needs no TensorFlow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tl_core import catalog
from tl_core.base.events import Summary, numbers
from tl_core.base.markup import plain
from tl_core.base.wording import defined, duration, in_sentence, many, percent
from tl_core.catalog import BACKBONES, STRATEGIES, dataset, strategies
from tl_core.catalog.shifts import SHIFTS
from tl_core.races import phases
from tl_core.results import experiments, references
from tl_core.results.arm import resampled

if TYPE_CHECKING:
    import pandas as pd

    from tl_core.store import Run

FEW = 30  # test pictures of a class below which its score says little


def history(metrics: pd.DataFrame) -> str:
    """The ends of a run's epochs as CSV: epoch, phase, elapsed_s, images, then one column a measured value.

    `metrics`: the rows of one run, as Store.metrics gives them. Columns such as val_accuracy in [0, 1].
    """
    ends = metrics[metrics["split"].eq("val") & metrics["name"].eq("accuracy")]["epoch"]
    rows = metrics[metrics["epoch"].isin(ends)]
    rows = rows.assign(column=rows["split"] + "_" + rows["name"])
    table = rows.pivot_table(index="epoch", columns="column", values="value", aggfunc="last")
    when = rows.groupby("epoch")[["phase", "elapsed_s", "images"]].last()
    text: str = when.join(table).reset_index().to_csv(index=False, lineterminator="\n")
    return text


def card(run: Run, title: str) -> str:
    """A model card in Markdown (Mitchell et al. 2019, Model Cards for Model Reporting, arXiv:1810.03993).

    `run` has finished.
    """
    summary = run.summary
    assert summary is not None
    sections = (
        f"# {plain(title)}",
        _model(run),
        _data(run, summary),
        _scores(run, summary) + _beside(run) + _shifted(run, summary),
        _limits(run, summary),
        _licences(run),
        _recipe(run, summary),
    )
    return "\n\n".join(sections) + "\n"


def _said(run: Run, text: str) -> str:
    return experiments.held([run]).said(text)


def _model(run: Run) -> str:
    spec, entry = run.spec, BACKBONES[run.spec.backbone]
    strategy = STRATEGIES[spec.strategy]
    transfers = strategies.transfers(spec, catalog.card(spec.backbone).stage_names)
    size = ", ".join(filter(None, (entry.takes.of_size(spec.image_size), entry.takes.channels)))
    start = f"It started from weights pretrained on {entry.source_task}. " if transfers else ""
    return (
        "## Model\n\n"
        f"{entry.title} ({entry.paper}, {entry.paper_url}) with a new head ({spec.head.kind}) for "
        f"{len(experiments.classes_of(run))} classes: {', '.join(map(plain, experiments.classes_of(run)))}. {start}"
        f"Strategy: {strategy.title}. {strategy.summary} " + _said(run, f"Pictures are seen at {size}.")
    )


def _data(run: Run, summary: Summary) -> str:
    entry = dataset(run.spec.data.dataset)
    split = (
        f"Trained on {summary.train_images:,} pictures, with {summary.val_images:,} others for validation and "
        f"{many(summary.test_images, 'other')} for the test; no picture is in two of them (split seed "
        f"{run.spec.data.seed})."
    )
    return f"## Data\n\n{plain(entry.title)}. {entry.source}. {_said(run, split)}"


def _scores(run: Run, summary: Summary) -> str:
    method = f"{resampled(run)}, Field and Welsh 2007" if summary.test_groups else ", Wilson 1927"
    measured = numbers(summary)
    also = "".join(f", {head} {_score(measured, name)}" for name, head in _measures(run).items())
    rows = "\n".join(
        f"| {plain(score.name)} | {defined(score.precision)} | {defined(score.recall)} | {defined(score.f1)} "
        f"| {defined(score.roc_auc)} | {score.support} |"
        for score in summary.per_class
    )
    return (
        "## Test\n\n"
        f"Accuracy {percent(summary.test_accuracy)} (95 % interval {percent(summary.test_accuracy_low)} to "
        f"{percent(summary.test_accuracy_high)}{method}){also}, mean cross-entropy "
        f"{summary.test_loss:.3f}, on {many(summary.test_images, _said(run, 'picture'))} that were used in no training "
        "step and in no choice.\n\n"
        f"| class | precision | recall | F1 | ROC AUC | {_said(run, 'pictures')} |\n|---|---|---|---|---|---|\n{rows}"
    )


def _measures(run: Run) -> dict[str, str]:
    """What is told of a test beside accuracy: name of the measure → how it is called."""
    several = {"micro_f1": "micro F1", "mean_average_precision": "mean average precision"}
    return {
        "macro_f1": "macro F1",
        **(several if dataset(run.spec.data.dataset).multi_label else {}),
        "roc_auc": "ROC AUC",
        **{measure.name: measure.head for measure in experiments.held([run]).measures},
    }


def _score(measured: Mapping[str, float | None], name: str) -> str:
    """0.612 (0.581 to 0.642), without the interval where there is none."""
    low, high = measured.get(f"{name}_low"), measured.get(f"{name}_high")
    return defined(measured.get(name)) + ("" if low is None else f" ({low:.3f} to {high:.3f})")


def _beside(run: Run) -> str:
    """What is reached without a network on the same test, and how far ahead the model is; "" where there is nothing."""
    found = references.table([run])
    if not found:
        return ""
    names = {"test_accuracy": "accuracy", **_measures(run)}
    names = {name: head for name, head in names.items() if any(row.get(name) is not None for row in found)}
    rows = "\n".join(f"| {row['title']} | {' | '.join(_score(row, name) for name in names)} |" for row in found)
    return (
        f"\n\n{experiments.beside([run])}\n\n"
        f"| without a network | {' | '.join(names.values())} |\n|{'---|' * (len(names) + 1)}\n{rows}"
    )


def _shifted(run: Run, summary: Summary) -> str:
    each = [f"{in_sentence(SHIFTS[score.kind].title)} {percent(score.plain.value)}" for score in summary.shifted]
    where = f"\n\nOn the same pictures shifted on purpose (severity {run.spec.shift.severity} of 5): "
    return f"{where}{', '.join(each)}." if each else ""


def _limits(run: Run, summary: Summary) -> str:
    names = ", ".join(plain(score.name) for score in summary.per_class if score.support < FEW)
    data = dataset(run.spec.data.dataset)
    limits = [
        "It names only its own classes, whatever else a picture shows."
        if data.multi_label
        else "It names one of its classes for every picture, even where none of them fits.",
        _calibration(summary),
        "It was tested on pictures from the same source as those it was trained on; others may be harder.",
        "One run with one seed: another seed gives another score.",
    ]
    if summary.early_stopped:
        limits.append("Training ended early, when the validation loss no longer fell; the best epoch was kept.")
    limits = [_said(run, limit) for limit in limits]
    if names:
        limits.append(f"{_said(run, f'Fewer than {FEW} test pictures')}: the scores of {names} are rough.")
    limits += [text for text in (data.intervals, data.caution) if text]
    limits += [_said(run, plain(note)) for note in summary.notes]
    return "## Limits\n\n" + "\n".join(f"- {limit}" for limit in limits)


def _calibration(summary: Summary) -> str:
    if summary.ece is None:
        return "Its probabilities were not calibrated: a high one is no guarantee."
    known = f"Its probabilities are as trained, with an expected calibration error of {percent(summary.ece)}"
    if summary.temperature is None:
        return f"{known}; no best temperature is defined."
    return (
        f"{known}; dividing the logits by {summary.temperature:.3f}, fitted on validation pictures, makes it "
        f"{defined(summary.scaled_ece, percent)}."
    )


def _licences(run: Run) -> str:
    entry = dataset(run.spec.data.dataset)
    backbone = BACKBONES[run.spec.backbone]
    return f"## Licences\n\n- Backbone: {backbone.licence}\n- {_said(run, 'Pictures')}: {entry.licence or 'unknown'}"


def _recipe(run: Run, summary: Summary) -> str:
    spec = run.spec
    versions = ", ".join(f"{name} {value}" for name, value in summary.versions.items())
    return (
        "## How it was trained\n\n"
        f"{_phases(run, summary)}{summary.epochs:.3g} epochs of {spec.epochs}, batches of {spec.batch_size}, "
        f"{spec.optimizer.name}, {spec.optimizer.schedule} schedule, augmentation {spec.augmentation}, seed "
        f"{spec.seed}; {summary.trainable_params:,} of {summary.total_params:,} parameters were trained, in "
        f"{duration(summary.total_s)}.\n\n{versions}\n\n"
        f"```json\n{json.dumps(spec.model_dump(mode='json'), indent=1, ensure_ascii=False)}\n```"
    )


def _phases(run: Run, summary: Summary) -> str:
    """What its automatic settings came to; nothing where an earlier version did not write it down."""
    if not summary.recipe:
        return ""
    return (
        f"{STRATEGIES[run.spec.strategy].title}: {phases.words(summary.recipe['phases'])}. Batch normalisation in "
        f"pretrained layers that train: {summary.recipe['batch_norm']}.\n\n"
    )
