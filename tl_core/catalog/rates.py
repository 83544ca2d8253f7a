"""The learning rate that each part of a network starts with: a rule by backbone and by labels per class.

The rule is what BiT's hyper-rule is (Kolesnikov et al. 2020, Big Transfer, section 3.3): a few cases, found once, so
that nobody has to search for every task. assets/evidence/tuning.csv holds what was tried, on validation images; of SGD
from scratch also learning_rates.csv, on pictograms as they were before. SGD's rates for fine-tuning are measured on
MobileNet 0.25 and ratings alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from tl_core.base.spec import RunSpec
from tl_core.catalog.backbones import BACKBONES
from tl_core.catalog.datasets import dataset
from tl_core.uploads.subsets import counts

Value = TypeVar("Value")
# Backbone, or the builder of several, or "" for all others → optimiser → from so many labels per class.
Rule = Mapping[str, Mapping[str, Mapping[int, Value]]]


class Rates(NamedTuple):
    """Learning rates of pretrained layers and of a new head on them."""

    backbone: float
    head: float
    probed: float | None = None  # of these layers under a head that was probed; None: as under a new one


SCRATCH: Rule[float] = {
    "bert": {"adam": {0: 1e-4}, "sgd": {0: 0.05}},  # Adam: assets/evidence/sentences.md
    "item_factors": {"adam": {0: 1e-2}, "sgd": {0: 0.15}},  # assets/evidence/ratings.md
    "MobileNet": {"adam": {0: 1e-2}},
    "": {"adam": {0: 3e-3}, "sgd": {0: 0.05}},
}
PROBE: Rule[float] = {  # a few dozen steps have to bring a new head all the way
    "tiny_resnet": {"adam": {0: 1e-2, 20: 3e-2}, "sgd": {0: 0.05}},
    "MobileNet": {"sgd": {0: 0.015}},
    "": {"adam": {0: 1e-2}, "sgd": {0: 0.05}},
}
FINE_TUNING: Rule[Rates] = {  # found on the MobileNets except for our own small networks
    "bert": {"adam": {0: Rates(1e-4, 1e-2)}, "sgd": {0: Rates(1e-3, 1e-3)}},
    "item_factors": {"adam": {0: Rates(1e-4, 1e-2)}, "sgd": {0: Rates(1e-3, 0.1)}},
    "tiny_resnet": {
        "adam": {0: Rates(1e-4, 1e-2), 20: Rates(3e-4, 1e-2, probed=1e-4), 100: Rates(1e-3, 1e-2)},
        "sgd": {0: Rates(3e-3, 3e-2)},
    },
    "mobilenet_025": {"adam": {0: Rates(3e-4, 3e-3), 100: Rates(3e-4, 1e-3)}},  # the narrowest bears larger steps
    "": {"adam": {0: Rates(1e-4, 3e-3), 100: Rates(3e-4, 1e-3, probed=1e-4)}, "sgd": {0: Rates(1e-3, 1e-3)}},
}


def scratch(spec: RunSpec) -> float:
    """Of a network that starts at random."""
    return _of(SCRATCH, spec)


def probe(spec: RunSpec) -> float:
    """Of a new head on frozen layers."""
    return _of(PROBE, spec)


def fine_tuning(spec: RunSpec) -> Rates:
    """Of pretrained layers and the new head on them."""
    return _of(FINE_TUNING, spec)


def under_a_new_head(spec: RunSpec) -> float:
    """Of pretrained layers; where lower ones learn more slowly, of the highest."""
    return fine_tuning(spec).backbone


def after_a_probe(spec: RunSpec) -> float:
    """Of pretrained layers under a head that a probe has found."""
    found = fine_tuning(spec)
    return found.probed or found.backbone


def _of(rule: Rule[Value], spec: RunSpec) -> Value:
    optimiser = "sgd" if spec.optimizer.name == "sgd" else "adam"  # AdamW takes Adam's
    narrowest_first = (spec.backbone, BACKBONES[spec.backbone].builder, "")
    steps = next(found for name in narrowest_first if (found := rule.get(name, {}).get(optimiser)))
    return steps[max(least for least in steps if least <= labels(spec))]


def labels(spec: RunSpec) -> int:
    """Labelled images per class that a run may train on."""
    data = spec.data
    return counts(dataset(data.dataset).pool, data.per_class, data.validation_share)[0]
