"""Sounds: once opened they are pictures, (N, SIDE, SIDE, 3) uint8 as `spectrograms.pictures` draws them."""

from __future__ import annotations

import numpy as np

from tl_core.ml.data import recordings, spectrograms


def opened(content: bytes, dataset: str) -> tuple[np.ndarray, np.ndarray]:
    """The picture of a recording, twice. Raises Refused as `recordings.read` does."""
    (picture,) = spectrograms.pictures([recordings.read(content)])
    return picture, picture
