"""The batch files of CIFAR-10 and CIFAR-100 (Krizhevsky 2009): pickles, from which nothing but arrays is taken."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np


class _ArraysOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module.split(".")[0] == "numpy" and name in {"_reconstruct", "ndarray", "dtype", "_frombuffer"}:
            return super().find_class(module, name)
        if (module, name) == ("_codecs", "encode"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a picture file")


def read(file: Path, labels: str = "labels") -> tuple[np.ndarray, np.ndarray]:
    """One file → (N, 32, 32, 3) uint8 [0, 255], (N,) int32. CIFAR-100: labels "fine_labels".

    Raises
    ------
    FileNotFoundError
    ValueError
        The file is damaged or cut short.
    """
    with file.open("rb") as stream:
        try:
            content = _ArraysOnly(stream, encoding="bytes").load()
            rows = np.asarray(content[b"data"], np.uint8).reshape(-1, 3, 32, 32)
            classes = np.asarray(content[labels.encode()], np.int32).reshape(len(rows))
        except (pickle.UnpicklingError, EOFError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise ValueError(f"{file.name} is damaged or cut short ({type(error).__name__})") from error
    return np.ascontiguousarray(rows.transpose(0, 2, 3, 1)), classes
