"""The controls of the freeze-depth study: stages kept from a network trained on the target itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.lab import spec
from tl_core.base.events import Stopped
from tl_core.base.spec import LayerPlan, RunSpec
from tl_core.catalog import card
from tl_core.ml.network import checkpoint
from tl_core.ml.network.models import build_backbone
from tl_core.ml.training import train

STATES = {"stem": "frozen", "stage1": "frozen", "stage2": "reinitialised", "stage3": "reinitialised"}
RATE = {"name": "sgd", "learning_rate": 0.05}


def _weights(run: RunSpec, folder: Path) -> list[np.ndarray]:
    train.run(run, lambda event: None, lambda: False, folder)
    return _saved(folder)


def _saved(folder: Path) -> list[np.ndarray]:
    found = checkpoint.load(folder)
    assert found is not None
    return found[1]["model"]


def test_what_is_kept_is_the_base_and_what_is_above_begins_anew(tmp_path: Path) -> None:
    base = _weights(spec(epochs=2, optimizer=RATE), tmp_path / "base")
    plan = LayerPlan.model_validate({"stages": STATES, "source": "target"})
    run = spec(epochs=4, optimizer=RATE, strategy="custom", plan=plan.model_dump())
    again = _weights(run, tmp_path / "selffer")
    kernels = [i for i, weight in enumerate(base) if weight.ndim == 4]
    lower = {layer.name for stage in card(run.backbone).stages[:2] for layer in stage.layers}
    convolutions = [
        layer.name in lower
        for layer in build_backbone(run.backbone, run.image_size, None).layers
        if any(len(weight.shape) == 4 for weight in layer.weights)
    ]
    assert 0 < sum(convolutions) < len(convolutions)
    for place, kept in zip(kernels, convolutions, strict=True):
        assert np.array_equal(base[place], again[place]) == kept


def test_a_run_that_is_cut_off_after_the_base_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    plan = LayerPlan.model_validate({"stages": STATES, "source": "target"})
    run = spec(epochs=2, optimizer=RATE, strategy="custom", plan=plan.model_dump())
    whole = _weights(run, tmp_path / "whole")
    told: list = []
    ended = lambda: any(getattr(event, "name", "") == "learning_rate" for event in told)  # noqa: E731
    with pytest.raises(Stopped):
        train.run(run, told.append, ended, tmp_path / "cut")
    position, _ = checkpoint.load(tmp_path / "cut") or (None, None)
    assert (position.phase, position.phase_epoch) == (0, 1)
    assert all(np.array_equal(a, b) for a, b in zip(_weights(run, tmp_path / "cut"), whole, strict=True))
