"""What one phase runs: the frozen prefix apart from the rest, its outputs cached where they cannot change."""
from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import keras
import numpy as np
import tensorflow as tf

from tl_core import catalog
from tl_core.ml import activations, augment, data, mistakes, models
from tl_core.ml.activations import Features
from tl_core.ml.split import longest_frozen_cut, split
from tl_core.ml.steps import Steps, group_variables
from tl_core.settings import settings
from tl_core.spec import LayerPlan, Phase, RunSpec

PARTS = ("train", "val", "test")
Prepare = Callable[[tf.Tensor], tf.Tensor]


@dataclass
class PhaseGraph:
    """Compiled steps and where their inputs come from. `cut` is None when nothing is cached."""

    steps: Steps
    images: dict[str, data.Images]  # each (N, H, W, 3) uint8
    features: dict[str, Features]
    generators: list[keras.random.SeedGenerator]
    cut: str | None
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.from_cache = bool(self.features) and all(self.features[p].complete for p in ("train", "val"))

    @property
    def computed(self) -> int:
        """Images sent through the frozen prefix for the cache so far, over all splits."""
        return sum(f.computed for f in self.features.values())

    @property
    def optimizer_variables(self) -> list[keras.Variable]:
        return [v for group in self.steps.groups for v in group.optimizer.variables]

    def rows(self, part: str, ids: np.ndarray) -> np.ndarray:
        """The steps' input for these images: activations where they are cached, pixels elsewhere."""
        return self.features[part].rows(ids) if self.features else self.images[part][ids]

    def close(self) -> None:
        for features in self.features.values():
            features.discard()


def build_phase(
    model: keras.Model, spec: RunSpec, phase: Phase, plan: LayerPlan, card: catalog.Card, splits: data.Splits
) -> PhaseGraph:
    """Split the model at its longest frozen prefix and compile what is left to train."""
    images = {part: getattr(splits, part).images for part in PARTS}
    frozen = models.frozen_names(model, phase, plan, card)
    cut = longest_frozen_cut(model, mistakes.still_frozen(spec, model, frozen))
    prefix, suffix = split(model, cut) if cut else (None, model)
    prepare = _prepare(spec)
    augmenter = augment.augmenter(spec.augmentation, catalog.dataset(spec.data.dataset).flip, spec.seed)
    groups = group_variables(_rates(model, phase, card), spec.optimizer)
    generators = augment.seed_generators(model) + (augment.seed_generators(augmenter) if augmenter else [])

    reason = _why_not_cached(spec, prefix, images)
    if prefix is not None and not reason:
        shape = tuple(prefix.output.shape[1:])
        steps = Steps(lambda x, training: suffix(x, training=training), tf.TensorSpec((None, *shape)), groups)
        features = _features(spec, cut or "", prefix, prepare, images)
        return PhaseGraph(steps, images, features, generators, cut)

    def forward(x: tf.Tensor, training: bool) -> tf.Tensor:
        x = tf.cast(x, tf.float32)
        if augmenter is not None and training:
            x = augmenter(x, training=True)
        x = prepare(x)
        return suffix(prefix(x, training=False) if prefix is not None else x, training=training)

    pixels = tf.TensorSpec((None, *images["train"].shape[1:]), tf.uint8)
    return PhaseGraph(Steps(forward, pixels, groups), images, {}, generators, None, [reason] if reason else [])


def _prepare(spec: RunSpec) -> Prepare:
    """(B, h, w, 3) float32 [0, 255] → resized to the spec's size and preprocessed for the backbone's family."""
    preprocess, side = mistakes.preprocess(spec), spec.image_size

    def prepare(x: tf.Tensor) -> tf.Tensor:
        if x.shape[1:3] != (side, side):
            x = tf.image.resize(x, (side, side), antialias=side < max(x.shape[1:3]))
        return preprocess(x)

    return prepare


def _why_not_cached(spec: RunSpec, prefix: keras.Model | None, images: dict[str, data.Images]) -> str:
    """One sentence, or "" when the prefix's outputs can be cached or there is no prefix."""
    if prefix is None:
        return ""
    if spec.augmentation != "none":
        return (
            "Augmentation changes every picture in every epoch, so the frozen layers run each time "
            "instead of once."
        )
    needed = sum(len(x) for x in images.values()) * int(np.prod(prefix.output.shape[1:])) * 4
    limit = settings().activations_bytes
    if needed > limit:
        return (
            f"The frozen layers' outputs would take {needed / 1e9:.1f} GB, more than the limit of "
            f"{limit / 1e9:.1f} GB, so the frozen layers run each time instead of once."
        )
    return ""


def _features(
    spec: RunSpec, cut: str, prefix: keras.Model, prepare: Prepare, images: dict[str, data.Images]
) -> dict[str, Features]:
    @tf.function(input_signature=[tf.TensorSpec((None, *images["train"].shape[1:]), tf.uint8)])
    def compute(x: tf.Tensor) -> tf.Tensor:
        return prefix(prepare(tf.cast(x, tf.float32)), training=False)

    digest = hashlib.sha256()
    for value in prefix.get_weights():
        digest.update(np.ascontiguousarray(value).data)
    folder, limit = settings().activations, settings().activations_bytes
    activations.prune(folder, limit)
    found = {}
    for part, pixels in images.items():
        key = activations.key_of(
            images=data.fingerprint(pixels), weights=digest.hexdigest(), backbone=spec.backbone,
            size=spec.image_size, mistake=spec.mistake, cut=cut, dtype="float32", engine=f"tensorflow {tf.__version__}",
        )
        found[part] = Features(
            pixels, lambda x: compute(x).numpy(), tuple(prefix.output.shape[1:]),
            folder / f"{spec.data.dataset}-{key}.npy",  # by name, so that it goes when an uploaded data set does
        )
    return found


def _rates(model: keras.Model, phase: Phase, card: catalog.Card) -> list[tuple[keras.Layer, float]]:
    """Every layer of the flat model with its share of the learning rate; the head's is 1."""
    names = models.canonical_names(model)
    stage_of = {layer.name: stage.name for stage in card.stages for layer in stage.layers}
    return [
        (operation, phase.rates.get(stage_of.get(name, ""), 1.0))
        for name, operation in names.items()
        if isinstance(operation, keras.Layer)
    ]
