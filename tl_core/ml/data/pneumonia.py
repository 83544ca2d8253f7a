"""PneumoniaMNIST (Yang et al. 2023, of pictures by Kermany et al. 2018): one file in the Keras home."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from tl_core.base.events import Emit, RunError, ShouldStop
from tl_core.ml.data.downloads import download

URL = "https://zenodo.org/records/10519652/files/pneumoniamnist.npz"
MD5 = "28209eda62fecd6e6a2d98b1501bb15f"
PARTS = ("train", "val", "test")


def read(file: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N, 28, 28, 3) uint8, (N,) int32 [0: normal, 1: pneumonia] and (N,) bool: the publisher's test part.

    Raises RunError when the file is not what it should be.
    """
    try:
        with file.open("rb") as stream, np.load(stream) as stored:
            grey = [stored[f"{part}_images"] for part in PARTS]
            labels = [stored[f"{part}_labels"].ravel().astype(np.int32) for part in PARTS]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise RunError(
            f"{file.name} is damaged: delete it (in {file.parent}), and the next run downloads it again."
        ) from error
    is_test = np.repeat([False, False, True], [len(part) for part in labels])
    return np.repeat(np.concatenate(grey)[..., None], 3, axis=3), np.concatenate(labels), is_test


def fetch(file: Path, emit: Emit, should_stop: ShouldStop) -> None:
    """Download the file. Raises as `download` does."""
    try:
        download(URL, file, emit, should_stop, "Downloading the chest X-rays", md5=MD5)
    except RunError as error:
        raise RunError(f"{error} Data sets that are on this machine work now.") from error
