"""The figures of single chapters against independent computations: SciPy, Keras, counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image
from scipy.stats import binomtest

from tl_core.figures.layout import PERCENT
from tl_core.learn import concepts
from tl_core.learn.references import REFERENCES
from tl_core.ml.making import task_examples


@given(some.integers(1, 3000), some.data())
def test_the_interval_is_wilsons(images: int, data: some.DataObject) -> None:
    right = data.draw(some.integers(0, images))
    expected = binomtest(right, images).proportion_ci(0.95, method="wilson")
    assert concepts.wilson(right / images, images) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_a_pixel_is_prepared_as_keras_does() -> None:
    from keras.applications import resnet50, vgg16

    for value in (0.0, 124.0, 255.0):
        red = np.array([[[[value, 7.0, 9.0]]]], np.float32)
        for family in (resnet50, vgg16):
            assert family.preprocess_input(red.copy())[0, 0, 0, 2] == pytest.approx(concepts.resnet_input(value), 1e-5)


@given(some.integers(2, 30), some.integers(2, 5), some.integers(0, 999))
def test_leep_is_counted_out(images: int, sources: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    theta, labels = rng.dirichlet(np.ones(sources), images), rng.integers(0, 3, images)
    expected = 0.0
    for i in range(images):
        p = 0.0
        for z in range(sources):
            joint = sum(theta[j, z] for j in range(images) if labels[j] == labels[i])
            p += joint / sum(theta[j, z] for j in range(images)) * theta[i, z]
        expected += np.log(p) / images
    assert concepts.leep(theta, labels) == pytest.approx(expected)


def test_leep_of_the_example_reaches_from_a_coin_to_certainty() -> None:
    assert concepts.leep(*concepts.four_classes(0.5)) == pytest.approx(np.log(0.5))
    assert concepts.leep(*concepts.four_classes(1.0)) == pytest.approx(0)


@given(some.floats(-10, 40))
def test_the_nearest_caption_is_the_likeliest(angle: float) -> None:
    found = concepts.zero_shot(angle)
    assert sum(found.values()) == pytest.approx(1)
    away = {name: abs(angle - direction) for name, direction in concepts.CAPTIONS.items()}
    assert away[max(found, key=found.__getitem__)] == pytest.approx(min(away.values()), abs=1e-6)


@given(some.floats(0.05, 0.8), some.integers(1, 100))
def test_so_many_words_are_hidden(share: float, seed: int) -> None:
    gaps = concepts.hidden(["word"] * 15, share, seed)
    assert sum(gaps) == max(1, round(15 * share))
    assert gaps == concepts.hidden(["word"] * 15, share, seed)


def test_every_work_is_on_the_map() -> None:
    assert sum(len(trace.x) for trace in concepts.works().data) == len(REFERENCES)


@pytest.mark.parametrize("frozen", [0, 1, 2])
def test_what_is_frozen_and_what_trains_is_told_apart(frozen: int) -> None:
    words = concepts.stage_bars({"stem": 10, "top": 2000}, frozen, 30).data[0].text
    assert [word.endswith("frozen") for word in words] == [place < frozen for place in range(2)] + [False]


def test_the_stored_pictures_of_both_tasks_are_those_that_the_command_makes() -> None:
    with Image.open(task_examples.FILE) as file:
        assert np.array_equal(np.asarray(file), task_examples.sheet())


def test_shares_are_written_as_in_every_figure() -> None:
    axes = [
        concepts.interval_over_images(0.8, 100).layout.yaxis,
        concepts.leep_curve(0.7).layout.xaxis,
        concepts.zero_shot_bars(3.0).layout.xaxis,
    ]
    assert {(axis.ticksuffix, axis.tickformat) for axis in axes} == {(PERCENT["ticksuffix"], None)}
