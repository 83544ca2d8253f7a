"""Pictures of several labels, made of pictures of one: two of different classes side by side in one scene."""

from __future__ import annotations

import numpy as np

COARSE = 4  # the backdrop is the first picture's colours on a grid of so many by so many


def pairs(
    images: np.ndarray, labels: np.ndarray, ids: np.ndarray, classes: int, blocks: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Every picture with a partner of another class, at places of their own, on a backdrop of its own colours.

    Parameters
    ----------
    images : (N, S, S, 3) uint8
    labels : (N,) int [0, classes), at least two classes and some pictures of each
    ids : (N,) int, names of the pictures: the places in a scene depend on those of its two
    blocks : (N,) int, each with pictures of every class: a partner is of the same block. None: all are one block.

    Returns
    -------
    (N, 2S, 2S, 3) uint8, and (N, classes) int32 with a 1 for both classes. The k-th picture of a class has a k-th one
    as its partner, of all other classes in turn: fewer pictures of every class make the first of these scenes.
    """
    side = images.shape[1]
    block_of = np.zeros(len(labels), int) if blocks is None else blocks
    marks = np.zeros((len(images), classes), np.int32)
    scenes = np.empty((len(images), 2 * side, 2 * side, 3), np.uint8)
    for label in range(classes):
        for place, one in enumerate(np.flatnonzero(labels == label)):
            partner = (label + 1 + place % (classes - 1)) % classes
            near = block_of == block_of[one]
            mine, theirs = (np.flatnonzero(near & (labels == wanted)) for wanted in (label, partner))
            other = theirs[np.searchsorted(mine, one) % len(theirs)]
            marks[one, [label, partner]] = 1
            scenes[one] = _scene(images[one], images[other], np.random.default_rng([ids[one], ids[other]]))
    return scenes, marks


def blocks(groups: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(N,) int32: the first group of every class is block 0, the second block 1, and so on while all classes have one.

    `groups` (N,) int, each within one class, and `labels` (N,) int. Scenes of one block share no group with those of
    another, so that blocks can be resampled as what they are: independent.
    """
    place = np.empty(len(groups), np.int32)
    for label in np.unique(labels):
        own = labels == label
        _, first, inverse = np.unique(groups[own], return_index=True, return_inverse=True)
        place[own] = np.argsort(np.argsort(first))[inverse]
    return place % (1 + min(place[labels == label].max() for label in np.unique(labels)))


def _scene(one: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Two (S, S, 3) uint8 → (2S, 2S, 3) uint8: in either order, beside or above each other, apart."""
    side = len(one)
    scene = _backdrop(one)
    first, second = (one, other) if rng.random() < 0.5 else (other, one)
    shifts = rng.integers(0, side + 1, 2)
    beside = rng.random() < 0.5
    for picture, start, shift in ((first, 0, shifts[0]), (second, side, shifts[1])):
        top, left = (shift, start) if beside else (start, shift)
        scene[top : top + side, left : left + side] = picture
    return scene


def _backdrop(picture: np.ndarray) -> np.ndarray:
    """(S, S, 3) uint8 → (2S, 2S, 3) uint8: its colours, smooth."""
    side, step = len(picture), len(picture) // COARSE
    grid = picture.reshape(COARSE, step, COARSE, step, 3).mean((1, 3))  # (4, 4, 3)
    at = np.clip((np.arange(2 * side) + 0.5) / (2 * step) - 0.5, 0, COARSE - 1)
    weights = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(COARSE)))  # (2S, 4): linear interpolation
    down = np.tensordot(weights, grid, 1)  # (2S, 4, 3)
    return np.round(weights @ down).astype(np.uint8)
