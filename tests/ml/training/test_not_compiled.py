"""Unfrozen and not compiled again: what the run does is what Keras does."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from tests.lab import spec
from tests.uploading import never
from tl_core.base.events import Summary
from tl_core.base.spec import RunSpec
from tl_core.ml.network import checkpoint
from tl_core.ml.training import train

IN_STEPS = {"name": "sgd", "momentum": 0.9, "schedule": "constant", "probe": "steps"}


def _trained(run: RunSpec, folder: Path) -> tuple[Summary, list[np.ndarray]]:
    """The summary, and every weight that the last epoch left."""
    summary = train.run(run, lambda event: None, never, folder)
    saved = checkpoint.load(folder)
    assert saved is not None
    return summary, saved[1]["model"]


def test_it_is_the_probe_that_simply_goes_on(tmp_path: Path) -> None:
    """Each epoch is one step on all images, so their order has no say: only a restarted optimiser would differ."""
    base = {"optimizer": IN_STEPS, "epochs": 6, "batch_size": 64}
    mistaken = spec(**base, strategy="lp_ft", mistake="not_compiled_again")
    found, weights = _trained(mistaken, tmp_path / "mistake")
    probe, same = _trained(spec(**base, strategy="feature_extraction"), tmp_path / "probe")
    assert found.trainable_params == probe.trainable_params
    assert found.test_loss == pytest.approx(probe.test_loss, rel=1e-4)
    head = [value for value in weights if value.shape in {(256, 3), (3,)}]
    expected = [value for value in same if value.shape in {(256, 3), (3,)}]
    assert len(head) == len(expected) == 2
    for value, other in zip(head, expected, strict=True):
        np.testing.assert_allclose(value, other, rtol=1e-3, atol=1e-5)
    rates = {phase["learning_rate"] for phase in found.recipe["phases"]}
    assert rates == {phase["learning_rate"] for phase in probe.recipe["phases"]}


def test_keras_itself_keeps_step_optimiser_and_rate() -> None:
    keras.utils.set_random_seed(0)
    base, head = keras.layers.Dense(4), keras.layers.Dense(2)
    model = keras.Sequential([keras.Input((3,)), base, head])
    base.trainable = False
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9)
    model.compile(optimizer, "mse")
    x, y = np.ones((8, 3), "float32"), np.zeros((8, 2), "float32")
    model.fit(x, y, batch_size=8, epochs=3, verbose=0)
    moments = [variable.numpy() for variable in optimizer.variables]
    before = [variable.numpy() for variable in base.variables]
    base.trainable = True
    model.fit(x, y, batch_size=8, epochs=3, verbose=0)
    assert int(optimizer.iterations) == 6
    assert float(optimizer.learning_rate) == pytest.approx(0.1)
    assert len(optimizer.variables) == len(moments)
    for variable, old in zip(base.variables, before, strict=True):
        assert np.array_equal(variable.numpy(), old)
