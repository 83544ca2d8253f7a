"""A few pictures of a data set, to show what it is about: read from where it lies, without what trains on it."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import shorten
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from tl_core.base.questions import Sound
from tl_core.base.settings import ASSETS
from tl_core.catalog import cifar
from tl_core.catalog.availability import dataset_folder
from tl_core.catalog.datasets import DATASETS, dataset
from tl_core.uploads import recordings, stored

SHOWN = 10
LETTERS = 80  # of a text


class Sample(NamedTuple):
    """One picture, (H, W, 3) uint8 [0, 255], or a text, and its class."""

    pixels: Any
    name: str


def samples(name: str) -> list[Sample]:
    """Ten examples, of each class in turn; [] where they are not on this machine and the catalogue names none."""
    if texts := dataset(name).samples:
        return [Sample(*text) for text in texts]
    read = _READERS.get(name, lambda: _uploaded(name))
    try:
        images, labels = read()
    except (OSError, ValueError, KeyError, UnidentifiedImageError):
        return []
    return _in_turn(images, labels, dataset(name).classes)


def sounds(name: str) -> list[tuple[bytes, str]]:
    """A recording of each class, a WAV file, where a data set's pictures are made of sounds and lie on this machine."""
    entry = dataset(name)
    if entry.own and entry.modality == "sounds":
        return _own_sounds(name, entry.classes)
    if not entry.heard:
        return []
    found = [(sorted(dataset_folder(entry).rglob(entry.heard.format(label=label))), label) for label in entry.classes]
    return [(files[0].read_bytes(), label) for files, label in found if files]


def _own_sounds(name: str, classes: Sequence[str]) -> list[tuple[bytes, str]]:
    try:
        labels = stored.read_rows(name).labels
        first = stored.shown(name, [labels.index(label) for label in range(len(classes))])
    except (OSError, ValueError):
        return []
    return [
        (recordings.wav(one.heard), label) for one, label in zip(first, classes, strict=True) if isinstance(one, Sound)
    ]


def of_sheet(folder: Path, part: str) -> list[Sample]:
    """The same of a part of a sheet of `tl_core.ml.drawn.sheets`; [] where it cannot be read."""
    try:
        images, labels, classes = _sheet(folder, part)
    except (OSError, ValueError, KeyError, UnidentifiedImageError):
        return []
    return _in_turn(images, labels, classes)


def _in_turn(images: Any, labels: np.ndarray, classes: Sequence[str]) -> list[Sample]:
    places = [np.flatnonzero(labels == label) for label in range(len(classes))]
    turns = [(turn, label) for turn in range(SHOWN) for label, own in enumerate(places) if turn < len(own)]
    return [Sample(_shown(images[places[label][turn]]), classes[label]) for turn, label in turns[:SHOWN]]


def _shown(example: Any) -> Any:
    """A picture, or the beginning of a text."""
    return shorten(example, LETTERS, placeholder=" …") if isinstance(example, str) else np.asarray(example)


def _cifar10() -> tuple[np.ndarray, np.ndarray]:
    return cifar.read(dataset_folder(DATASETS["cifar10"]) / "data_batch_1")


def _digits() -> tuple[np.ndarray, np.ndarray]:
    """The first pictures of scikit-learn's file, without scikit-learn, which takes a second to be imported."""
    found = importlib.util.find_spec("sklearn")
    assert found is not None
    assert found.origin is not None
    rows = np.loadtxt(Path(found.origin).parent / "datasets" / "data" / "digits.csv.gz", delimiter=",", max_rows=100)
    grey = np.round(rows[:, :64].reshape(-1, 8, 8, 1) * (255 / 16)).astype(np.uint8)
    return np.repeat(grey, 3, axis=3), rows[:, 64].astype(np.int32)


def _pneumonia() -> tuple[np.ndarray, np.ndarray]:
    with np.load(dataset_folder(DATASETS["pneumonia"])) as stored_:
        grey, labels = stored_["val_images"], stored_["val_labels"].ravel()
    return np.repeat(grey[..., None], 3, axis=3), labels


def _pictograms() -> tuple[np.ndarray, np.ndarray]:
    return _sheet(ASSETS / "pictograms", "train")[:2]


def _sheet(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Images, labels and classes of a sheet: class after class, as many of each."""
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    side, classes, pictures = index["side"], index["classes"], index["parts"][part]["pictures"]
    with Image.open(folder / f"{part}.webp") as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    images = pixels.reshape(-1, side, index["columns"], side, 3).swapaxes(1, 2).reshape(-1, side, side, 3)
    return images, np.repeat(np.arange(len(classes)), pictures // len(classes)), classes


def _uploaded(name: str) -> tuple[Any, np.ndarray]:
    return stored.examples(name), np.asarray(stored.read_rows(name).labels)


_READERS: dict[str, Callable[[], tuple[Any, np.ndarray]]] = {
    "cifar10": _cifar10,
    "digits": _digits,
    "pictograms": _pictograms,
    "pneumonia": _pneumonia,
    "pictogram_pairs": _pictograms,
}
