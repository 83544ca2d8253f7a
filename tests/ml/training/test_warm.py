"""A warm worker: nothing is built or traced twice, and nothing of a run is left in the next."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.ml.training.test_train import Log, _run, _spec
from tl_core.base.events import Stopped
from tl_core.base.spec import RunSpec
from tl_core.ml.network import models
from tl_core.ml.training import phase, train, warm
from tl_core.ml.training.pace import Pace
from tl_core.ml.training.steps import Steps

HEAD = {"kind": "pool_hidden", "dropout": 0.2}
OPTIMIZER = {"name": "adamw", "learning_rate": 0.01}


def _curve(spec: RunSpec, folder: Path) -> list[float]:
    summary, log = _run(spec, folder)
    return [*log.curve("train", "loss"), *log.curve("val", "loss"), summary.test_loss]


def _steps() -> list[Steps]:
    return [compiled.steps for network in warm._networks.values() for compiled in network.compiled.values()]


def _call(model: keras.Model, x: tf.Tensor, training: bool) -> tf.Tensor:
    return model(x, training=training)


@pytest.mark.long
@pytest.mark.parametrize("strategy", ["fine_tune_top", "from_scratch"])
def test_a_run_on_what_was_kept_equals_one_that_was_built_anew(strategy: str, tmp_path: Path) -> None:
    warm.clear()
    first, second = (_spec(strategy=strategy, head=HEAD, optimizer=OPTIMIZER, epochs=1, seed=seed) for seed in (0, 1))
    _curve(first, tmp_path / "first")
    again = _curve(second, tmp_path / "again")
    assert [steps.train.experimental_get_tracing_count() for steps in _steps()] == [1]
    assert [steps.logits.experimental_get_tracing_count() for steps in _steps()] == [1]
    warm.clear()
    assert _curve(second, tmp_path / "anew") == again


def test_a_run_that_was_stopped_leaves_nothing_in_the_next(tmp_path: Path) -> None:
    warm.clear()
    spec, log = _spec(epochs=2), Log()
    whole = _curve(spec, tmp_path / "whole")
    with pytest.raises(Stopped):
        _run(spec, tmp_path / "cut", stop=lambda: len(log.curve("val", "loss")) >= 1, log=log)
    assert _curve(spec, tmp_path / "again") == whole


def test_only_so_many_networks_are_kept(tmp_path: Path) -> None:
    warm.clear()
    sides = list(range(16, 17 + warm.NETWORKS))
    for side in sides:
        warm.network(side, 0, lambda side=side: models.build_backbone("tiny_resnet_cifar100", side, None))  # type: ignore[misc]
    assert list(warm._networks) == sides[1:]
    warm.clear()


def test_of_one_network_no_more_is_kept_compiled_than_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warm.clear()
    _run(_spec(epochs=1), tmp_path / "first")
    (first,) = _steps()
    assert first.optimizer_bytes > 8 * 1_000_000, "Adam: two moments of every weight"
    assert sum(value.nbytes for value in first._start if any(value.strides)) < 1000, "zeros are not kept"
    monkeypatch.setattr(phase, "KEPT_BYTES", first.optimizer_bytes)
    _run(_spec(epochs=1, optimizer=OPTIMIZER), tmp_path / "second")
    (second,) = _steps()
    assert second is not first


def test_a_rehearsal_compiles_what_the_run_then_uses(tmp_path: Path) -> None:
    warm.clear()
    spec = _spec(strategy="feature_extraction", epochs=1)
    (graph,) = train.rehearse(spec, lambda: False)
    before = _curve(spec, tmp_path / "rehearsed")
    assert _steps() == [graph.steps]
    assert graph.steps.train.experimental_get_tracing_count() == 1
    warm.clear()
    assert _curve(spec, tmp_path / "unrehearsed") == before
    with pytest.raises(Stopped):
        train.rehearse(spec, lambda: True)


def test_steps_in_one_call_are_the_steps_one_by_one() -> None:
    import tensorflow as tf

    from tl_core.ml.training.outputs import Softmax
    from tl_core.ml.training.steps import group_variables

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(22, 16, 16, 3)).astype(np.float32), rng.integers(0, 10, 22).astype(np.int32)
    rates, found = np.array([0.1, 0.05, 0.02], np.float32), []
    for calls in (1, 3):
        backbone = models.build_backbone("tiny_resnet_cifar100", 16, None)
        model = models.attach_head(backbone, _spec().head, 10, 0)
        for number, variable in enumerate(model.variables):
            variable.assign(np.random.default_rng(number).uniform(0.01, 0.1, variable.shape))
        groups = group_variables([(layer, 1.0) for layer in model.layers], _spec().optimizer)
        steps = Steps(partial(_call, model), tf.TensorSpec((None, 16, 16, 3)), groups, Softmax(10))
        for part in np.split(np.arange(3), calls):
            rows = slice(part[0] * 8, (part[-1] + 1) * 8)
            steps.train(x[rows], y[rows], np.ones(len(y[rows]), np.float32), rates[part], np.int32(8))
        found.append([*steps.running(), *(variable.numpy() for variable in model.variables)])
    assert all(np.array_equal(one, other) for one, other in zip(*found, strict=True))


def test_a_pace_follows_what_calls_took_but_not_the_first() -> None:
    pace = Pace(images=64, most=1000)
    pace.took(64, 5.0)
    assert pace.images == 64
    pace.took(64, 0.001)
    assert pace.images == 256
    pace.took(256, 0.15)
    assert pace.images == 256
    pace.took(256, 60.0)
    assert pace.images == 128
    for _ in range(10):
        pace.took(pace.images, 1e-9)
    assert pace.images == 1000
