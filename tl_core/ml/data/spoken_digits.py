"""The Free Spoken Digit Dataset (Jakobovski et al.): ten digits, six speakers, fifty times each, 8 kHz."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tl_core.base.events import Emit, RunError, ShouldStop
from tl_core.catalog import recorded
from tl_core.ml.data import archives
from tl_core.uploads import spectrograms

URL = "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/v1.0.10.tar.gz"
# Of names and bytes of all recordings, since the host packs the archive around them anew.
SHA256 = "45a9b976ba3397a2fd5c70a9f2e43c34f442a3a6be47392ecfc41174b678f37e"
NAME = re.compile(r"([0-9])_([a-z]+)_([0-9]+)\.wav")
TEST = 5  # recordings 0 to 4 of each digit and speaker, by the data set's own rule
RECORDINGS = 3000


class Recordings(NamedTuple):
    """In the order of their names."""

    pictures: np.ndarray  # (N, SIDE, SIDE, 3) uint8, as `spectrograms.pictures`
    digits: np.ndarray  # (N,) int32
    speakers: np.ndarray  # (N,) int32, in alphabetical order
    numbers: np.ndarray  # (N,) int32


@lru_cache(maxsize=1)
def read(folder: Path) -> Recordings:
    """Every recording below `folder`. Raises RunError when they are not those that were published."""
    files = recorded.files(folder)
    found = [NAME.fullmatch(file.name) for file in files]
    if not _as_published(files):
        raise RunError(
            f"The recordings in {folder} are not the {RECORDINGS:,} that were published: some are missing or "
            "damaged. Delete that folder, and the next run downloads it again."
        )
    names = [(int(its[1]), its[2], int(its[3])) for its in found if its]
    speakers = sorted({speaker for _, speaker, _ in names})
    return Recordings(
        spectrograms.pictures([recorded.samples(file) / np.float32(2**15) for file in files]),
        np.array([digit for digit, _, _ in names], np.int32),
        np.array([speakers.index(speaker) for _, speaker, _ in names], np.int32),
        np.array([number for _, _, number in names], np.int32),
    )


def _as_published(files: Sequence[Path]) -> bool:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest() == SHA256


def fetch(folder: Path, emit: Emit, should_stop: ShouldStop) -> None:
    """Download, unpack and check the recordings. Raises as `archives.fetch` does."""
    archives.fetch(URL, folder, "the spoken digits", emit, should_stop, _unpack)


def _unpack(archive: Path, folder: Path) -> None:
    archives.untar(archive, folder)
    if not _as_published(recorded.files(folder)):
        raise ValueError(f"these are not the {RECORDINGS:,} recordings that were published")
