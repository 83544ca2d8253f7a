"""Pictures of several labels: what is in them, and that no pictogram's design is on two sides of a split."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tl_core.base.spec import DataSpec
from tl_core.catalog import DATASETS
from tl_core.ml.data import loaders
from tl_core.ml.data import splits as data
from tl_core.ml.data.class_weights import balanced
from tl_core.ml.data.pairs import blocks, pairs


def _pictures_in(scene: np.ndarray, images: np.ndarray) -> list[int]:
    """Which of these images stand whole in a scene, anywhere."""
    side = images.shape[1]
    places = np.lib.stride_tricks.sliding_window_view(scene, (side, side, 3))[:, :, 0]
    corners = places[:, :, 0, 0]  # one pixel rules out nearly every place
    found = []
    for number, image in enumerate(images):
        for y, x in np.argwhere((corners == image[0, 0]).all(-1)):
            if np.array_equal(places[y, x], image):
                found.append(number)
                break
    return found


@settings(max_examples=20)
@given(st.integers(2, 5), st.integers(1, 6), st.integers(0, 2**16))
def test_every_picture_stands_whole_in_its_scene_with_one_of_another_class(classes: int, each: int, seed: int) -> None:
    labels = np.repeat(np.arange(classes), each)
    images = np.random.default_rng(seed).integers(0, 256, (len(labels), 8, 8, 3), np.uint8)
    scenes, marks = pairs(images, labels, np.arange(len(labels)), classes)
    assert scenes.shape == (len(labels), 16, 16, 3)
    assert (marks.sum(1) == 2).all()
    for number, (scene, marked) in enumerate(zip(scenes, marks, strict=True)):
        there = _pictures_in(scene, images)
        assert number in there
        assert {int(labels[i]) for i in there} == set(np.flatnonzero(marked).tolist())


def _load(**changes: object) -> data.Splits:
    settings = {"dataset": "pictogram_pairs", "per_class": 9, "test_images": 30}
    return data.load(DataSpec.model_validate(settings | changes), lambda event: None, lambda: False)


@pytest.mark.parametrize("classes", [(), ("key", "bell", "tree")])
def test_a_run_is_given_both_labels_and_no_design_is_on_two_sides(classes: tuple[str, ...]) -> None:
    splits, whole = _load(classes=classes), loaders._pictogram_pictures()
    assert whole.groups is not None
    names, designs = np.array(DATASETS["pictograms"].classes), []
    for part in splits[:3]:
        assert part.images.shape[1:] == (64, 64, 3)
        assert part.labels.shape == part.weights.shape == (len(part.ids), len(splits.classes))
        seen = set()
        for scene, row in zip(part.images[:], part.labels, strict=True):
            there = part.ids[_pictures_in(scene, whole.images[part.ids])]
            assert {splits.classes[k] for k in np.flatnonzero(row)} == set(names[whole.labels[there]])
            seen |= set(whole.groups[there].tolist())
        designs.append(seen)
    assert len(splits.train.ids) == 9 * len(splits.classes)
    assert not designs[0] & designs[1]
    assert not (designs[0] | designs[1]) & designs[2]


def test_test_scenes_of_two_groups_have_no_design_in_common() -> None:
    test, whole = _load(test_images=500).test, loaders._pictogram_pictures()
    assert whole.groups is not None
    assert test.groups is not None
    there = [_pictures_in(scene, whole.images[test.ids]) for scene in test.images[:]]
    designs = [set(whole.groups[test.ids[found]].tolist()) for found in there]
    of_group = [set().union(*(designs[i] for i in np.flatnonzero(test.groups == group))) for group in range(20)]
    assert sum(map(len, of_group)) == len(set().union(*of_group))
    assert len(np.unique(test.groups)) == 20


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4)), min_size=1, max_size=40))
def test_every_block_has_groups_of_every_class(drawn: list[tuple[int, int]]) -> None:
    labels, designs = np.array([*drawn, (0, 9), (1, 9), (2, 9)]).T
    groups = 10 * labels + designs
    found = blocks(groups, labels)
    assert sorted(set(found.tolist())) == list(range(found.max() + 1))
    for block in set(found.tolist()):
        assert set(labels[found == block].tolist()) == {0, 1, 2}
    assert all(len(set(found[groups == group].tolist())) == 1 for group in set(groups.tolist()))


def test_fewer_labels_are_the_first_of_more_and_always_the_same() -> None:
    few, many = _load(per_class=4).train, _load(per_class=12).train
    at = [many.ids.tolist().index(number) for number in few.ids]
    assert np.array_equal(few.images[:], many.images[at])
    assert np.array_equal(few.labels, many.labels[at])
    assert few.labels.sum(0).min() > 4


@given(arrays.arrays(np.int32, st.integers(1, 40), elements=st.integers(0, 3)))
def test_balanced_weights_give_every_class_the_same_say(labels: np.ndarray) -> None:
    weights = balanced(labels, 4)(labels)
    says = [weights[labels == label].sum() for label in np.unique(labels)]
    assert says == pytest.approx([len(labels) / 4] * len(says))
    assert balanced(labels, 5)(np.array([4])) == [1.0]


@given(arrays.arrays(np.int32, (20, 3), elements=st.integers(0, 1)))
def test_with_several_labels_each_class_is_balanced_by_itself(labels: np.ndarray) -> None:
    weights = balanced(labels, 3)(labels)
    for column, weight in zip(labels.T, weights.T, strict=True):
        if 0 < column.sum() < 20:
            assert weight[column == 1].sum() == pytest.approx(10)
            assert weight[column == 0].sum() == pytest.approx(10)
