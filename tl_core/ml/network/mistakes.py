"""The usual mistakes, for the lessons: each function does the right thing unless the spec asks for the wrong one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from tl_core.base.spec import Phase, RunSpec
from tl_core.ml.data.splits import Splits
from tl_core.ml.network import freezing, models
from tl_core.ml.network.models import canonical_names

TORCH_MOMENTUM = 0.9  # torch.nn.BatchNorm2d calls it 0.1: the share of the new batch
NOTES = {
    "divide_by_255": "Mistake made on purpose: pixels are divided by 255 instead of the backbone's own preprocessing.",
    "batch_norm_in_training": (
        "Mistake made on purpose: batch normalisation in frozen layers stays in training mode, so it normalises by "
        "each batch and its statistics move."
    ),
    "not_compiled_again": (
        "Mistake made on purpose: layers were unfrozen without compiling again, so the training step of the first "
        "phase goes on as it was traced, with its optimiser and its rate."
    ),
    "validation_in_training": "Mistake made on purpose: the validation images are in the training set, too.",
}


def note(spec: RunSpec) -> str:
    """Which mistake a run makes on purpose, in one sentence; "" for none."""
    return NOTES.get(spec.mistake, "")


def splits(spec: RunSpec, divided: Splits) -> Splits:
    """With `validation_in_training`, every validation image is one of the training images; these stay as they were."""
    return divided._replace(val=divided.train) if spec.mistake == "validation_in_training" else divided


def preprocess(spec: RunSpec) -> Callable[[Any], Any]:
    """(N, H, W, 3) float32 [0, 255] → what the backbone is given: its family's own, or [0, 1] by mistake."""
    if spec.mistake == "divide_by_255":
        return lambda images: keras.ops.convert_to_tensor(images, "float32") / 255.0
    return models.preprocess(spec.backbone)


def compiled(spec: RunSpec, phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
    """The phases as their training steps were compiled: each for itself, or all as the first was.

    Keras' `fit` goes on with the traced step and with the optimiser of the last `compile`, its rate included.
    """
    if not compiled_once(spec):
        return phases
    return tuple(phases[0].model_copy(update={"name": one.name, "epochs": one.epochs}) for one in phases)


def compiled_once(spec: RunSpec) -> bool:
    """Whether no phase is compiled but the first, so that the optimiser keeps its moments from phase to phase."""
    return spec.mistake == "not_compiled_again"


def set_trainable(spec: RunSpec, model: keras.Model) -> None:
    """After `freezing.set_trainable`: with `batch_norm_in_training`, frozen batch normalisation goes back to training.

    Its scale and shift stay frozen; only its mode differs. So it goes in PyTorch when `requires_grad` is False but
    the network was not switched with `eval()`; its moving statistics follow with PyTorch's usual momentum. Keras ties
    the two: `trainable = False` is inference mode, too.
    """
    if spec.mistake == "batch_norm_in_training":
        for layer in models.batch_norms(model):
            if not layer.trainable:
                freezing.set_batch_norm(layer, "training", TORCH_MOMENTUM)
                for variable in filter(lambda v: v is not None, (layer.gamma, layer.beta)):
                    variable.trainable = False


def still_frozen(spec: RunSpec, model: keras.Model, frozen: set[str]) -> set[str]:
    """Of the frozen operations, by canonical name, those whose output depends on their input only."""
    if spec.mistake != "batch_norm_in_training":
        return frozen
    moving = {id(layer) for layer in models.batch_norms(model)}
    operations = canonical_names(model)
    return {name for name in frozen if id(operations[name]) not in moving}
