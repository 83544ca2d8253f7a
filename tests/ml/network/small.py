"""Small networks and freeze plans for tests."""

from __future__ import annotations

import keras

from tl_core.base.spec import Head, LayerPlan
from tl_core.catalog import card
from tl_core.ml.network import models


def tiny(head: str = "pool", dropout: float = 0.0, seed: int = 0) -> keras.Model:
    backbone = models.build_backbone("tiny_resnet_cifar100", 16, None)
    return models.attach_head(backbone, Head(kind=head, dropout=dropout, start="random"), classes=3, seed=seed)


def plan(stages: dict[str, str], layers: dict[str, str] | None = None) -> LayerPlan:
    return LayerPlan.model_validate({"stages": stages, "layers": layers or {}})


def whole(name: str, state: str) -> LayerPlan:
    return plan(dict.fromkeys(card(name).stage_names, state))


def efficientnet() -> keras.Model:
    return models.build_backbone("efficientnet_b0", 32, None)
