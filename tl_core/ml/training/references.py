"""What is reached without a network on a run's examples, where their modality has something so simple."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tl_core.base.events import Emit, Reference, ShouldStop
from tl_core.base.settings import settings
from tl_core.base.spec import RunSpec
from tl_core.catalog import BACKBONES
from tl_core.ml.data import modalities, splits
from tl_core.ml.data.splits import Splits
from tl_core.ml.training import evaluate
from tl_core.ml.training.activations import Features, key_of, make_room
from tl_core.ml.training.outputs import Output


def measured(spec: RunSpec, output: Output, own: Splits, emit: Emit, should_stop: ShouldStop) -> dict[str, Reference]:
    """Each by its name in the catalogue, measured as an arm is. `own`: the run's examples as its network reads them."""
    names, test = tuple(BACKBONES[spec.backbone].takes.references), own.test
    if not names:
        return {}

    def fitted(images: np.ndarray) -> np.ndarray:
        found = modalities.of(spec.backbone).references(splits.load(spec.data, emit, should_stop))
        return np.stack([found[name] for name in names], axis=1, dtype=np.float32)

    predicted = _once(spec, names, own, fitted)
    return {
        name: Reference(
            **evaluate.called(output, found, test.labels, test.groups),
            answers=evaluate.answers_of(output, found, test),
            measures=evaluate.measures(spec, output, own, found),
        )
        for name, found in zip(names, predicted.swapaxes(0, 1), strict=True)
    }


def _once(spec: RunSpec, names: tuple[str, ...], own: Splits, fitted: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """(N, len(names), K) float32 of the test examples: kept among the activations for the other arms on these data."""
    folder, limit = settings().activations, settings().activations_bytes
    images = [splits.fingerprint(part.images) for part in own[:3]]
    key = key_of(names=names, data=spec.data.model_dump(mode="json"), images=images)
    shape = (len(names), len(own.classes))
    kept = Features(own.test.images, fitted, shape, folder / f"{spec.data.dataset}-{key}.npy")
    if kept.needed_bytes > limit:
        return fitted(own.test.images[:])
    make_room(folder, kept.needed_bytes, limit)
    return kept.rows(slice(None))
