"""Which images of a class are trained on, validated on and held out for the test: a group stays on one side."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence

import numpy as np

MIN_VALIDATION = 20  # images per class, where the pool has them
TEST_SHARE = 0.25  # of each class of an uploaded data set


def counts(pool: int, per_class: int | None, validation_share: float) -> tuple[int, int]:
    """(training, validation) images of a class with `pool` images for both.

    `per_class` None: all that are left after validation. A class with too few gives what it has, but for one
    image to validate on.
    """
    if per_class is None:
        held_out = min(pool - 1, max(1, round(pool * validation_share)))
        return pool - held_out, held_out
    train = min(per_class, max(1, pool - 1))
    wanted = max(math.ceil(train * validation_share / (1 - validation_share)), MIN_VALIDATION)
    return train, min(wanted, pool - train)


def thinned(images: int, imbalance: float, place: int, classes: int) -> int:
    """How many of a class's images an imbalance leaves, at least one; `place` counts the `classes` from 0."""
    return max(1, round(images * imbalance ** (-place / (classes - 1)))) if imbalance > 1 else images


def shuffled(ids: np.ndarray, groups: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """`ids` in random order, the members of a group next to each other. `groups`: (len(ids),) int."""
    names, place = np.unique(groups, return_inverse=True)
    rank = rng.permutation(len(names))[place]
    return ids[np.lexsort((rng.permutation(len(ids)), rank))]


def in_turn(groups: np.ndarray) -> np.ndarray:
    """(N,) places: first one member of each group, then a second one of each that has two, and so on.

    The first of them so show as many groups as they can. `groups`: (N,) int, the members of a group next to each
    other.
    """
    begins = np.flatnonzero(np.append(True, groups[1:] != groups[:-1])[: len(groups)])
    turn = np.arange(len(groups)) - np.repeat(begins, np.diff(np.append(begins, len(groups))))
    return np.argsort(turn, kind="stable")


def at_boundary(groups: np.ndarray, at: int) -> int:
    """The place nearest to `at` where one group ends and the next begins; the end when there is one only.

    `groups`: (N,) int, the members of a group next to each other.
    """
    ends = np.flatnonzero(groups[1:] != groups[:-1]) + 1
    return int(ends[np.argmin(np.abs(ends - at))]) if len(ends) else len(groups)


def held_out(
    labels: np.ndarray, names: Sequence[str], groups: np.ndarray, digests: Sequence[str], seed: int
) -> np.ndarray:
    """(N,) bool: the test part of an uploaded data set, TEST_SHARE of each class in whole groups, at least one.

    `labels` (N,) index `names`; `digests` (N,) are SHA-256 of the pixels. Groups are taken in the order of a hash
    of seed, class and pixels: neither other classes, nor file names, nor their order have a say, and most of a
    test part stays when pictures are added. Copies that lie in two classes are never tested on: their label is in
    doubt.
    """
    chosen = np.zeros(len(labels), bool)
    doubtful = np.isin(groups, across_classes(labels, groups))
    for label, name in enumerate(names):
        ids = np.flatnonzero((labels == label) & ~doubtful)
        places: dict[int, str] = {}
        for i in ids.tolist():
            place = hashlib.sha256(f"{seed}\0{name}\0{digests[i]}".encode()).hexdigest()
            group = int(groups[i])
            places[group] = min(place, places.get(group, place))
        wanted = max(1, round(TEST_SHARE * np.count_nonzero(labels == label)))
        members = Counter(groups[ids].tolist())
        sizes = {group: members[group] for group in sorted(places, key=places.__getitem__)}
        chosen[ids[np.isin(groups[ids], _filling(sizes, wanted))]] = True
    return chosen


def drawn_for(pictures: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """The labels of each picture, first the one that it is drawn for: the rarest so far, so that classes come even."""
    times: Counter[str] = Counter()
    ordered: list[tuple[str, ...]] = [()] * len(pictures)
    for i in sorted(range(len(pictures)), key=lambda i: len(pictures[i])):
        first = min(pictures[i], key=lambda label: (times[label], label))
        times[first] += 1
        ordered[i] = (first, *sorted(set(pictures[i]) - {first}))
    return ordered


def as_given(given: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """(N,) bool: the pictures `given` (N,) for the test, but for copies of others and those in two classes."""
    doubtful = np.union1d(groups[~given], across_classes(labels, groups))
    return given & ~np.isin(groups, doubtful)


def _filling(sizes: dict[int, int], wanted: int) -> list[int]:
    """Groups that hold at most `wanted` pictures together, or the smallest one; two at least are left out."""
    taken: list[int] = []
    for group, size in sizes.items():
        if len(taken) < len(sizes) - 2 and size <= wanted:
            taken.append(group)
            wanted -= size
    return taken or sorted(sizes, key=sizes.__getitem__)[:1]


def across_classes(labels: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The groups with pictures of more than one class."""
    pairs = np.unique(np.column_stack([groups, labels]), axis=0)
    names, times = np.unique(pairs[:, 0], return_counts=True)
    return names[times > 1]
