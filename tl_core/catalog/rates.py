"""The learning rate that each part of a network starts with: a rule by backbone and by labels per class.

The rule is what BiT's hyper-rule is (Kolesnikov et al. 2020, Big Transfer, section 3.3): a few cases, found once, so
that nobody has to search for every task. assets/evidence/tuning.csv holds what was tried, on validation images.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from tl_core.base.spec import RunSpec
from tl_core.catalog.backbones import BACKBONES
from tl_core.catalog.datasets import dataset
from tl_core.uploads.subsets import counts

MANY = 100  # labelled images per class from which larger steps pay: on CIFAR-10 with 200, not with 50


Rule = TypeVar("Rule")


class Rates(NamedTuple):
    """Learning rates of pretrained layers, of a new head on them, and of these layers under a head that was probed."""

    backbone: float
    head: float
    probed: float | None = None  # None: as under a new one


SCRATCH: dict[str, dict[str, float]] = {  # builder → optimiser
    "bert": {"adam": 1e-4, "adamw": 1e-4, "sgd": 0.05},  # assets/evidence/sentences.md
    "item_factors": {"adam": 1e-2, "adamw": 1e-2, "sgd": 0.05},  # assets/evidence/ratings.md
    "": {"adam": 3e-3, "adamw": 3e-3, "sgd": 0.05},
}
PROBE = {"adam": 1e-2, "adamw": 1e-2, "sgd": 0.05}  # a few dozen steps have to bring a new head all the way
FINE_TUNING: dict[str, dict[str, tuple[Rates, Rates]]] = {  # builder → optimiser → with few labels, with many
    "bert": {"adam": (Rates(1e-4, 1e-2), Rates(1e-4, 1e-2)), "sgd": (Rates(1e-3, 1e-3), Rates(1e-3, 1e-3))},
    "item_factors": {"adam": (Rates(1e-3, 1e-2), Rates(1e-3, 1e-2)), "sgd": (Rates(1e-3, 1e-3), Rates(1e-3, 1e-3))},
    "tiny_resnet": {"adam": (Rates(1e-4, 1e-2), Rates(1e-3, 1e-2)), "sgd": (Rates(3e-3, 3e-2), Rates(3e-3, 3e-2))},
    "": {  # MobileNets
        "adam": (Rates(1e-4, 3e-3), Rates(3e-4, 1e-3, probed=1e-4)),
        "sgd": (Rates(1e-3, 1e-3), Rates(1e-3, 1e-3)),
    },
}


def scratch(spec: RunSpec) -> float:
    """Of a network that starts at random."""
    return _of_builder(SCRATCH, spec)[spec.optimizer.name]


def probe(spec: RunSpec) -> float:
    """Of a new head on frozen layers."""
    return PROBE[spec.optimizer.name]


def fine_tuning(spec: RunSpec) -> Rates:
    """Of pretrained layers and the new head on them, found on the MobileNets except for our own small networks."""
    few, many = _of_builder(FINE_TUNING, spec)["sgd" if spec.optimizer.name == "sgd" else "adam"]
    return many if labels(spec) >= MANY else few


def after_a_probe(spec: RunSpec) -> float:
    """Of pretrained layers under a head that a probe has found."""
    found = fine_tuning(spec)
    return found.probed or found.backbone


def _of_builder(rule: Mapping[str, Rule], spec: RunSpec) -> Rule:
    """The rule of a backbone's builder, or that of all others."""
    return rule.get(BACKBONES[spec.backbone].builder, rule[""])


def labels(spec: RunSpec) -> int:
    """Labelled images per class that a run may train on."""
    data = spec.data
    return counts(dataset(data.dataset).pool, data.per_class, data.validation_share)[0]
