"""Random uploads as people make them, with the true class of each picture."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

THINGS = str.split(
    "cat dog ant bee rose tulip train bus car NORMAL PNEUMONIA healthy 猫 犬 кошка Käfer n02085620-Chihuahua 7 $5 A:B "
    "class_1 class_2 left right NaN 2020-05 red,big"
)
WRAPPERS = str.split("archive dataset images flowers my_data data_set_2 Photos 2024 export")
STYLES = (
    ("train", "test"),
    ("train", "val", "test"),
    ("Train", "Valid"),
    ("training", "validation", "testing"),
    ("training_set", "test_set"),
    ("seg_train", "seg_test"),
    ("train_images", "test_images"),
    ("TRAIN", "DEV", "TEST"),
    ("train", "dev"),
    ("train", "eval"),
    ("train", "holdout"),
    ("fold1", "fold2", "fold3"),
    ("fold_0", "fold_1"),
    ("batch1", "batch2"),
    ("train2017", "val2017"),
    ("pets-train", "pets-valid"),
    ("TrainSet", "TestSet"),
    ("trainval", "test"),
    ("Training", "PublicTest", "PrivateTest"),
    ("entrenamiento", "prueba"),
)
BESIDE = str.split("single_prediction unlabeled sample_images preview docs predictions")
INSIDE = str.split("images masks original augmented front back")

Path = tuple[str, ...]


class Tree(NamedTuple):
    """`pictures`: the folders of each and its class, "" for one without."""

    pictures: list[tuple[Path, str]]


def tree(rng: random.Random, things: Sequence[str] = THINGS) -> Tree:
    """Classes, often in parts, often wrapped, with folders inside them, flat parts and stray pictures."""
    classes = rng.sample(things, rng.randint(2, min(7, len(things))))
    top = tuple(rng.sample(WRAPPERS, rng.choice((0, 0, 1, 2))))
    parts = rng.choice(STYLES) if rng.random() < 0.6 else ()
    if not parts:
        return Tree([*_flat(rng, top, classes), *_strays(rng, top)])
    if rng.random() < 0.2:
        pictures = [((*top, name, part), name) for name in classes for part in parts for _ in range(rng.randint(4, 9))]
        return Tree([*pictures, *_strays(rng, top)])
    return Tree([*_parted(rng, top, classes, parts), *_strays(rng, top)])


def _flat(rng: random.Random, top: Path, classes: list[str]) -> list[tuple[Path, str]]:
    inside = rng.sample(INSIDE, 2) if rng.random() < 0.2 else []
    return [
        ((*top, name, rng.choice(inside)) if inside else (*top, name), name)
        for name in classes
        for _ in range(rng.randint(4, 30))
    ]


def _parted(rng: random.Random, top: Path, classes: list[str], parts: tuple[str, ...]) -> list[tuple[Path, str]]:
    middle = rng.choice(((), (), ("images",), ("data",)))
    doubled, unlabelled = rng.random() < 0.2, rng.random() < 0.3 and len(parts) > 1
    pictures: list[tuple[Path, str]] = []
    for place, part in enumerate(parts):
        above = (*top, part, part) if doubled else (*top, part)
        if unlabelled and place == len(parts) - 1:
            pictures += [(above, "")] * rng.randint(1, 30)
            continue
        there = classes if rng.random() < 0.7 or not place else rng.sample(classes, max(2, len(classes) - 1))
        pictures += [((*above, *middle, name), name) for name in there for _ in range(rng.randint(4, 9))]
    if rng.random() < 0.3:
        pictures += [((*top, rng.choice(BESIDE)), "")] * rng.randint(1, 9)
    return pictures


def _strays(rng: random.Random, top: Path) -> list[tuple[Path, str]]:
    """Pictures beside the folders, as a preview or a cover."""
    return [(top, "")] * rng.choice((0, 0, 0, 1, 2))
