"""How many labels a run needs, in numbers and in words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from tl_core import catalog
from tl_core.base.spec import DataSpec
from tl_core.ml.data import loaders, splits
from tl_core.ml.data.divide import split_ids
from tl_core.races import labels


@pytest.mark.parametrize("classes", [(), ("1", "7", "8")])
@pytest.mark.parametrize("per_class", [5, 20, 80, 100])
def test_validation_images_are_as_many_as_the_data_gives(per_class, classes):
    wanted = DataSpec(dataset="digits", per_class=per_class, classes=classes, validation_share=0.3)
    pictures = loaders._digits_pictures()
    chosen = [catalog.DATASETS["digits"].classes.index(name) for name in classes or catalog.DATASETS["digits"].classes]
    _, val, _ = split_ids(pictures.labels, pictures.is_test, chosen, wanted)
    assert labels.validation_images(wanted) in (None, len(np.unique(val)))
    assert labels.validation_images(wanted) is not None or per_class >= 80


def _drawn(data: DataSpec) -> splits.Splits:
    return splits.load(data, lambda event: None, lambda: False)


@given(
    name=some.sampled_from(["digits", "pictograms"]),
    per_class=some.integers(1, 60),
    share=some.floats(0.05, 0.4),
    imbalance=some.sampled_from([1.0, 20.0]),
)
def test_what_is_said_is_what_is_drawn(name, per_class, share, imbalance):
    """At the usual share of validation for pictograms, where a design stays on one side."""
    classes = catalog.DATASETS[name].classes[2:5]
    data = DataSpec(dataset=name, classes=classes, per_class=per_class, imbalance=imbalance)
    if name == "digits":
        data = data.model_copy(update={"validation_share": share})
    found = _drawn(data)
    drawn = list(zip(np.bincount(found.train.labels).tolist(), np.bincount(found.val.labels).tolist(), strict=True))
    assert labels.of_classes(data) == drawn
    assert labels.validation_images(data) == len(found.val.labels)


def test_both_numbers_are_said():
    five = DataSpec(dataset="pictograms", per_class=5)
    assert labels.words(five) == "5 labels per class to train on and 20 to validate"
    assert labels.short(five) == "5 + 20 per class"
    assert labels.words(DataSpec(dataset="pictograms", per_class=1)).startswith("1 label per class to train on")
    grid = [DataSpec(dataset="pictograms", per_class=count) for count in (5, 20, 200)]
    assert labels.words(*grid) == "5 to 200 labels per class to train on and 20 to 50 to validate"


def test_where_some_classes_have_more_than_the_catalogue_names_it_says_at_least():
    data = DataSpec(dataset="digits", per_class=100)
    assert labels.words(data) == "100 labels per class to train on and at least 22 to validate"
    validated = np.bincount(_drawn(data).val.labels)
    assert validated.min() == 22 < validated.max()


def test_pictures_that_were_deleted_have_words_too():
    gone = DataSpec(dataset="own_" + 24 * "0", classes=("ants", "bees"), per_class=5)
    assert labels.words(gone) == "5 labels per class to train on, and others to validate"
    assert labels.short(gone) == "5 per class"


@pytest.mark.usefixtures("beyond", "movietweetings")
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (DataSpec(dataset="digits", test_images=500), 0.1),
        (DataSpec(dataset="digits", test_images=203, imbalance=10.0), None),
        (DataSpec(dataset="pictograms", classes=("cup", "key", "tree"), test_images=100), 0.34),
        (DataSpec(dataset="pneumonia", test_images=None), 0.625),
        (DataSpec(dataset="pneumonia", test_images=300), 0.5),
    ],
)
def test_chance_is_the_share_of_the_largest_class_in_the_test(data, expected):
    drawn = np.bincount(_drawn(data).test.labels)
    assert labels.chance(data) == drawn.max() / drawn.sum()
    assert expected in (None, labels.chance(data))


@pytest.mark.parametrize("name", ["movietweetings", "pictogram_pairs", "own_" + 24 * "0"])
def test_where_only_the_test_tells_no_chance_is_promised(name):
    assert labels.chance(DataSpec(dataset=name, classes=("a", "b") if name.startswith("own") else ())) is None
