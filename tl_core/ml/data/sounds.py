"""Sounds: to a network they are pictures, (N, SIDE, SIDE, 3) uint8 as `spectrograms.pictures` draws them."""

from __future__ import annotations

import numpy as np

from tl_core.ml.data import recordings, spectrograms
from tl_core.ml.data.pictures import DTYPE as DTYPE
from tl_core.ml.data.pictures import READ_AS as READ_AS
from tl_core.ml.data.pictures import alike as alike
from tl_core.ml.data.pictures import augmenter as augmenter
from tl_core.ml.data.pictures import baseline as baseline
from tl_core.ml.data.pictures import companions as companions
from tl_core.ml.data.pictures import entrance as entrance
from tl_core.ml.data.pictures import fitted as fitted
from tl_core.ml.data.pictures import input_shape as input_shape
from tl_core.ml.data.pictures import lite_entrance as lite_entrance
from tl_core.ml.data.pictures import measures as measures
from tl_core.ml.data.pictures import reader as reader
from tl_core.ml.data.pictures import shown as shown
from tl_core.ml.data.pictures import without as without


def opened(content: bytes, dataset: str) -> tuple[np.ndarray, np.ndarray]:
    """The picture of a recording, twice. Raises Refused as `recordings.read` does."""
    (picture,) = spectrograms.pictures([recordings.read(content)])
    return picture, picture
