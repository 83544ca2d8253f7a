"""What a trained model can be asked, and what it answers. They travel between the pages and tl_core.ml.trained."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from tl_core.base.spec import RunSpec

Format = Literal["keras", "tflite", "script", "notebook"]
PICTURES = 20  # at most in one question
NEIGHBOURS = 5


class Sound(NamedTuple):
    """A recording as a person is shown it: its picture, (H, W, 3) uint8 [0, 255], and what was heard of it.

    `heard`: (N,) int16, 8,000 samples per second.
    """

    pixels: np.ndarray
    heard: np.ndarray


Example = np.ndarray | str | Sound  # a picture, (H, W, 3) uint8 [0, 255], a sentence, or a recording


class Model(NamedTuple):
    """The model of a finished run: its spec, and the folder where its checkpoint lies."""

    run_id: str
    spec: RunSpec
    folder: Path


class Predict(NamedTuple):
    """What do these models make of these pictures? Files as (name, bytes); or so many test pictures, drawn by seed."""

    models: tuple[Model, ...]
    files: tuple[tuple[str, bytes], ...] = ()
    test_pictures: int = 0
    seed: int = 0


class Pack(NamedTuple):
    """The model, or the whole run, in a form that needs none of this project."""

    model: Model
    form: Format
    tested: float  # the test accuracy that the run had, in [0, 1]
    epochs: float  # trained by the run
    title: str


Question = Predict | Pack


class Neighbour(NamedTuple):
    """A training picture near to another in feature space."""

    pixels: Example
    labels: tuple[str, ...]
    similarity: float  # cosine of the angle between the two feature vectors, in [-1, 1]


class Call(NamedTuple):
    """What one model makes of one picture."""

    labels: tuple[str, ...]  # its answer: one, or where a picture can have several labels any number
    probability: float  # of this answer
    probabilities: tuple[float, ...]  # one per class; where a picture has one label they add up to 1
    neighbours: tuple[Neighbour, ...]  # nearest first
    words: tuple[tuple[str, float], ...] = ()  # of a sentence: how much less probable its best class is without each


class Seen(NamedTuple):
    """One picture and what every model makes of it. `truth` is known of test pictures only."""

    name: str
    given: Example  # all of it
    pixels: Example  # as the models were shown it
    truth: tuple[str, ...] | None
    calls: dict[str, Call]  # run id → call


class Prediction(NamedTuple):
    """The answer to Predict. `refused`: (file, reason); `note`: why there are no neighbours, or of how many."""

    classes: tuple[str, ...]
    pictures: tuple[Seen, ...]
    refused: tuple[tuple[str, str], ...]
    note: str


class Package(NamedTuple):
    """The answer to Pack: file name → content; the first is the one to open."""

    files: dict[str, bytes]


Answer = Prediction | Package
