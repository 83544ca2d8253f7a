"""What one phase runs: the frozen prefix apart from the rest, its outputs cached where they cannot change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Hashable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tl_core import catalog
from tl_core.base.settings import settings
from tl_core.base.spec import LayerPlan, Phase, RunSpec
from tl_core.ml.data import augment, modalities, splits
from tl_core.ml.network import freezing, mistakes, models
from tl_core.ml.network.split import longest_frozen_cut, split
from tl_core.ml.training import activations, engines, outputs
from tl_core.ml.training.activations import Features
from tl_core.ml.training.engines import Frozen
from tl_core.ml.training.steps import Group, Steps, group_variables

PARTS = ("train", "val", "test")
ENGINE_MACS = 1e10  # multiply-adds of one core's batch in an engine: some tenths of a second at most
ENGINE_BATCH = (2, 16)
KEPT_BYTES = 2**28  # of optimisers' moments in all that is kept compiled for one network, at most
NOT_IN_GRAPH: dict[str, Any] = {  # of a spec: all else might change what is compiled
    "data": True,
    "strategy": True,
    "plan": True,
    "epochs": True,
    "seconds": True,
    "batch_size": True,
    "patience": True,
    "shift": True,
    "seed": True,
    "batch_norm": True,
    "optimizer": {"learning_rate", "head_rate", "schedule"},
}
Prepare = Callable[[tf.Tensor], tf.Tensor]


class Compiled(NamedTuple):
    """What does not depend on a run's pictures, seed and epochs. `frozen` is None when nothing is cached; `embed` sends
    pixels through the frozen layers then."""

    steps: Steps
    generators: list[keras.random.SeedGenerator]
    frozen: Frozen | None
    embed: Callable[[tf.Tensor], tf.Tensor] | None = None


@dataclass
class PhaseGraph:
    """Compiled steps and where their inputs come from. `cut` is None when nothing is cached.

    `macs`: multiply-adds of a forward pass through what the steps run, of one image, without the head.
    """

    steps: Steps
    images: dict[str, splits.Images]  # as the network reads them: of pictures, each (N, H, W, 3) uint8
    features: dict[str, Features]
    generators: list[keras.random.SeedGenerator]
    cut: str | None
    macs: float
    notes: list[str] = field(default_factory=list)
    engine: engines.Engine | None = None

    embed: Callable[[tf.Tensor], tf.Tensor] | None = None
    from_cache: bool = field(init=False)  # all that training needs was there before it began

    def __post_init__(self) -> None:
        self.from_cache = bool(self.features) and all(self.features[p].complete for p in ("train", "val"))

    @property
    def computed(self) -> int:
        """Images sent through the frozen prefix for the cache so far, over all splits."""
        return sum(f.computed for f in self.features.values())

    @property
    def optimizer_variables(self) -> list[keras.Variable]:
        return self.steps.optimizer_variables

    def rows(self, part: str, ids: np.ndarray | slice) -> np.ndarray:
        """The steps' input for these images: activations where they are cached, pixels elsewhere."""
        return self.features[part].rows(ids) if self.features else self.images[part][ids]

    def ready(self, part: str) -> bool:
        """Whether `rows` only has to read."""
        return not self.features or self.features[part].complete

    def close(self) -> None:
        for features in self.features.values():
            features.discard()


def build_phase(
    model: keras.Model,
    spec: RunSpec,
    phase: Phase,
    plan: LayerPlan,
    card: catalog.Card,
    splits: splits.Splits,
    compiled: dict[Hashable, Compiled] | None = None,
    goes_on: bool = False,
) -> PhaseGraph:
    """Split the model at its longest frozen prefix and compile what is left to train.

    `compiled` holds what was compiled for this model before; a phase whose graph is there takes it over. With
    `goes_on` its optimiser does not start again.
    """
    images = {part: getattr(splits, part).images for part in PARTS}
    frozen = freezing.frozen_names(model, phase, plan, card)
    cut = longest_frozen_cut(model, mistakes.still_frozen(spec, model, frozen))
    prefix, suffix = split(model, cut) if cut else (None, model)
    reason = _why_not_cached(spec, prefix, images)
    shares, taken = rates(model, phase, card), tf.TensorSpec((None, *images["train"].shape[1:]), images["train"].dtype)
    flip = catalog.dataset(spec.data.dataset).flip
    kept = compiled if compiled is not None else {}
    key = (
        cut,
        bool(reason),
        taken,
        flip,
        outputs.output_of(spec.data),
        spec.model_dump_json(exclude=NOT_IN_GRAPH),
        tuple(freezing.graph_state(model)),
        tuple(share for _, share in shares),
    )
    found: Compiled | None = kept.pop(key, None)
    if found is None:
        groups = group_variables(shares, spec.optimizer)
        found = _compile(spec, model, prefix, suffix, groups, taken, flip, cached=bool(prefix) and not reason)
    kept[key] = found  # at the end: of those kept, the least recently used one goes
    while len(kept) > 1 and sum(one.steps.optimizer_bytes for one in kept.values()) > KEPT_BYTES:
        del kept[next(iter(kept))]
    if not goes_on:
        found.steps.restart()
    if found.frozen is None:
        macs = backbone_macs(spec.image_size, card)
        notes = [reason] if reason else []
        return PhaseGraph(found.steps, images, {}, found.generators, None, macs, notes, embed=found.embed)
    engine, features = _features(spec, cut or "", found.frozen, images, card)
    macs = backbone_macs(spec.image_size, card, models.canonical_names(found.frozen.prefix))
    notes = [engine.note] if engine.note else []
    return PhaseGraph(found.steps, images, features, found.generators, cut, macs, notes, engine)


def engine_batch(image_size: int, card: catalog.Card) -> int:
    """Images that one core takes at once through the frozen layers."""
    return int(np.clip(2 ** np.floor(np.log2(ENGINE_MACS / backbone_macs(image_size, card))), *ENGINE_BATCH))


def backbone_macs(image_size: int, card: catalog.Card, without: Container[str] = ()) -> float:
    """Multiply-adds of one image of this size in the backbone's layers but for those `without`; at least 1, for what is
    looked up in a table takes none."""
    layers = (layer for stage in card.stages for layer in stage.layers)
    return max(1.0, sum(layer.macs for layer in layers if layer.name not in without) * card.scale(image_size))


def _compile(
    spec: RunSpec,
    model: keras.Model,
    prefix: keras.Model | None,
    suffix: keras.Model,
    groups: list[Group],
    taken: tf.TensorSpec,
    flip: bool,
    cached: bool,
) -> Compiled:
    ready, output = prepare(spec), outputs.output_of(spec.data)
    if prefix is not None and cached:
        activation = tf.TensorSpec((None, *prefix.output.shape[1:]))
        steps = Steps(lambda x, training: suffix(x, training=training), activation, groups, output)
        return Compiled(steps, augment.seed_generators(model), Frozen(prefix, ready, taken))
    modality = modalities.of(spec.backbone)
    augmenter = modality.augmenter(spec.augmentation, flip, spec.seed)

    def forward(x: tf.Tensor, training: bool) -> tf.Tensor:
        x = tf.cast(x, modality.DTYPE)
        if augmenter is not None and training:
            x = augmenter(x, training=True)
        x = ready(x)
        return suffix(prefix(x, training=False) if prefix is not None else x, training=training)

    generators = augment.seed_generators(model) + (augment.seed_generators(augmenter) if augmenter else [])
    steps = Steps(forward, taken, groups, output)
    if prefix is None:
        return Compiled(steps, generators, None)

    @tf.function(input_signature=[taken], autograph=False)
    def embed(x: tf.Tensor) -> tf.Tensor:
        return prefix(ready(tf.cast(x, modality.DTYPE)), training=False)

    return Compiled(steps, generators, None, embed)


def prepare(spec: RunSpec) -> Prepare:
    """Examples, of pictures (B, h, w, 3) float32 [0, 255] → of the spec's size, preprocessed as the family does."""
    preprocess, fitted = mistakes.preprocess(spec), modalities.of(spec.backbone).fitted(spec.image_size)
    return lambda x: preprocess(fitted(x))


def _why_not_cached(spec: RunSpec, prefix: keras.Model | None, images: dict[str, splits.Images]) -> str:
    """One sentence, or "" when the prefix's outputs can be cached or there is no prefix."""
    if prefix is None:
        return ""
    if spec.augmentation != "none":
        one = catalog.dataset(spec.data.dataset).holds.one
        return f"Augmentation changes every {one} in every epoch, so the frozen layers run each time instead of once."
    needed = sum(len(x) for x in images.values()) * int(np.prod(prefix.output.shape[1:])) * 4
    limit = settings().activations_bytes
    if needed > limit:
        return (
            f"The frozen layers' outputs would take {needed / 1e9:.1f} GB, more than the limit of "
            f"{limit / 1e9:.1f} GB, so the frozen layers run each time instead of once."
        )
    return ""


def _features(
    spec: RunSpec, cut: str, frozen: Frozen, images: dict[str, splits.Images], card: catalog.Card
) -> tuple[engines.Engine, dict[str, Features]]:
    digest = hashlib.sha256()
    for value in frozen.prefix.get_weights():
        digest.update(np.ascontiguousarray(value).data)
    folder, limit = settings().activations, settings().activations_bytes
    function = {
        "weights": digest.hexdigest(),
        "backbone": spec.backbone,
        "size": spec.image_size,
        "cut": cut,
        "mistake": spec.mistake,
    }
    batch = engine_batch(spec.image_size, card)
    sample = images["train"][np.arange(min(batch, len(images["train"])))]
    key = activations.key_of(**function, pixels=list(frozen.taken.shape[1:]), keras=keras.__version__)
    engine = engines.choose(frozen, sample, key, folder, batch)
    found = {}
    for part, pixels in images.items():
        key = activations.key_of(**function, images=splits.fingerprint(pixels), dtype="float32", engine=engine.name)
        found[part] = Features(
            pixels,
            engine,
            tuple(frozen.prefix.output.shape[1:]),
            folder / f"{spec.data.dataset}-{key}.npy",  # by name, so that it goes when an uploaded data set does
        )
    activations.make_room(folder, sum(features.needed_bytes for features in found.values()), limit)
    return engine, found


def rates(model: keras.Model, phase: Phase, card: catalog.Card) -> list[tuple[keras.Layer, float]]:
    """Every layer of the flat model with its share of the learning rate; the head's is 1 unless it has its own."""
    head = phase.head_rate / phase.learning_rate if phase.head_rate else 1.0
    names = models.canonical_names(model)
    stage_of = {layer.name: stage.name for stage in card.stages for layer in stage.layers}
    return [
        (operation, phase.rates.get(stage_of[name], 1.0) if name in stage_of else head)
        for name, operation in names.items()
        if isinstance(operation, keras.Layer)
    ]
