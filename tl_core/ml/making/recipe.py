"""What the bundled backbones are trained on, and how: the numbers of `pretrain`'s recipe."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import keras
import numpy as np

from tl_core.base.settings import keras_home, settings
from tl_core.catalog import cifar
from tl_core.ml.drawn.glyphs import whole as whole_glyphs
from tl_core.ml.making import sounds


@dataclasses.dataclass(frozen=True)
class Source:
    """A source task: pictures (N, 32, 32, 3) uint8 [0, 255] and labels (N,) int."""

    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    flips: bool = True  # a mirrored photograph is a photograph; a mirrored letter is not a letter

    @property
    def classes(self) -> int:
        return int(self.train_labels.max()) + 1


@dataclasses.dataclass(frozen=True)
class Recipe:
    epochs: int
    seed: int = 0
    batch_size: int = 64
    peak_rate: float = 0.08
    momentum: float = 0.9
    weight_decay: float = 3e-3  # decoupled: as strong as a tenth of it in the loss, at a momentum of 0.9
    label_smoothing: float = 0.0
    warmup_epochs: float = 1.0
    hold_until: float = 0.5  # share of the epochs
    small_size: int = 24
    small_until: float = 0.75  # share of the epochs
    projector: int = 512  # width of the layer between features and logits while they are learnt; 0: none
    head_epochs: int = 4  # after a projector is gone: for the source head alone, at its own rate, without decay
    head_rate: float = 1.0

    def rate(self, epochs_done: float) -> float:
        """Learning rate after a (fractional) number of epochs: up, level, down to zero."""
        rise = (epochs_done + 0.01) / self.warmup_epochs
        fall = (self.epochs - epochs_done) / (self.epochs * (1 - self.hold_until))
        return self.peak_rate * min(rise, 1.0, fall)

    def size(self, epoch: int, full_size: int) -> int:
        """Side of the pictures, in pixels, in a given epoch."""
        return min(self.small_size, full_size) if epoch < self.epochs * self.small_until else full_size

    def continues(self, before: Recipe, epochs_done: int) -> bool:
        """Whether so many epochs of the recipe `before` are what this one would have done."""
        changeable = ("epochs", "hold_until", "small_until", "head_epochs", "head_rate")
        schedule = {name: getattr(self, name) for name in changeable}
        return (
            dataclasses.replace(before, **schedule) == self
            and all(before.rate(epoch) == self.rate(epoch) for epoch in range(epochs_done + 1))
            and all(before.size(epoch, 1000) == self.size(epoch, 1000) for epoch in range(epochs_done))
        )


def cifar100() -> Source:
    """CIFAR-100 (Krizhevsky 2009) from the folder where Keras extracts it, else downloaded by Keras."""
    folder = keras_home() / "datasets" / "cifar-100-python-target" / "cifar-100-python"
    if not folder.exists():
        (x, y), (x_test, y_test) = keras.datasets.cifar100.load_data()
        return Source(x, y[:, 0], x_test, y_test[:, 0])

    train = cifar.read(folder / "train", "fine_labels")
    return Source(*train, *cifar.read(folder / "test", "fine_labels"))


def glyphs() -> Source:
    """Letters and symbols in several fonts (tl_core.ml.drawn.glyphs), made at the first call, kept in the data home."""
    return Source(*whole_glyphs(settings().home / "generated"), flips=False)


def syllables() -> Source:
    """Syllables that nobody spoke, as log-mel pictures (tl_core.ml.drawn.syllables): made in two minutes."""
    images, labels = sounds.drawn("test", range(sounds.TEST))
    mixed = np.random.default_rng(0).permutation(len(labels))  # the first of them stand for all
    return Source(*sounds.drawn("train", range(sounds.TRAIN)), images[mixed], labels[mixed], flips=False)


SOURCES: dict[str, Callable[[], Source]] = {"cifar100": cifar100, "glyphs": glyphs, "syllables": syllables}
EPOCHS = {"cifar100": 30, "glyphs": 8, "syllables": 4}
