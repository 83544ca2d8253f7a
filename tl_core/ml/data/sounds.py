"""Sounds: a network is given their pictures, as `spectrograms.pictures` draws them, a person also hears them."""

from __future__ import annotations

import inspect

import numpy as np

from tl_core.base.events import Emit, ShouldStop
from tl_core.base.questions import Example, Sound
from tl_core.catalog import recorded
from tl_core.ml.data import answering
from tl_core.uploads import recordings, spectrograms


def opened(content: bytes, name: str) -> tuple[Sound, np.ndarray]:
    """A recording with what was heard of it, and its picture. Raises Refused as `recordings.read` does."""
    heard = recordings.read(content)
    (picture,) = spectrograms.pictures([heard])
    return Sound(picture, recordings.whole_numbers(heard)), picture


def given(name: str, ids: np.ndarray, pictures: np.ndarray) -> list[Example]:
    """Recordings of a data set, by their places in it, with what was heard of each."""
    return recorded.given(name, ids.tolist(), list(pictures))


def companions(backbone: str, size: int, emit: Emit, should_stop: ShouldStop) -> dict[str, bytes]:
    """What opens a recording and draws its picture, as it is here, and a script that answers recordings with both."""
    script = answering.script("recordings", ("yes.wav", "no.wav"), "scipy", "soundfile")
    opening = inspect.getsource(recordings)
    for here, alone in (
        ("from tl_core.uploads.decode import Refused\n", ""),
        ("from tl_core.uploads.spectrograms import", "from spectrograms import"),
        ("Refused", "ValueError"),
    ):
        opening = opening.replace(here, alone)
    drawing = inspect.getsource(spectrograms)
    return {"answer.py": script, "recordings.py": opening.encode(), "spectrograms.py": drawing.encode()}
