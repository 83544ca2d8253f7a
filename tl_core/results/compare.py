"""Any runs side by side: which settings differ, what to call each run, and every number against one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from tl_core.base.events import numbers
from tl_core.base.spec import LayerPlan, RunSpec
from tl_core.base.wording import signed
from tl_core.catalog import BACKBONES, STRATEGIES, Modality, card, dataset
from tl_core.races import phases, plans, race
from tl_core.results import experiments
from tl_core.results.experiments import STATUS_WORDS
from tl_core.results.lead import learned_nothing
from tl_core.results.paired import ALPHA, Paired, holm, paired

if TYPE_CHECKING:
    from tl_core.store.tables import Run

MOST = 8  # runs on one chart: as many as there are colours that everyone can tell apart
MEASURED = {"test_accuracy": "Accuracy", "macro_f1": "Macro F1", "roc_auc": "ROC AUC", "total_s": "Seconds"}
NOT_SET = {  # what it means that a setting has no value; else: all
    "seconds": "no limit",
    "patience": "never",
    "data.classes": "every class",
    "optimizer.head_rate": "automatic",
}
FIRST = (
    "strategy",
    "backbone",
    "data.dataset",
    "data.per_class",
    "image_size",
    "optimizer.learning_rate",
    "epochs",
    "seed",
)


def settings(run: Run) -> dict[str, str]:
    """Every setting of a run in words, by its dotted name; the ones that matter most come first.

    What was left to the app is told as the run had it, which an earlier version may have chosen otherwise.
    """
    recipe = (run.summary.recipe if run.summary else {}) or phases.recipe(run.spec)
    found = {name: _word(name, value, run.spec, recipe) for name, value in _flat(run.spec).items()}
    order = [name for name in FIRST if name in found] + [name for name in found if name not in FIRST]
    return {name: found[name] for name in order}


def _flat(model: BaseModel, before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel) and not isinstance(value, LayerPlan):
            flat |= _flat(value, f"{before}{name}.")
        else:
            flat[before + name] = value
    return flat


def _word(name: str, value: Any, spec: RunSpec, recipe: Mapping[str, Any]) -> str:
    if name == "optimizer.learning_rate":
        return phases.rates(recipe["phases"])
    if name == "batch_norm":
        return str(recipe["batch_norm"])
    if name == "plan":
        return plans.words(value, card(spec.backbone).stage_names) if value else "the strategy's own"
    if name == "backbone" and value in BACKBONES:
        return BACKBONES[value].title
    if name == "strategy" and value in STRATEGIES:
        return STRATEGIES[value].title
    if name == "data.dataset":
        return dataset(value).title
    if value is None or value == ():
        return NOT_SET.get(name, "all")
    return ", ".join(value) if isinstance(value, tuple) else f"{value:g}" if isinstance(value, float) else str(value)


def label(name: str, holds: Modality) -> str:
    """A setting's name for reading: 'data.per_class' → 'Images per class', or 'Sentences per class'."""
    if name == "image_size":
        return holds.size.capitalize()
    model: Any = RunSpec
    title = name
    for part in name.split("."):
        field = model.model_fields[part]
        title, model = field.title or part.replace("_", " ").capitalize(), field.annotation
    return holds.said(title)


def differing(runs: Sequence[Run]) -> list[str]:
    """Names of the settings in which these runs are not all alike."""
    words = [settings(run) for run in runs]
    return [name for name in words[0] if len({word[name] for word in words}) > 1] if words else []


def common(runs: Sequence[Run]) -> dict[str, str]:
    """What all of these runs share, setting by setting."""
    apart = differing(runs)
    return {name: word for name, word in settings(runs[0]).items() if name not in apart} if runs else {}


def names(runs: Sequence[Run]) -> dict[str, str]:
    """run id → what to call it here: its strategy, then what else tells it apart; a number where nothing does."""
    specs = [run.spec for run in runs]
    apart = sorted((name for name in differing(runs) if _tells_apart(name, specs)), key=_rank)
    named: dict[str, str] = {}
    for run in runs:
        words = settings(run)
        holds = experiments.held([run])
        parts = [words["strategy"], *(_short(name, words[name], holds) for name in apart[:3])]
        title = " · ".join(parts)
        twins = sum(other == title or other.startswith(f"{title} (") for other in named.values())
        named[run.id] = f"{title} ({twins + 1})" if twins else title
    return named


def _tells_apart(name: str, specs: Sequence[RunSpec]) -> bool:
    """Whether a name needs this setting: not a rate that follows from the strategy, nor a split that is the seed's."""
    if name == "optimizer.learning_rate":
        return any(spec.optimizer.learning_rate is not None for spec in specs)
    if name == "data.seed":
        return any(spec.data.seed != spec.seed for spec in specs)
    return name not in ("strategy", "plan")


def _rank(name: str) -> int:
    order = ("backbone", "data.dataset", "data.per_class", "optimizer.learning_rate", "image_size", "seed")
    return order.index(name) if name in order else len(order)


def _short(name: str, word: str, holds: Modality) -> str:
    units = {
        "data.per_class": f"{word} per {holds.per}",
        "image_size": f"{word} {holds.unit}",
        "epochs": f"{word} epochs",
        "seed": f"seed {word}",
        "data.seed": f"split {word}",
        "optimizer.learning_rate": f"rate {word}",
    }
    return units.get(name, word)


def measured(runs: Sequence[Run]) -> dict[str, str]:
    """The numbers of which the difference to the reference is told, and their titles: also those of the task's own."""
    entries = [dataset(run.spec.data.dataset) for run in runs]
    return MEASURED | {measure.name: measure.head for entry in entries for measure in entry.holds.measures}


def table(runs: Sequence[Run], reference: str) -> list[dict[str, Any]]:
    """A row for each run: what differs in words, its scores in [0, 1], and their difference to the reference's.

    Differences are None where one of the two was not tested. `apart`: whether the difference in test accuracy is more
    than the luck of the test images, by the exact test on pairs, corrected for the number of runs (Holm 1979); None
    where that cannot be said. `interval`: the 95 % interval of that difference in points, as text. `unlearned`: titles
    of those of the two that have learned nothing yet.
    """
    titles, apart = names(runs), differing(runs)
    base = next((run for run in runs if run.id == reference), None)
    rows = []
    for run in runs:
        words = settings(run)
        row: dict[str, Any] = {
            "run_id": run.id,
            "title": titles[run.id],
            "strategy": run.strategy,
            "status": STATUS_WORDS[run.status],
            **{name: words[name] for name in apart},
            **numbers(run.summary),
        }
        there = numbers(base.summary if base else None)
        for name in measured(runs):
            ours, theirs = row.setdefault(name, None), there.get(name)
            row[f"{name}_difference"] = None if ours is None or theirs is None else ours - theirs
        rows.append(row)
    judged = {run.id: found for run in runs if base and run.id != base.id and (found := _against(run, base))}
    corrected = dict(zip(judged, holm([found.p for found in judged.values()]), strict=True))
    for row in rows:
        pair = judged.get(row["run_id"])
        row["apart"] = corrected[row["run_id"]] <= ALPHA if pair else None
        row["interval"] = f"{signed(pair.low)} to {signed(pair.high)}" if pair else ""
        row["unlearned"] = [titles[run.id] for run in runs if run.id in (row["run_id"], reference) and _unlearned(run)]
    return rows


def beside(runs: Sequence[Run], reference: str) -> str:
    """What is reached without a network on the data of the reference, and how far the best run on them is ahead."""
    data = next((run.spec.data for run in runs if run.id == reference), None)
    return experiments.beside([run for run in runs if run.spec.data == data])


def _against(run: Run, base: Run) -> Paired | None:
    if run.summary is None or base.summary is None or not same_test(run, base):
        return None
    return paired(run.summary.answers, base.summary.answers)


def _unlearned(run: Run) -> bool:
    return run.summary is not None and learned_nothing(run.summary)


def verdict(row: Mapping[str, Any]) -> str:
    """Whether a row of `table` differs from the reference by more than luck; "" where that cannot be said."""
    if row["apart"] is None:
        return ""
    nothing = f"; {' and '.join(row['unlearned'])} learned nothing yet" if row["unlearned"] else ""
    return f"{'more than luck' if row['apart'] else 'too close to call'} ({row['interval']}){nothing}"


def same_test(run: Run, base: Run) -> bool:
    """Whether two runs were tested on the same images."""
    ours, theirs = run.spec.data, base.spec.data
    return (ours.dataset, ours.classes, ours.test_images, ours.imbalance, ours.seed) == (
        theirs.dataset,
        theirs.classes,
        theirs.test_images,
        theirs.imbalance,
        theirs.seed,
    )


def again(run: Run) -> race.Race:
    """The Lab's settings for running it again with one change."""
    return race.of_specs([run.spec])
