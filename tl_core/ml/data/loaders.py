"""LOADERS: every data set of the catalogue, read whole; downloaded first where it is not on this machine."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tl_core.base.events import Emit, Note, ShouldStop
from tl_core.base.settings import ASSETS
from tl_core.base.spec import DataSpec
from tl_core.catalog import DATASETS, dataset_folder
from tl_core.ml.data import cifar10, movietweetings, pneumonia, spoken_digits, sst2
from tl_core.ml.data.divide import split_ids
from tl_core.ml.drawn import pictograms, sheets

PICTOGRAMS = ASSETS / "pictograms"
RECIPE_SEEDS, RECIPE_IMAGES = range(3), 2000  # of the tests in assets/evidence/pretraining.md
DIGITS_TEST = 52  # images per class, always the same ones


class Pictures(NamedTuple):
    """A whole data set. `is_test` marks the images that may only be tested on.

    `groups` numbers what belongs together and is never divided: the copies of a picture, the pictures of a design,
    the phrases of a review.
    `spent` marks test images on which a bundled backbone's recipe was chosen: a run tests on the others first.
    """

    images: np.ndarray  # (N, H, W, 3) uint8 [0, 255]; of sentences (N,) str objects
    labels: np.ndarray  # (N,) int32, an index into the data set's classes
    is_test: np.ndarray  # (N,) bool
    groups: np.ndarray | None = None  # (N,) int32; None: each picture stands alone
    spent: np.ndarray | None = None  # (N,) bool; None: nothing was chosen on them
    strata: np.ndarray | None = None  # (N,) int32: of each as many are drawn; None: of each class
    marks: np.ndarray | None = None  # (N, K) int32, 1 for every label of a picture, where it can have several


def _cifar10(emit: Emit, should_stop: ShouldStop) -> Pictures:
    folder = dataset_folder(DATASETS["cifar10"])
    if not folder.is_dir():
        cifar10.fetch(folder, emit, should_stop)
    return _cifar10_from(folder)


@lru_cache(maxsize=1)
def _cifar10_from(folder: Path) -> Pictures:
    images, labels = cifar10.read(folder)
    is_test = np.arange(len(labels)) >= 50000
    spent = np.zeros(len(labels), bool)
    for seed in RECIPE_SEEDS:
        spent[split_ids(labels, is_test, list(range(10)), DataSpec(test_images=RECIPE_IMAGES, seed=seed))[2]] = True
    return Pictures(images, labels, is_test, spent=spent)


@lru_cache(maxsize=1)
def _digits_pictures() -> Pictures:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    grey = np.round(bunch.images * (255 / 16)).astype(np.uint8)  # (1797, 8, 8), was [0, 16]
    labels = bunch.target.astype(np.int32)
    is_test = np.zeros(len(labels), bool)
    rng = np.random.default_rng(1998)
    for digit in range(10):
        is_test[rng.permutation(np.flatnonzero(labels == digit))[:DIGITS_TEST]] = True
    return Pictures(np.repeat(grey[..., None], 3, axis=3), labels, is_test)


def _digits(emit: Emit, should_stop: ShouldStop) -> Pictures:
    return _digits_pictures()


@lru_cache(maxsize=1)
def _pictogram_pictures() -> Pictures:
    parts = [sheets.read(PICTOGRAMS, part) for part in pictograms.PARTS]
    sizes = [len(labels) for _, labels in parts]
    shown = [pictograms.designs(part, range(size // 10)) for part, size in zip(pictograms.PARTS, sizes, strict=True)]
    return Pictures(
        np.concatenate([images for images, _ in parts]),
        np.concatenate([labels for _, labels in parts]),
        np.repeat([False, True], sizes),
        np.concatenate(shown),
    )


def _pictograms(emit: Emit, should_stop: ShouldStop) -> Pictures:
    return _pictogram_pictures()


HEARD_IN_THE_TEST = (4, 5)  # speakers, in alphabetical order


def _spoken(emit: Emit, should_stop: ShouldStop) -> spoken_digits.Recordings:
    folder = dataset_folder(DATASETS["spoken_digits"])
    if not folder.is_dir():
        spoken_digits.fetch(folder, emit, should_stop)
    return spoken_digits.read(folder)


def _spoken_digits(emit: Emit, should_stop: ShouldStop) -> Pictures:
    found = _spoken(emit, should_stop)
    return Pictures(found.pictures, found.digits, found.numbers < spoken_digits.TEST)


def _spoken_digits_speakers(emit: Emit, should_stop: ShouldStop) -> Pictures:
    found = _spoken(emit, should_stop)
    of_one_speaker = found.speakers * 10 + found.digits
    return Pictures(found.pictures, found.digits, np.isin(found.speakers, HEARD_IN_THE_TEST), of_one_speaker)


def _pneumonia(emit: Emit, should_stop: ShouldStop) -> Pictures:
    file = dataset_folder(DATASETS["pneumonia"])
    if not file.is_file():
        pneumonia.fetch(file, emit, should_stop)
    images, labels, is_test = pneumonia.read(file)
    here, published = int((~is_test).sum()), sum(DATASETS["pneumonia"].pools)
    if here != published:
        emit(
            Note(
                f"These are not all X-rays that were published: {here:,} to train and validate on, of {published:,}. "
                "Scores do not compare with published ones."
            )
        )
    return Pictures(images, labels, is_test)


def _sst2(emit: Emit, should_stop: ShouldStop) -> Pictures:
    folder = dataset_folder(DATASETS["sst2"])
    if not folder.is_dir():
        sst2.fetch(folder, emit, should_stop)
    return _sst2_from(folder)


@lru_cache(maxsize=1)
def _sst2_from(folder: Path) -> Pictures:
    phrases, labels, is_test = sst2.read(folder)
    groups = np.arange(len(phrases), dtype=np.int32) + len(phrases)  # a test sentence is a review of its own
    groups[~is_test] = sst2.reviews(phrases[~is_test])
    return Pictures(phrases, labels, is_test, groups)


def _movietweetings(emit: Emit, should_stop: ShouldStop) -> Pictures:
    ratings = dataset_folder(DATASETS["movietweetings"])
    if not ratings.is_file():
        movietweetings.fetch(ratings.parent, emit, should_stop)
    texts, stars, is_test, person = movietweetings.examples(ratings.parent)
    return Pictures(texts, stars, is_test, strata=person)


LOADERS: dict[str, Callable[[Emit, ShouldStop], Pictures]] = {
    "cifar10": _cifar10,
    "digits": _digits,
    "pictograms": _pictograms,
    "pictogram_pairs": _pictograms,
    "spoken_digits": _spoken_digits,
    "spoken_digits_speakers": _spoken_digits_speakers,
    "pneumonia": _pneumonia,
    "sst2": _sst2,
    "movietweetings": _movietweetings,
}
