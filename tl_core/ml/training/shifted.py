"""A trained network on its test images changed on purpose: as it is, and with its statistics re-estimated (AdaBN)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tl_core.base.events import TESTING, Accuracy, Progress, ShiftScore
from tl_core.base.spec import RunSpec
from tl_core.catalog.shifts import SHIFTS, kinds
from tl_core.ml.data.corruptions import shifted
from tl_core.ml.data.splits import Split
from tl_core.ml.network.adabn import AdaBN
from tl_core.ml.training.evaluate import accuracy
from tl_core.ml.training.outputs import Output
from tl_core.ml.training.phase import prepare
from tl_core.ml.training.telling import Telling

TOGETHER = 2**21  # pixels of a batch as the network sees them: 2,048 images at 32, 227 at 96, 41 at 224
NOTHING_TO_ADAPT = (
    "Nothing to adapt: this network has no batch normalisation, so AdaBN, which re-estimates its statistics on the "
    "shifted images, changes nothing."
)


def shift_scores(
    spec: RunSpec, model: keras.Model, output: Output, test: Split, telling: Telling, check_stop: Callable[[], None]
) -> dict[str, Any]:
    """The shift part of a Summary: `shifted` and `adapted`; {} where the spec changes no image.

    `model` is as it was tested, and stays so. The statistics are re-estimated on the shifted test images themselves,
    without their labels, as Li et al. 2017 do: what is adapted to is what is tested on. `check_stop` raises Stopped.
    """
    ways, images = kinds(spec.shift), test.images[:]
    if not ways:
        return {}
    network = _Network(spec, model, output, test, check_stop)
    if not network.adabn.layers:
        telling.note(NOTHING_TO_ADAPT)
    found = []
    for place, kind in enumerate(ways):
        telling.emit(Progress(f"{TESTING} on shifted images: {SHIFTS[kind].title}", place, len(ways)))
        batches = network.batches(shifted(images, kind, spec.shift.severity, spec.data.seed))
        found.append(ShiftScore(kind=kind, plain=network.accuracy(batches), adapted=network.adapted(batches)))
    return {"shifted": found, "adapted": network.adapted(network.batches(images))}


class _Network:
    """A trained network on batches of (B, H, W, 3) uint8 of the test images, in their order."""

    def __init__(
        self, spec: RunSpec, model: keras.Model, output: Output, test: Split, check_stop: Callable[[], None]
    ) -> None:
        self.output, self.test, self.check_stop, self.side = output, test, check_stop, spec.image_size
        ready = prepare(spec)

        def forward(x: tf.Tensor) -> tf.Tensor:
            return model(ready(tf.cast(x, tf.float32)), training=False)

        signature = tf.TensorSpec((None, *test.images.shape[1:]), tf.uint8)
        self.logits = tf.function(forward, input_signature=[signature], autograph=False)
        self.adabn = AdaBN(model, forward, signature)

    def batches(self, images: np.ndarray) -> list[np.ndarray]:
        """In as few parts of equal size as memory allows: the statistics are the better for it."""
        return np.array_split(images, -(-len(images) * self.side**2 // TOGETHER))

    def accuracy(self, batches: Sequence[np.ndarray]) -> Accuracy:
        logits = []
        for batch in batches:
            self.check_stop()
            logits.append(self.logits(batch).numpy())
        return accuracy(self.output, self.output.probabilities(np.concatenate(logits)), self.test)

    def adapted(self, batches: Sequence[np.ndarray]) -> Accuracy | None:
        """With the statistics of these images; None: there is nothing to adapt."""
        if not self.adabn.layers:
            return None
        with self.adabn.adapted(batches):
            return self.accuracy(batches)
