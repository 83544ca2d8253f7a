"""The result that a first race promises, on real photographs with real ImageNet weights."""

from __future__ import annotations

from pathlib import Path

import pytest

from tl_core.base.spec import run_spec
from tl_core.ml.training import train


@pytest.mark.usefixtures("cifar10", "imagenet")
def test_feature_extraction_on_cifar10_with_200_images_a_class(tmp_path: Path) -> None:
    """Logistic regression on the same frozen features reaches 0.755."""
    spec = run_spec(
        backbone="mobilenet_075",
        strategy="feature_extraction",
        image_size=96,
        epochs=10,
        data={"dataset": "cifar10", "per_class": 200, "test_images": 2000},
    )
    summary = train.run(spec, lambda event: None, lambda: False, tmp_path)
    assert summary.test_images == 2000
    assert summary.test_accuracy >= 0.74
