"""Runs that are tested on shifted images, too: what is measured there, and that the run itself is the same."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.lab import spec
from tests.uploading import never
from tl_core.base.events import Event, Stopped, Summary
from tl_core.base.spec import Shift
from tl_core.catalog.shifts import SHIFTS
from tl_core.ml.data import splits
from tl_core.ml.data.corruptions import shifted
from tl_core.ml.network import arm
from tl_core.ml.network.checkpoint import Position
from tl_core.ml.training import train
from tl_core.ml.training.outputs import Softmax
from tl_core.ml.training.phase import prepare
from tl_core.ml.training.shifted import NOTHING_TO_ADAPT, shift_scores
from tl_core.ml.training.telling import Telling

SHIFTED = spec(epochs=2, strategy="fine_tune_all", shift={"kind": "all", "severity": 5})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Summary, Path]:
    folder = tmp_path_factory.mktemp("run")
    return train.run(SHIFTED, lambda event: None, never, folder), folder


def test_every_way_is_scored_as_it_is_and_adapted(run: tuple[Summary, Path]) -> None:
    found, _ = run
    assert found.adapted is not None
    assert found.adapted.answers.images == found.answers.images
    assert [score.kind for score in found.shifted] == list(SHIFTS)
    for score in found.shifted:
        assert score.adapted is not None
        for accuracy in (score.plain, score.adapted):
            assert accuracy.low <= accuracy.value <= accuracy.high
            assert accuracy.answers.images == found.answers.images, "paired with the clean test"
            assert accuracy.answers.right().mean() == pytest.approx(accuracy.value)
    assert Summary.model_validate_json(found.model_dump_json()) == found


def test_the_score_is_that_of_the_trained_network_on_the_shifted_pixels(run: tuple[Summary, Path]) -> None:
    found, folder = run
    model = arm.trained(SHIFTED, folder, lambda event: None, never).model
    test = splits.load(SHIFTED.data, lambda event: None, never).test
    for score in found.shifted:
        images = shifted(test.images[:], score.kind, 5, SHIFTED.data.seed)
        called = model(prepare(SHIFTED)(tf.cast(images, tf.float32)), training=False).numpy().argmax(1)
        assert np.array_equal(score.plain.answers.right(), called == test.labels)


def test_the_run_itself_is_the_same_with_and_without(run: tuple[Summary, Path], tmp_path: Path) -> None:
    unshifted = train.run(SHIFTED.model_copy(update={"shift": Shift()}), lambda event: None, never, tmp_path)
    assert (unshifted.shifted, unshifted.adapted) == ([], None)
    assert unshifted.test_loss == run[0].test_loss
    assert unshifted.answers == run[0].answers


def _without_batch_norm() -> tuple[keras.Model, splits.Split]:
    inputs = keras.Input((16, 16, 3))
    model = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Flatten()(inputs)))
    return model, splits.load(SHIFTED.data, lambda event: None, never).test


def _telling(log: list[Event]) -> Telling:
    return Telling(log.append, Position(), (), 1)


def test_without_batch_normalisation_there_is_nothing_to_adapt_and_it_is_said() -> None:
    model, test = _without_batch_norm()
    telling = _telling([])
    found = shift_scores(SHIFTED, model, Softmax(model.output_shape[-1]), test, telling, lambda: None)
    assert [score.adapted for score in found["shifted"]] == [None] * len(SHIFTS)
    assert found["adapted"] is None
    assert telling.notes == [NOTHING_TO_ADAPT]


def test_a_stop_is_heard_between_shifts() -> None:
    def stop() -> None:
        raise Stopped

    model, test = _without_batch_norm()
    with pytest.raises(Stopped):
        shift_scores(SHIFTED, model, Softmax(model.output_shape[-1]), test, _telling([]), stop)
