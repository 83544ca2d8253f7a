"""The Keras example of the Learn page runs as it is written; only its block of settings is another."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tl_core.learn import chapters

SETTINGS = """
import keras
import tensorflow as tf
from keras.applications import resnet50 as family
from sklearn.datasets import load_digits

NETWORK, WEIGHTS, SIDE, EPOCHS, RATES_FROM_SCRATCH = family.ResNet50, None, 32, 1, (1e-3,)
PER_CLASS, VALIDATION, TEST = 4, 2, 150
tf.config.run_functions_eagerly(True)  # a handful of steps: tracing ResNet50's graphs takes longer than they do
digits = load_digits()
images = (digits.images[..., None] * 15.9).repeat(3, axis=-1).astype("uint8")
images, test_images = images[:900], images[900:]
labels, test_labels = digits.target[:900, None], digits.target[900:, None]
"""
CHECKS = """
assert x_train.shape == (40, 32, 32, 3) and not set(train) & set(validation)
assert x_train.min() < -100 and x_train.max() > 130, "centred, not divided"
assert len(transfer.trainable_weights) > 2, "everything was unfrozen"
assert len(curve) == 2 and best_rate in RATES_FROM_SCRATCH
assert set(scores) == {"transfer", "from scratch"}
assert all(0 <= value <= 1 for arm in scores.values() for value in arm.values())
assert all(layer.momentum == 0.9 for layer in twin.layers[1].layers if hasattr(layer, "momentum"))
"""


def stored(program: str) -> set[str]:
    """The names that a program assigns."""
    names = [node for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Name)]
    return {node.id for node in names if isinstance(node.ctx, ast.Store)}


def test_its_lines_fit_on_the_page() -> None:
    assert max(len(line) for block in chapters.program() for line in block.splitlines()) <= 84


@pytest.mark.long
def test_the_example_runs_as_it_is_written(tmp_path: Path) -> None:
    settings, *program = chapters.program()
    assert stored(settings) - {"data"} <= stored(SETTINGS), "the test sets whatever the settings set"
    script = tmp_path / "example.py"
    script.write_text("\n".join([SETTINGS, *program, CHECKS]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": ""},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "curves.html").stat().st_size > 1000
