"""`load(dataset) → Splits`: real pictures as uint8 arrays, in seeded, stratified, nested subsets that never overlap."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple, Protocol

import numpy as np

from tl_core.base.events import Emit, RunError, ShouldStop
from tl_core.base.spec import DataSpec
from tl_core.catalog import dataset
from tl_core.ml.data.class_weights import balanced
from tl_core.ml.data.divide import split_ids
from tl_core.ml.data.loaders import LOADERS, Pictures
from tl_core.ml.data.pairs import blocks, pairs
from tl_core.uploads import stored


class Images(Protocol):
    """What a run needs of its examples: an array, or a file that is read by rows.

    Pictures are (N, H, W, 3) uint8 [0, 255].
    """

    @property
    def dtype(self) -> Any: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    def __len__(self) -> int: ...
    def __getitem__(self, rows: Any, /) -> np.ndarray: ...


class Split(NamedTuple):
    """Some of a data set's images; `ids` are their places in the whole set.

    `labels` are (N,) int32 [0, K), of the K chosen classes, or (N, K) int32, 1 for what a picture shows. `weights` say
    how much each counts in the loss.

    `groups` numbers those that belong together, such as the ratings of a person; None where each of these images stands
    alone.
    """

    images: Images
    labels: np.ndarray
    ids: np.ndarray  # (N,) int64
    weights: np.ndarray  # as `labels`, float32
    groups: np.ndarray | None = None  # (N,) int32, counted from 0 in the order of the images


class Splits(NamedTuple):
    """Train, validation and test images of one run: no image is in two of them."""

    train: Split
    val: Split
    test: Split
    classes: tuple[str, ...]


class RowsOf:
    """Some rows of a memory-mapped data set, read when they are asked for: a large upload never fills the memory."""

    def __init__(self, images: np.ndarray, rows: np.ndarray, name: str) -> None:
        self.images, self.rows, self.name = images, rows, name
        self.shape, self.dtype = (len(rows), *images.shape[1:]), images.dtype

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: Any, /) -> np.ndarray:
        return np.asarray(self.images[self.rows[rows]])


def _uploaded(name: str) -> Pictures:
    try:
        rows, images = stored.read_rows(name), stored.examples(name)
    except FileNotFoundError:
        raise RunError("What this data set held was deleted or has expired: upload it again.") from None
    except (OSError, ValueError) as error:
        raise RunError(
            f"What this data set holds is damaged or cannot be read ({type(error).__name__}): delete the data set and "
            "upload it again."
        ) from error
    groups = np.array(rows.groups, np.int32)
    labels = np.array(rows.labels, np.int32)
    marks = np.zeros((len(labels), len(dataset(name).classes)), np.int32) if any(rows.also) else None
    if marks is not None:
        for i in range(len(labels)):
            marks[i, list(rows.labels_of(i))] = 1
    return Pictures(images, labels, np.array(rows.is_test, bool), groups, marks=marks)


def load(data: DataSpec, emit: Emit, should_stop: ShouldStop) -> Splits:
    """The pictures of a run.

    Raises
    ------
    RunError
        When the files are damaged, or missing without a network.
    Stopped
        When `should_stop` says so during a download.
    """
    entry = dataset(data.dataset)
    own = data.dataset not in LOADERS
    pictures = _uploaded(data.dataset) if own else LOADERS[data.dataset](emit, should_stop)
    classes = data.classes or entry.classes
    chosen = [entry.classes.index(name) for name in classes]
    relabel = np.full(len(entry.classes), -1, np.int32)
    relabel[chosen] = np.arange(len(chosen))
    drawn = (pictures.labels, chosen) if pictures.strata is None else (pictures.strata, range(entry.strata))
    parts = split_ids(drawn[0], pictures.is_test, drawn[1], data, pictures.groups, pictures.spent)
    groups = pictures.groups if pictures.strata is None else pictures.strata
    singles = [
        Split(
            RowsOf(pictures.images, ids, data.dataset) if own else pictures.images[ids],
            relabel[pictures.labels[ids]],
            ids,
            np.ones(len(ids), np.float32),
            together(groups, ids),
        )
        for ids in parts
    ]
    if entry.multi_label and pictures.marks is None:  # of training pictures fewer are the first of more: no blocks
        shown = [paired(part, len(chosen), apart=part is singles[-1]) for part in singles]
    else:
        shown = [_marked(part, pictures.marks, chosen) for part in singles]
    if data.class_weight == "balanced":
        weigh = balanced(shown[0].labels, len(chosen))
        shown = [part._replace(weights=weigh(part.labels).astype(np.float32)) for part in shown]
    train, val, test = shown
    return Splits(train, val, test, tuple(classes))


def together(groups: np.ndarray | None, ids: np.ndarray) -> np.ndarray | None:
    """The groups of these images, (N,) int32, numbered as they come; None where no two share one."""
    if groups is None:
        return None
    _, first, place = np.unique(groups[ids], return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[place].astype(np.int32) if len(first) < len(ids) else None


def _marked(single: Split, marks: np.ndarray | None, chosen: list[int]) -> Split:
    """With all labels of every picture, where it can have several."""
    if marks is None:
        return single
    labels = marks[single.ids][:, chosen]
    return single._replace(labels=labels, weights=np.ones(labels.shape, np.float32))


def paired(single: Split, classes: int, apart: bool = False) -> Split:
    """Scenes of two pictures each, with both labels, made within a part, so that what groups keep apart stays apart.

    `apart`: in blocks with no group in common, which are then the groups.
    """
    groups = blocks(single.groups, single.labels) if apart and single.groups is not None else None
    images, labels = pairs(np.asarray(single.images[:]), single.labels, single.ids, classes, groups)
    weights = np.ones(labels.shape, np.float32)
    return single._replace(
        images=images, labels=labels, weights=weights, groups=single.groups if groups is None else groups
    )


def fingerprint(images: Images) -> str:
    """SHA-256 of the pixels and their shape: the same images in the same order, the same string.

    For an uploaded data set, of its id, which stands for its content, and the rows: nothing is read.
    """
    if isinstance(images, RowsOf):
        return hashlib.sha256(images.name.encode() + images.rows.astype("<i8").tobytes()).hexdigest()
    assert isinstance(images, np.ndarray)
    digest = hashlib.sha256(repr((images.shape, images.dtype.str)).encode())
    digest.update(np.ascontiguousarray(images).data)
    return digest.hexdigest()
