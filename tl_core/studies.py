"""Sweeps: one study → many RunSpecs → one table. A grid over a base spec, repeated over seeds."""
from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from tl_core.events import Summary
from tl_core.spec import RunSpec, run_spec

MEASURED = (
    "test_accuracy", "test_accuracy_low", "test_accuracy_high", "macro_f1", "roc_auc", "test_images", "train_images",
    "total_params", "trainable_params", "prefix_s", "train_s", "total_s",
)


def _as_it_is(settings: dict[str, Any]) -> dict[str, Any]:
    return settings


@dataclass(frozen=True)
class Study:
    """A question that takes many runs.

    `axes` maps a setting of RunSpec, dotted where it is nested (`data.per_class`), to its values; every
    combination is run once for each seed, which seeds the split and the weights alike. `fit` may change the
    settings of one combination (a dotted name → value) into what follows from them, such as more epochs for fewer
    images; combinations that become the same run are run once.
    """

    title: str
    base: Mapping[str, Any]
    axes: Mapping[str, Sequence[Any]]
    seeds: Sequence[int] = (0, 1, 2)
    fit: Callable[[dict[str, Any]], dict[str, Any]] = field(default=_as_it_is)

    def specs(self) -> list[RunSpec]:
        """Every run of the study, seeds outermost, so that one whole round of the grid is there early.

        Raises
        ------
        SpecError
            With one sentence, when a combination is out of range.
        """
        found: dict[str, RunSpec] = {}
        for seed, values in product(self.seeds, product(*self.axes.values())):
            point = dict(self.base) | dict(zip(self.axes, values, strict=True)) | {"seed": seed, "data.seed": seed}
            spec = run_spec(**_nested(self.fit(point)))
            found.setdefault(key(spec), spec)
        return list(found.values())


def _nested(settings: Mapping[str, Any]) -> dict[str, Any]:
    """{"data.seed": 1} → {"data": {"seed": 1}}"""
    nested: dict[str, Any] = {}
    for name, value in settings.items():
        *outer, last = name.split(".")
        place = nested
        for part in outer:
            place = place.setdefault(part, {})
        place[last] = value
    return nested


def key(spec: RunSpec) -> str:
    """What identifies a run's settings, in twelve hexadecimal digits: the same when a setting is added to specs.

    Only what differs from the defaults counts, so a default must not change while rows rest on it.
    """
    text = json.dumps(spec.model_dump(mode="json", exclude_defaults=True), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def row(spec: RunSpec, axes: Sequence[str], summary: Summary) -> dict[str, Any]:
    """One line of a study's table: the settings on its axes, the seed, the epochs, and what was measured."""
    settings: dict[str, Any] = {}
    for name in axes:
        value: Any = spec
        for part in name.split("."):
            value = getattr(value, part)
        settings[name] = value
    source = summary.source_task
    return {
        "spec": key(spec), **settings, "seed": spec.seed, "epochs": spec.epochs,
        **{name: getattr(summary, name) for name in MEASURED},
        "source_before": source.before if source else None, "source_after": source.after if source else None,
    }
