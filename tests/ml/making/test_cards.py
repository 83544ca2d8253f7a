"""Architecture cards: what the pages draw is what Keras builds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from tl_core.base.settings import ASSETS
from tl_core.catalog import card
from tl_core.catalog.backbones import BACKBONES
from tl_core.ml.making.cards import card_text
from tl_core.races import params

if TYPE_CHECKING:
    from tests.ml.conftest import Built

# Multiply-adds of the whole network with its classifier for one image of 224 × 224, and who says so.
PUBLISHED = {
    "mobilenet_100": 569e6,  # Howard et al. 2017, table 4
    "mobilenet_075": 325e6,  # Howard et al. 2017, table 6
    "mobilenet_025": 41e6,  # Howard et al. 2017, table 6
    "mobilenet_v2_100": 300e6,  # Sandler et al. 2018, table 4
    "mobilenet_v3_large": 219e6,  # Howard et al. 2019, table 3
    "efficientnet_b0": 390e6,  # Tan and Le 2019, table 2
    "resnet50": 3.8e9,  # He et al. 2015, table 1
    "vgg19": 19.6e9,  # He et al. 2015, section 3.3
    "nasnet_mobile": 564e6,  # Zoph et al. 2017, table 2
    "convnext_tiny": 4.5e9,  # Liu et al. 2022, table 1
}


def test_the_card_is_what_would_be_written_now(built: Built) -> None:
    written = (ASSETS / "cards" / f"{built.name}.json").read_text(encoding="utf-8")
    assert card_text(built.name, built.backbone) == written, "run python -m tl_core.ml.making.cards"


def test_every_backbone_has_a_card_and_no_card_is_left_over() -> None:
    assert {path.stem for path in (ASSETS / "cards").glob("*.json")} == set(BACKBONES)


def test_the_card_counts_the_parameters_that_keras_counts(built: Built) -> None:
    layers = [layer for stage in built.card.stages for layer in stage.layers]
    assert built.card.params == built.backbone.count_params()
    trainable = sum(math.prod(weight.shape) for weight in built.backbone.trainable_weights)
    assert sum(params.learnable(layer) for layer in layers) == trainable


@pytest.mark.parametrize("name", PUBLISHED)
def test_multiply_adds_are_the_published_ones(name: str) -> None:
    network = card(name)
    backbone = sum(stage.macs for stage in network.stages) * (224 / network.image_size) ** 2
    classifier = 1000 * network.stages[-1].output_shape[-1]
    if name == "vgg19":  # two hidden layers of 4,096 before the classifier
        classifier = 7 * 7 * 512 * 4096 + 4096 * 4096 + 4096 * 1000
    if name == "mobilenet_v3_large":  # a hidden layer of 1,280
        classifier = 960 * 1280 + 1280 * 1000
    assert backbone + classifier == pytest.approx(PUBLISHED[name], rel=0.03)
