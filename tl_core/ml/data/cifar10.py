"""CIFAR-10 (Krizhevsky 2009) in the folder where Keras keeps it: downloaded once, then read from there."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tl_core.base.events import Emit, RunError, ShouldStop
from tl_core.catalog import cifar
from tl_core.ml.data import archives

URL = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
FILES = (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")


def read(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """(60000, 32, 32, 3) uint8 and (60000,) int32, the 10,000 for testing last. RunError: a file is amiss."""
    images, labels = zip(*(_read_batch(folder / name) for name in FILES), strict=True)
    return np.concatenate(images), np.concatenate(labels)


def _read_batch(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """One batch file → images (10000, 32, 32, 3) uint8, labels (10000,) int32."""
    try:
        return cifar.read(file)
    except FileNotFoundError:
        raise RunError(
            f"CIFAR-10 is incomplete: {file.name} is missing in {file.parent}. "
            "Delete that folder, and the next run downloads it again."
        ) from None
    except ValueError as error:
        raise RunError(
            f"The CIFAR-10 file {error}. Delete the folder {file.parent}, and the next run downloads it again."
        ) from error


def fetch(folder: Path, emit: Emit, should_stop: ShouldStop) -> None:
    """Download and unpack CIFAR-10 where Keras keeps it. Raises as `archives.fetch` does."""
    archives.fetch(URL, folder.parent, "CIFAR-10", emit, should_stop, sha256=SHA256)
