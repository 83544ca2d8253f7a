"""Which images a run trains on, validates on and is tested on: seeded, stratified, nested, groups undivided."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tl_core.base.spec import DataSpec
from tl_core.uploads.subsets import across_classes, at_boundary, counts, in_turn, shuffled, thinned


def divide(
    ids: np.ndarray, per_class: int | None, validation_share: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """One class's pool → (training ids, validation ids), disjoint; training subsets of one rng are nested."""
    order = rng.permutation(ids)
    train, val = counts(len(order), per_class, validation_share)
    return order[:train], order[len(order) - val :]


def divide_groups(
    ids: np.ndarray,
    per_class: int | None,
    validation_share: float,
    rng: np.random.Generator,
    groups: np.ndarray,
    doubtful: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """The same where `groups` (N,) numbers what belongs together among all images: a group stays on one side.

    Validation keeps its share of the groups however few labels there are, so that training subsets are nested, and
    either side takes its groups in turn: few labels show many designs. The division is as near to the wanted one
    as the groups let it be. Groups that are `doubtful`, in two classes at once, are trained on when nothing else is
    left, and never validated on.
    """
    in_doubt = np.isin(groups[ids], doubtful)
    order = shuffled(ids[~in_doubt], groups[ids[~in_doubt]], rng)
    train, val = counts(len(ids), per_class, validation_share)
    reserved = min(counts(len(ids), None, validation_share)[1], len(ids) - train)
    middle = at_boundary(groups[order], len(order) - max(val, reserved))
    left, right = (side[in_turn(groups[side])] for side in (order[:middle], order[middle:]))
    left = np.concatenate([left, ids[in_doubt]])
    return (left, right) if per_class is None else (left[:train], right[:val])


def in_test_order(ids: np.ndarray, rng: np.random.Generator, groups: np.ndarray | None) -> np.ndarray:
    """One class's test images in the order in which they are taken: groups in turn."""
    if groups is None:
        return rng.permutation(ids)
    order = shuffled(ids, groups[ids], rng)
    return order[in_turn(groups[order])]


def split_ids(
    labels: np.ndarray,
    is_test: np.ndarray,
    chosen: Sequence[int],
    data: DataSpec,
    groups: np.ndarray | None = None,
    spent: np.ndarray | None = None,
) -> list[np.ndarray]:
    """→ [train, val, test] ids (int64), stratified over the chosen classes, sorted by nothing but the seed."""
    parts: list[list[np.ndarray]] = [[], [], []]
    doubtful = np.empty(0) if groups is None else across_classes(labels, groups)
    for place, label in enumerate(chosen):
        rng = np.random.default_rng([data.seed, label])  # a class's sample does not depend on its neighbours
        pool = np.flatnonzero((labels == label) & ~is_test)
        if groups is None:
            train, val = divide(pool, data.per_class, data.validation_share, rng)
        else:
            train, val = divide_groups(pool, data.per_class, data.validation_share, rng, groups, doubtful)
        held_out = in_test_order(np.flatnonzero((labels == label) & is_test), rng, groups)
        if spent is not None:
            held_out = held_out[np.argsort(spent[held_out], kind="stable")]
        if data.test_images is not None:
            share, rest = divmod(data.test_images, len(chosen))
            held_out = held_out[: share + (place < rest)]
        for part, ids in zip(parts, (train, val, held_out), strict=True):
            part.append(ids[: thinned(len(ids), data.imbalance, place, len(chosen))])
    return [np.concatenate(part) for part in parts]
