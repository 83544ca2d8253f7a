"""The task of the contenders: the same images, settings and clock for all."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections.abc import Callable

import numpy as np

from tl_core.base.spec import RunSpec, run_spec
from tl_core.races import race

NOT_HERE = 3  # exit status


def need(module: str, what: str) -> None:
    """End with a sentence where a peer is not installed."""
    if importlib.util.find_spec(module) is None:
        leave_out(f"{what} is not installed, so it was left out (pip install {module}).")


def leave_out(sentence: str) -> None:
    print(sentence)
    sys.exit(NOT_HERE)


def tell(**measured: float) -> None:
    print(json.dumps(measured))


def seconds(call: Callable[[], object], times: int = 1) -> float:
    """The shortest of so many calls."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        spent.append(time.perf_counter() - began)
    return min(spent)


def extraction(per_class: int, epochs: int, **changes: object) -> RunSpec:
    """Feature extraction on the data and backbone that the Lab proposes here; as many validation images."""
    proposed = race.proposed()
    data = {
        "dataset": proposed.dataset,
        "per_class": per_class,
        "validation_share": 0.5,
        "test_images": min(10 * per_class, 2000),
    }
    base: dict[str, object] = {
        "backbone": proposed.backbone,
        "strategy": "feature_extraction",
        "image_size": proposed.shared.image_size,
        "epochs": epochs,
        "data": data,
        "optimizer": {"learning_rate": 1e-3, "schedule": "constant"},
        "head": {"start": "random"},  # as the recipe's begins
    }
    return run_spec(**base | changes)


def noise(images: int, side: int) -> np.ndarray:
    """(images, side, side, 3) uint8."""
    return np.random.default_rng(0).integers(0, 256, (images, side, side, 3), np.uint8)
