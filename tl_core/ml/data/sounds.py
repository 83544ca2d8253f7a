"""Sounds: once opened they are pictures, (N, SIDE, SIDE, 3) uint8 as `spectrograms.pictures` draws them."""

from __future__ import annotations

import numpy as np

from tl_core.base.questions import Sound
from tl_core.uploads import recordings, spectrograms


def opened(content: bytes, dataset: str) -> tuple[Sound, np.ndarray]:
    """A recording with what was heard of it, and its picture. Raises Refused as `recordings.read` does."""
    heard = recordings.read(content)
    (picture,) = spectrograms.pictures([heard])
    return Sound(picture, recordings.whole_numbers(heard)), picture
