"""Scores of images that count several times are those of scikit-learn with as many weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from sklearn.metrics import f1_score, roc_auc_score

from tl_core.ml.training import weighted


@given(seed=some.integers(0, 2**32 - 1), classes=some.integers(2, 5), coarse=some.booleans())
def test_they_agree_with_scikit_learn(seed: int, classes: int, coarse: bool) -> None:
    rng, images = np.random.default_rng(seed), 30
    labels = np.arange(images) % classes
    probabilities = rng.dirichlet(np.ones(classes), images)
    if coarse:  # many ties
        probabilities = np.round(probabilities, 1)
    counts = rng.integers(0, 4, (images, 3))
    counts[:classes] += 1  # each class has an image that counts
    wanted, called = np.eye(classes)[labels], probabilities.argmax(1)
    f1 = weighted.macro_f1(wanted, np.eye(classes)[called])(counts.astype(np.float32))
    area = weighted.roc_auc(wanted, probabilities)(counts.astype(np.float32))
    for place, weights in enumerate(counts.T):
        expected = f1_score(
            labels, called, labels=np.arange(classes), average="macro", sample_weight=weights, zero_division=0
        )
        assert f1[place] == pytest.approx(expected, abs=1e-5)
        areas = [roc_auc_score(labels == k, probabilities[:, k], sample_weight=weights) for k in range(classes)]
        assert area[place] == pytest.approx(np.mean(areas), abs=1e-5)
