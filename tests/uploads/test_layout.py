"""Classes by folders: how public sets are handed out, and random trees whose true classes are known."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.uploads.trees import Tree, tree
from tl_core.uploads.layout import LOOSE, at_level, concluded

PARTED = {("cats", "train"), ("dogs", "train"), ("cats", "test"), ("dogs", "test")}


def folders(*specs: str) -> list[tuple[str, ...]]:
    """The folder of every picture; `a/b*3` are three in a/b, without a number five."""
    found = []
    for spec in specs:
        path, _, times = spec.partition("*")
        found += [tuple(part for part in path.split("/") if part)] * int(times or 5)
    return found


def placed(*specs: str) -> set[tuple[str, str]]:
    """(class, part) of all pictures that have a class."""
    layout = concluded(folders(*specs))
    return {(place.folder, place.part) for path in folders(*specs) if not (place := layout.place(path)).reason}


def refused(*specs: str) -> dict[str, str]:
    layout = concluded(folders(*specs))
    return {"/".join(path): reason for path in folders(*specs) if (reason := layout.place(path).reason)}


def grid(parts: str, classes: str = "cats dogs", form: str = "{}/{}") -> list[str]:
    return [form.format(part, name) for part in parts.split() for name in classes.split()]


@pytest.mark.parametrize(
    ("specs", "classes"),
    [
        (["ants", "bees"], "ants bees"),
        (["top/ants", "top/bees"], "ants bees"),
        (["a/b/c/ants", "a/b/c/bees"], "ants bees"),
        (["top/ants", "top/bees", "top*1"], "ants bees"),
        (["d/train/ants*1", "d/val/bees*1", "d/Test/bees*1"], "ants bees"),
        (["ants/2024*1", "bees*1"], "ants bees"),
        (["top/ants"], "ants"),
        (["*9"], ""),
        (grid("training_set test_set"), "cats dogs"),
        (grid("train dev"), "cats dogs"),
        (grid("TRAIN Validation holdout"), "cats dogs"),
        (grid("fold1 fold2 fold3"), "cats dogs"),
        (grid("batch_a batch_b"), "cats dogs"),
        (grid("train2017 val2017"), "cats dogs"),
        (grid("flowers_train flowers_eval"), "cats dogs"),
        (grid("seg_train seg_test", form="{0}/{0}/{1}"), "cats dogs"),
        (grid("train valid", form="{}/images/{}"), "cats dogs"),
        (grid("train test", "train bus car"), "train bus car"),
        ([*grid("train val", form="x/{}/{}"), *grid("train val", form="x/x/{}/{}")], "cats dogs"),
        (["x/cats", "x/dogs", "x/x/cats", "x/x/dogs"], "cats dogs"),
        (grid("train/fold1 train/fold2 test"), "cats dogs"),
        (grid("amazon dslr", "mug pen"), "mug pen"),
        (grid("amazon dslr", "mug pen", "{}/images/{}"), "mug pen"),
        (grid("cats dogs", "train test"), "cats dogs"),
        (grid("healthy sick", "images masks"), "healthy sick"),
        (grid("ants bees", "2023 2024"), "ants bees"),
        (["cats/persian", "cats/siam", "dogs/poodle"], "cats dogs"),
        (["dataset/cats", "dataset/dogs", "docs*9"], "cats dogs"),
        (["train", "bus"], "train bus"),
        (["train/steam", "train/diesel", "bus", "car"], "train bus car"),
        (["steam_train", "freight_train", "bus"], "steam_train freight_train bus"),
        (["steam_train", "freight_train"], "steam_train freight_train"),
        (["train", "test"], ""),
        (["train/cats", "train/dogs", "test/cats"], "cats dogs"),
        (grid("Training Prüfung Testdaten"), "cats dogs"),
        ([*grid("entrenamiento"), "prueba"], "cats dogs"),
        ([*grid("训练集"), "测试集*30"], "cats dogs"),
        ([*grid("x/x/train x/x/valid"), "test/test*33"], "cats dogs"),
        ([*grid("x/y/train x/y/test"), "x*1"], "cats dogs"),
        (["study/test", "study/control", "docs*2"], "test control"),
        (grid("10253 10254 10255", "0 1"), "0 1"),
        (grid("cats dogs", "0 45 90"), "cats dogs"),
        (grid("train test", "cats dogs", "{}_{}"), "cats dogs"),
        (["cats_train", "dogs_train", "cats_test", "dogs_test"], "cats dogs"),
        (["trainA", "trainB", "testA", "testB"], "A B"),
        (["steam_train", "steam_test", "bus"], "steam_train steam_test bus"),
        (grid("cats dogs", "Training PublicTest PrivateTest"), "cats dogs"),
        (grid("left train", "pets-train pets-valid"), "left train"),
    ],
)
def test_the_classes_are_found(specs: list[str], classes: str) -> None:
    assert {name for name, _ in placed(*specs)} == set(classes.split())


@pytest.mark.parametrize(
    ("beside", "words"),
    [
        ("test", "lies in test, which has none of the class folders of train"),
        ("test/test", "lies in test, which is not a class"),
        ("test/unknown", "lies in unknown, which is not a class"),
        ("test/test_images", "lies in test_images, which is not a class"),
        ("test/all", "lies in test/all, which is a class of no other part"),
        ("single_prediction*1", "lies in single_prediction, which has none of the class folders of train"),
        ("seg_pred/seg_pred", "lies in seg_pred, which is not a class"),
        ("samples", "lies in samples, which has none"),
        ("*1", LOOSE),
    ],
)
def test_what_has_no_class_is_refused_by_name(beside: str, words: str) -> None:
    specs = [*grid("train"), beside]
    assert {name for name, _ in placed(*specs)} == {"cats", "dogs"}
    (reason,) = refused(*specs).values()
    assert reason.startswith(words)


def test_every_picture_keeps_the_part_that_it_came_in() -> None:
    assert placed(*grid("train test")) == placed(*grid("cats dogs", "train test")) == PARTED
    assert placed(*grid("seg_train seg_test", form="{0}/{0}/{1}")) == {(c, f"seg_{p}") for c, p in PARTED}
    assert placed(*grid("train test", form="{1}_{0}")) == PARTED


@pytest.mark.parametrize(
    "parts", ["Training PublicTest PrivateTest", "trainval test", "train-val test", "train test_easy test_hard"]
)
def test_a_folder_beside_others_above_the_same_classes_is_a_part_by_a_word_of_its_name(parts: str) -> None:
    assert {part for _, part in placed(*grid(parts))} == set(parts.split())


def test_what_stands_beside_the_parts_with_the_same_classes_is_taken() -> None:
    assert not refused(*grid("train extra test", "0 1 2 3"))


@pytest.mark.parametrize(
    ("specs", "words"),
    [
        (["train", "bus"], "train is treated as a class here"),
        (grid("amazon dslr", "mug pen"), "The same names repeat in the folders amazon and dslr"),
        (["cats_train", "dogs_train", "cats_test", "dogs_test"], "The names of the folders cats_train, dogs_train"),
        (["cats/persian", "dogs"], "Folders inside the classes, such as cats/persian, were not treated separately"),
    ],
)
def test_what_could_be_meant_otherwise_is_said(specs: list[str], words: str) -> None:
    assert any(note.startswith(words) for note in concluded(folders(*specs)).notes)


def test_somebody_may_say_at_which_level_the_classes_are() -> None:
    specs = folders(*grid("train test"))
    assert {at_level(specs, 0).place(path).folder for path in specs} == {"train", "test"}
    layout = at_level(specs, 1)
    assert {layout.place(path)[:2] for path in specs} == PARTED


def check(made: Tree) -> None:
    """No picture has a wrong class: it has its own, or is refused, and only what has none is refused."""
    layout = concluded([path for path, _ in made.pictures])
    for path, name in made.pictures:
        assert layout.place(path).folder == name, (made, layout)


@given(some.randoms(use_true_random=False))
def test_trees_are_read_as_they_were_made(rng: random.Random) -> None:
    check(tree(rng))


def test_two_thousand_trees_are_read_as_they_were_made() -> None:
    rng = random.Random(16)
    for _ in range(2000):
        check(tree(rng))


@given(some.lists(some.lists(some.sampled_from(["a", "b", "train", "val", "test", "x"]), max_size=5).map(tuple)))
def test_any_folders_have_a_class_or_a_reason(paths: list[tuple[str, ...]]) -> None:
    layout = concluded(paths)
    for path in paths:
        place = layout.place(path)
        assert bool(place.folder) != bool(place.reason)
        assert not place.folder or place.folder in path
