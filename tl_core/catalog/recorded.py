"""The recordings behind a data set's pictures, so that a person can hear what a network is shown."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tl_core.base.questions import Example, Sound
from tl_core.catalog.availability import dataset_folder
from tl_core.catalog.datasets import dataset


def files(folder: Path) -> list[Path]:
    """Spoken digits below a folder, in the order of their names: their places in the data set."""
    return sorted(folder.rglob("*_*_*.wav"), key=lambda file: file.name)


def samples(file: Path) -> np.ndarray:
    """(N,) int16: what was recorded."""
    with wave.open(str(file)) as stream:
        return np.frombuffer(stream.readframes(stream.getnframes()), "<i2")


def with_sound(name: str, places: Sequence[int], pictures: Sequence[np.ndarray]) -> list[Example]:
    """These pictures of a data set that is downloaded, each with its recording; without where it is not here."""
    found = files(dataset_folder(dataset(name)))
    return [
        Sound(picture, samples(found[place])) if place < len(found) else picture
        for place, picture in zip(places, pictures, strict=True)
    ]
