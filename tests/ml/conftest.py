"""Every backbone of the catalogue, built once in a session with random weights; no two are alive at a time."""

from __future__ import annotations

from typing import NamedTuple

import keras
import numpy as np
import pytest

from tl_core.base.spec import Head
from tl_core.catalog import Card, card
from tl_core.catalog.backbones import BACKBONES
from tl_core.ml.data import modalities
from tl_core.ml.network import freezing, models

# Built by the same code as another entry, which stands for them in the default suite.
LIKE_ANOTHER = {
    "mobilenet_075",
    "mobilenet_100",
    "mobilenet_v2_100",
    "mobilenet_v3_large",
    "efficientnet_v2_b0",
    "vgg19",
    "resnet50v2",
    "tiny_resnet_glyphs",
    "tiny_resnet_syllables",
}


class Built(NamedTuple):
    name: str
    backbone: keras.Model
    model: keras.Model  # the backbone with a linear head for ten classes
    card: Card
    images: np.ndarray  # (1, H, W, 3) float32, preprocessed noise; of sentences (1, L) int32


@pytest.fixture(
    scope="session",
    params=[pytest.param(name, marks=pytest.mark.long if name in LIKE_ANOTHER else ()) for name in BACKBONES],
)
def built(request: pytest.FixtureRequest) -> Built:
    """One backbone at its default size, batch normalisation's statistics made to fit so that no signal dies."""
    name, size = request.param, BACKBONES[request.param].default_size
    backbone = models.build_backbone(name, size, None)
    model = models.attach_head(backbone, Head(kind="pool", start="random"), classes=10, seed=0)
    modality = modalities.of(name)
    noise = np.random.default_rng(0).uniform(0, 255, (1, *modality.input_shape(size))).astype(modality.DTYPE)
    images = np.asarray(models.preprocess(name)(noise))
    for layer in models.flat_layers(model):
        if isinstance(layer, keras.layers.BatchNormalization):
            freezing.set_batch_norm(layer, "training", momentum=0.0)
    model(images, training=True)
    return Built(name, backbone, model, card(name), images)
