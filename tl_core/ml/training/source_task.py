"""What a backbone still knows of the task it was pretrained on: forgetting, measured.

The backbone's present weights get their own old head back and are tested on pictures of the source task. So Li and
Hoiem 2016, "Learning without Forgetting" (arXiv:1606.09282), test what fine-tuning does to an old task: its head
(their θo) stays as it was, while the layers below it (their θs) have gone on to the new task.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from tl_core import catalog
from tl_core.base.events import TESTING, Emit, Note, Progress, RunError, SourceTask
from tl_core.base.settings import keras_home
from tl_core.catalog import cifar
from tl_core.ml.drawn import glyphs, sheets, syllables
from tl_core.ml.network.tiny_resnet import load_weights, named_weights, preprocess_input, sha256, tiny_resnet
from tl_core.ml.training.evaluate import wilson

IMAGES = 1000  # so many of the source's test pictures: a second or two on two cores
BATCH = 250
_right_before: dict[tuple[str, str], int] = {}  # (hash of the weights, which pictures) → how many were right


class Pictures(NamedTuple):
    """Test pictures of a source task. `data` says in words which they are."""

    images: np.ndarray  # (N, H, W, 3) uint8 [0, 255]
    labels: np.ndarray  # (N,) int, an index into the old head's classes
    data: str


def _cifar100() -> Pictures | None:
    """From the folder where Keras extracts CIFAR-100; None: it is not on this machine, or cannot be read."""
    file = keras_home() / "datasets" / "cifar-100-python-target" / "cifar-100-python" / "test"
    try:
        images, labels = (array[:IMAGES] for array in cifar.read(file, "fine_labels"))
    except (OSError, ValueError):
        return None
    return Pictures(images, labels, f"the first {len(labels):,} of CIFAR-100's test pictures")


def _glyphs() -> Pictures:
    """The sample that comes with the app."""
    images, labels = sheets.read(glyphs.SAMPLE, "test")
    return Pictures(images, labels, f"{len(labels):,} test pictures of glyphs, which come with the app")


def _syllables() -> Pictures:
    """The sample that comes with the app."""
    images, labels = sheets.read(syllables.SAMPLE, "test")
    return Pictures(images, labels, f"{len(labels):,} generated test sounds, which come with the app")


SOURCES: dict[str, Callable[[], Pictures | None]] = {
    "tiny_resnet_cifar100": _cifar100,
    "tiny_resnet_glyphs": _glyphs,
    "tiny_resnet_syllables": _syllables,
}


def source_task(backbone: str, model: keras.Model, emit: Emit) -> SourceTask | None:
    """Test `model`'s backbone on the source task of `backbone`: as it was pretrained, and as it is in `model`.

    `model` is a flat one (`models.attach_head`). None where nothing can be measured: there are no pictures of that
    source on this machine, or they are damaged, which a Note says. A backbone whose weights have not changed is
    tested once.
    """
    try:
        pictures = SOURCES[backbone]() if backbone in SOURCES else None
    except RunError as error:  # the run itself has been tested: its result stands
        emit(Note(f"What is left of the source task was not tested. {error}"))
        return None
    if pictures is None:
        return None
    emit(Progress(f"{TESTING} on the source task", 0, 1))
    path = catalog.weights_path(backbone)
    source, key = _as_pretrained(path), (sha256(path), pictures.data)
    if key not in _right_before:
        _right_before[key] = _right(source, pictures)
    before = _right_before[key]
    after = _right(source, pictures) if _take_over(source, model) else before
    count = len(pictures.labels)
    return SourceTask(
        **_score("before", before, count), **_score("after", after, count), images=count, data=pictures.data
    )


def _as_pretrained(path: Path) -> keras.Model:
    """The network with its own head for the source task: (N, H, W, 3) float32 → (N, K) float32 logits."""
    with np.load(path) as stored:
        classes = stored["logits/kernel"].shape[-1]
    source = tiny_resnet((None, None, 3), include_top=True, classes=classes)
    load_weights(source, path)
    return source


def _take_over(source: keras.Model, model: keras.Model) -> bool:
    """Give `source` the weights of `model`, layer by layer by name, its head excepted; whether any differs."""
    present, changed = named_weights(model), False
    for name, weight in named_weights(source).items():
        if name in present and not np.array_equal(weight, present[name]):
            weight.assign(present[name])
            changed = True
    return changed


def _right(source: keras.Model, pictures: Pictures) -> int:
    """How many pictures have their highest logit at their label."""
    count = 0
    for start in range(0, len(pictures.labels), BATCH):
        batch = slice(start, start + BATCH)
        logits = np.asarray(source(preprocess_input(pictures.images[batch]), training=False))
        count += int((logits.argmax(axis=1) == pictures.labels[batch]).sum())
    return count


def _score(when: str, right: int, count: int) -> dict[str, float]:
    low, high = wilson(right, count)
    return {when: right / count, f"{when}_low": low, f"{when}_high": high}
