"""Examples as a person is given them: pictures that were made of sounds with their recordings, so that they play."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tl_core.base.questions import Example, Sound
from tl_core.catalog.availability import dataset_folder
from tl_core.catalog.datasets import dataset
from tl_core.uploads import stored


def files(folder: Path) -> list[Path]:
    """Spoken digits below a folder, in the order of their names: their places in the data set."""
    return sorted(folder.rglob("*_*_*.wav"), key=lambda file: file.name)


def samples(file: Path) -> np.ndarray:
    """(N,) int16: what was recorded."""
    with wave.open(str(file)) as stream:
        return np.frombuffer(stream.readframes(stream.getnframes()), "<i2")


def given(name: str, places: Sequence[int], pictures: Sequence[np.ndarray]) -> list[Example]:
    """Pictures of a data set by their places in it, each with its recording; as they are where there is none.

    Raises OSError or ValueError as `stored.shown` does, where an uploaded data set is gone or damaged.
    """
    entry = dataset(name)
    if entry.own:
        return stored.shown(name, places)
    found = files(dataset_folder(entry)) if entry.heard else []
    return [
        Sound(picture, samples(found[place])) if place < len(found) else picture
        for place, picture in zip(places, pictures, strict=True)
    ]
