"""Sweeps: one study → many RunSpecs → one table. A grid over a base spec, repeated over seeds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, NamedTuple

from tl_core.base.events import Summary
from tl_core.base.spec import RunSpec, nested, run_spec
from tl_core.races import phases

MEASURED = (
    "test_accuracy",
    "test_accuracy_low",
    "test_accuracy_high",
    "macro_f1",
    "roc_auc",
    "test_images",
    "train_images",
    "total_params",
    "trainable_params",
    "prefix_s",
    "train_s",
    "total_s",
)


def _as_it_is(settings: dict[str, Any]) -> dict[str, Any]:
    return settings


class Point(NamedTuple):
    """One combination of a study's axes with one seed, and the run that measures it. `settings`: axis → value."""

    settings: dict[str, Any]
    spec: RunSpec


@dataclass(frozen=True)
class Study:
    """A question that takes many runs.

    `axes` maps a setting of RunSpec, dotted where it is nested (`data.per_class`), to its values; every
    combination is run once for each seed, which seeds the split and the weights alike. `fit` may change the
    settings of one combination (a dotted name → value) into what follows from them, such as more epochs for fewer
    images, or a freeze plan for an axis that is no setting of a run; combinations that become the same run are run
    once.
    """

    title: str
    base: Mapping[str, Any]
    axes: Mapping[str, Sequence[Any]]
    seeds: Sequence[int] = (0, 1, 2)
    fit: Callable[[dict[str, Any]], dict[str, Any]] = field(default=_as_it_is)

    def points(self) -> list[Point]:
        """Every combination with every seed, seeds outermost, so that one whole round of the grid is there early.

        Raises
        ------
        SpecError
            With one sentence, when a combination is out of range.
        """
        found = []
        for seed, values in product(self.seeds, product(*self.axes.values())):
            asked = dict(zip(self.axes, values, strict=True))
            fitted = self.fit(dict(self.base) | asked | {"seed": seed, "data.seed": seed})
            spec = run_spec(**nested(fitted))
            found.append(Point({name: fitted.get(name, value) for name, value in asked.items()}, spec))
        return found

    def specs(self) -> list[RunSpec]:
        """Every run of the study, each once, in the order of its points. Raises as `points` does."""
        return list({key(point.spec): point.spec for point in self.points()}.values())


def key(spec: RunSpec, recipe: Mapping[str, Any] | None = None) -> str:
    """What identifies a run's settings, in twelve hexadecimal digits: the same when a setting is added to specs.

    Only what differs from the defaults counts, and what the automatic settings come to: a run that was measured with
    other defaults is another one. `recipe`: what they came to in a run, as its summary has it; None: with today's.
    """
    settings = spec.model_dump(mode="json", exclude_defaults=True)
    settings["recipe"] = phases.recipe(spec) if recipe is None else recipe
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]


def row(spec: RunSpec, axes: Sequence[str], summary: Summary) -> dict[str, Any]:
    """One line of a study's table: the settings on its axes, the seed, the epochs, and what was measured."""
    settings: dict[str, Any] = {}
    for name in axes:
        value: Any = spec
        for part in name.split("."):
            value = getattr(value, part)
        settings[name] = value
    return _row(spec, settings, summary)


def rows(points: Sequence[Point], summaries: Mapping[str, Summary]) -> list[dict[str, Any]]:
    """A line like `row`'s for every point that is measured. `summaries`: by `key` of the spec.

    Where an axis is called `shift`, a point's scores are those on the test images changed in that way, and
    `adapted_accuracy` that with AdaBN.
    """
    known = [(point, summaries.get(key(point.spec))) for point in points]
    return [_row(point.spec, point.settings, summary) for point, summary in known if summary is not None]


def _row(spec: RunSpec, settings: Mapping[str, Any], summary: Summary) -> dict[str, Any]:
    source = summary.source_task
    return {
        "spec": key(spec),
        **settings,
        "seed": spec.seed,
        "epochs": spec.epochs,
        **{name: getattr(summary, name) for name in MEASURED},
        **summary.measures,
        **(_shifted(settings["shift"], summary) if "shift" in settings else {}),
        "source_before": source.before if source else None,
        "source_after": source.after if source else None,
    }


def _shifted(kind: str, summary: Summary) -> dict[str, float | None]:
    """What a row says of the test images in place of the scores on them unchanged, and with AdaBN."""
    score = next((score for score in summary.shifted if score.kind == kind), None)
    if score is None:
        return {"adapted_accuracy": summary.adapted.value if summary.adapted else None}
    return {
        "test_accuracy": score.plain.value,
        "test_accuracy_low": score.plain.low,
        "test_accuracy_high": score.plain.high,
        "macro_f1": None,
        "roc_auc": None,
        "adapted_accuracy": score.adapted.value if score.adapted else None,
    }
