"""The frozen prefix's outputs: computed once, on first use, and kept on disk under a key that names what they are.

A file is one .npy array, written row by row to a private name and published by an atomic rename when the last
row is there: nobody ever reads a half-written file, and a full disk ends in an OSError rather than a crash.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tl_core.base.events import RunError
from tl_core.ml.data.splits import Images


def key_of(**parts: object) -> str:
    """A name that changes when any part does: weights, pixels, size, preprocessing, cut, dtype, engine."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


class Features:
    """Prefix outputs of one split, by row.

    Parameters
    ----------
    images : (N, H, W, 3) uint8
    compute : (B, H, W, 3) uint8 → (B, *row_shape) float32
    path : where the finished array is or will be

    `rows(ids)` gives (len(ids), *row_shape) float32 and computes what is not there yet, so the first epoch trains
    while the prefix is still under way. `computed` counts images sent through the prefix.
    """

    def __init__(
        self, images: Images, compute: Callable[[np.ndarray], np.ndarray], row_shape: tuple[int, ...], path: Path
    ) -> None:
        self.images, self.compute, self.path = images, compute, path
        self.shape = (len(images), *row_shape)
        self.computed = 0
        self._done = np.zeros(len(images), bool)
        self._rows: np.ndarray | None = self._published()
        self._partial: Path | None = None
        self._offset = 0  # of the first row in the file

    @property
    def complete(self) -> bool:
        return self._rows is not None

    @property
    def needed_bytes(self) -> int:
        """What the disk has to hold before it is complete; 0 when it is."""
        return 0 if self.complete else int(np.prod(self.shape, dtype=np.int64)) * 4

    def rows(self, ids: np.ndarray | slice) -> np.ndarray:
        """Rows of these ids, (len(ids), *row_shape) float32; those of a slice are read without a copy."""
        if self._rows is not None:
            return self._rows[ids]
        if isinstance(ids, slice):
            ids = np.arange(len(self.images))[ids]
        fresh = self.compute(self.images[ids])
        self.computed += len(ids)
        self._write(ids, fresh)
        if self._done.all():
            self._publish()
        return fresh

    def discard(self) -> None:
        """Remove what is half written; published files stay."""
        if self._partial is not None:
            self._partial.unlink(missing_ok=True)
            self._partial = None

    def _published(self) -> np.ndarray | None:
        try:
            rows = np.load(self.path, mmap_mode="r")
        except FileNotFoundError:
            return None
        except (ValueError, OSError):
            self.path.unlink(missing_ok=True)
            return None
        if rows.shape != self.shape or rows.dtype != np.float32:
            return None
        with contextlib.suppress(OSError):
            os.utime(self.path)
        return rows

    def _write(self, ids: np.ndarray, fresh: np.ndarray) -> None:
        try:
            if self._partial is None:
                self._start()
            assert self._partial is not None
            row_bytes = int(np.prod(self.shape[1:], dtype=np.int64)) * 4
            with self._partial.open("r+b") as file:
                for i, row in zip(ids, fresh, strict=True):
                    file.seek(self._offset + int(i) * row_bytes)
                    file.write(np.ascontiguousarray(row, np.float32).data)
        except OSError as error:
            self.discard()
            raise RunError(
                f"The disk is full or cannot be written while activations are stored ({error.strerror}). "
                "Free some space, take fewer examples, or set TL_ACTIVATIONS_BYTES=0 to train without the cache."
            ) from error
        self._done[ids] = True

    def _start(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._partial = self.path.with_name(f"{self.path.stem}.{secrets.token_hex(4)}.partial")
        with self._partial.open("wb") as file:
            header = {"descr": "<f4", "fortran_order": False, "shape": self.shape}
            np.lib.format.write_array_header_1_0(file, header)
            self._offset = file.tell()
            file.truncate(self._offset + self.needed_bytes)

    def _publish(self) -> None:
        assert self._partial is not None
        self._partial.replace(self.path)
        self._partial = None
        self._rows = np.load(self.path, mmap_mode="r")


def make_room(folder: Path, needed_bytes: int, limit_bytes: int) -> None:
    """Delete the least recently used files until so much more is within the limit of the folder.

    What a worker is writing counts and stays; partial files that nobody touched for a day go.
    """
    if not folder.is_dir():
        return
    files = []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            files.append((path.stat().st_mtime, path.stat().st_size, path))
    newest = max((mtime for mtime, _, _ in files), default=0.0)
    partial = {path for mtime, _, path in files if path.suffix == ".partial" and newest - mtime <= 86400}
    kept = needed_bytes + sum(size for _, size, path in files if path in partial)
    for _, size, path in sorted((file for file in files if file[2] not in partial), reverse=True):
        kept += size
        if path.suffix == ".partial" or kept > limit_bytes:
            with contextlib.suppress(OSError):
                path.unlink()
