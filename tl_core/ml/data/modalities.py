"""How the examples of each modality become what a network is given: the one place where pictures and sentences differ.

The words of a modality, and which data sets and backbones have it, stand in `tl_core.catalog`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import keras
import numpy as np

from tl_core.base.bootstrap import Score
from tl_core.base.events import Emit, ShouldStop
from tl_core.base.questions import Example
from tl_core.base.spec import RunSpec
from tl_core.catalog import BACKBONES, dataset
from tl_core.ml.data import pictures, ratings, sentences, sounds, splits
from tl_core.ml.data.splits import Images, Split, Splits


class Modality(Protocol):
    """What a module has to have. `DTYPE`: of what enters the network; `READ_AS`: what the reader makes."""

    DTYPE: str
    READ_AS: str

    def input_shape(self, size: int) -> tuple[int, ...]:
        """Of one example as it enters the network."""

    def reader(self, backbone: str, size: int, emit: Emit, should_stop: ShouldStop) -> Callable[[Images], Images]:
        """Examples as the data set holds them → arrays of numbers, which a run keeps, hashes and takes rows of."""

    def fitted(self, size: int) -> Callable[[Any], Any]:
        """In a graph: (B, …) of these numbers, as DTYPE → (B, *input_shape), for the backbone's own preprocessing."""

    def augmenter(self, strength: str, flip: bool, seed: int) -> keras.Model | None:
        """In a graph: training examples, as DTYPE → changed at random, of the same shape; None: as they are."""

    def alike(self, numbers: Any, side: int) -> Any:
        """In a graph: what the reader made of any example → as it would be were it one of a data set of this side."""

    def entrance(self, side: int, size: int) -> tuple[Any, Any]:
        """What a model that is taken home is given, of a data set of this side, and what its network gets of that.

        Two tensors of a Keras graph, as DTYPE.
        """

    def lite_entrance(self, side: int, size: int) -> tuple[Any, Any]:
        """The same for TensorFlow Lite: one example at a time, of a fixed size."""

    def shown(self, numbers: Images, load: Callable[[], Images]) -> Images:
        """Examples as a person is shown them: what the reader made of them, or as the data set holds them."""

    def references(self, splits: Splits) -> dict[str, np.ndarray]:
        """What needs no network, by the names of the catalogue: (N, K) probabilities of the test examples.

        `splits` as the data set holds them.
        """

    def without(self, example: Example) -> list[tuple[str, Example]]:
        """Every word of the example, with what is left when it is taken away; [] of what has no words."""

    def measures(self, splits: Splits, probabilities: np.ndarray) -> dict[str, Score]:
        """The task's own measures of these test probabilities (N, K), by the names of the catalogue; {} where a
        classifier's are all there are. `splits` as the network reads them."""


class Held(Protocol):
    """What the module of a data set's modality has to have: several modalities may be taken by the same backbones."""

    def opened(self, content: bytes, name: str) -> tuple[Example, Example]:
        """A file, or what somebody typed, as a whole and as a network trained on this data set is shown it.

        Raises Refused.
        """

    def given(self, name: str, ids: np.ndarray, examples: np.ndarray) -> list[Example]:
        """Examples of a data set, by their places in it, as a person is given them, so that a recording can be played.

        `examples`: what a network is given.
        """

    def companions(self, backbone: str, size: int, emit: Emit, should_stop: ShouldStop) -> dict[str, bytes]:
        """Files by their names that a model needs beside it when it is taken home."""


MODALITIES: dict[str, Modality] = {"pictures": pictures, "sentences": sentences, "ratings": ratings}
HELD: dict[str, Held] = {"pictures": pictures, "sentences": sentences, "sounds": sounds, "ratings": ratings}


def of(backbone: str) -> Modality:
    """The modality that a backbone takes."""
    return MODALITIES[BACKBONES[backbone].modality]


def held(name: str) -> Held:
    """The modality of a data set."""
    return HELD[dataset(name).modality]


def reader(spec: RunSpec, emit: Emit, should_stop: ShouldStop) -> Callable[[Images], Images]:
    """Examples as the run's data set holds them → as its network reads them."""
    return of(spec.backbone).reader(spec.backbone, spec.image_size, emit, should_stop)


def shown(spec: RunSpec, test: Split, emit: Emit, should_stop: ShouldStop) -> Images:
    """The test examples of a run as a person is shown them."""
    return of(spec.backbone).shown(test.images, lambda: splits.load(spec.data, emit, should_stop).test.images)


def load(spec: RunSpec, emit: Emit, should_stop: ShouldStop) -> Splits:
    """The examples of a run, as its network reads them. Raises as `splits.load` and the modality's `reader` do."""
    found, read = splits.load(spec.data, emit, should_stop), reader(spec, emit, should_stop)
    train, val, test = (part._replace(images=read(part.images)) for part in found[:3])
    return Splits(train, val, test, found.classes)
