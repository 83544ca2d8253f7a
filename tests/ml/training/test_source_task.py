"""Forgetting, with a source task small enough to be learned here: the ten digits, of which the target has two."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from tl_core import catalog
from tl_core.base.events import Event, Note, Progress, RunError, Summary
from tl_core.base.spec import DataSpec, run_spec
from tl_core.ml.data import splits as data
from tl_core.ml.network.tiny_resnet import preprocess_input, save_weights, tiny_resnet
from tl_core.ml.training import source_task, train
from tl_core.ml.training.source_task import Pictures

BACKBONE = "tiny_resnet_glyphs"
SIDE = 16
TARGET = {"dataset": "digits", "classes": ["0", "1"], "per_class": 20, "test_images": 20}


def _resized(images: np.ndarray) -> np.ndarray:
    return np.asarray(tf.image.resize(images.astype("float32"), (SIDE, SIDE))).astype("uint8")


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Pictures]:
    """Weights of a network that has learned the digits, its head among them, and digits it has not seen."""
    splits = data.load(DataSpec(dataset="digits", per_class=80, test_images=200), lambda event: None, lambda: False)
    keras.utils.set_random_seed(0)
    model = tiny_resnet((SIDE, SIDE, 3), include_top=True, classes=10)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), loss)
    model.fit(preprocess_input(_resized(splits.train.images)), splits.train.labels, 32, 4, verbose=0)
    path = tmp_path_factory.mktemp("weights") / f"{BACKBONE}.weights.npz"
    save_weights(model, path)
    return path, Pictures(_resized(splits.test.images), splits.test.labels, "200 digits")


@pytest.fixture
def tested(learned: tuple[Path, Pictures], monkeypatch: pytest.MonkeyPatch) -> list[keras.Model]:
    """The learned weights are the bundled ones; every network that is tested on the source task."""
    monkeypatch.setattr(catalog, "weights_path", lambda name: learned[0])
    monkeypatch.setattr(source_task, "SOURCES", {BACKBONE: lambda: learned[1]})
    monkeypatch.setattr(source_task, "_right_before", {})
    passes: list[keras.Model] = []
    right = source_task._right

    def counted(model: keras.Model, pictures: Pictures) -> int:
        passes.append(model)
        return right(model, pictures)

    monkeypatch.setattr(source_task, "_right", counted)
    return passes


def _run(strategy: str, folder: Path, rate: float, log: list[Event]) -> Summary:
    spec = run_spec(
        backbone=BACKBONE,
        strategy=strategy,
        image_size=SIDE,
        epochs=3,
        data=TARGET,
        optimizer={"name": "sgd", "learning_rate": rate},
    )
    return train.run(spec, log.append, lambda: False, folder)


def test_fine_tuning_at_a_high_rate_forgets(tested: list[keras.Model], tmp_path: Path) -> None:
    log: list[Event] = []
    known = _run("fine_tune_all", tmp_path, 0.5, log).source_task
    assert known is not None
    assert known.before > 0.7
    assert known.after_high < known.before_low
    assert known.before_low <= known.before <= known.before_high
    assert (known.images, known.data, len(tested)) == (200, "200 digits", 2)
    assert any(isinstance(e, Progress) and e.label == "Testing on the source task" for e in log)


def test_a_frozen_backbone_forgets_nothing_and_is_tested_once(tested: list[keras.Model], tmp_path: Path) -> None:
    for attempt in ("first", "second"):
        known = _run("feature_extraction", tmp_path / attempt, 0.1, []).source_task
        assert known is not None
        assert (known.after, known.after_low, known.after_high) == (known.before, known.before_low, known.before_high)
    assert len(tested) == 1


def test_the_score_is_that_of_the_weights_as_they_are_stored(
    learned: tuple[Path, Pictures], tested: list[keras.Model], tmp_path: Path
) -> None:
    path, pictures = learned
    whole = tiny_resnet((SIDE, SIDE, 3), include_top=True, classes=10, weights=path)
    right = np.asarray(whole(preprocess_input(pictures.images))).argmax(1) == pictures.labels
    known = _run("feature_extraction", tmp_path, 0.1, []).source_task
    assert known is not None
    assert known.before == pytest.approx(right.mean())


def test_from_scratch_there_is_nothing_to_forget(tested: list[keras.Model], tmp_path: Path) -> None:
    assert _run("from_scratch", tmp_path, 0.1, []).source_task is None
    assert tested == []


def _cifar100_test_file(home: Path, content: object) -> None:
    file = home / "datasets" / "cifar-100-python-target" / "cifar-100-python" / "test"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(pickle.dumps(content))


def test_cifar100_is_read_where_keras_keeps_it_and_never_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert source_task.SOURCES["tiny_resnet_cifar100"]() is None
    row = np.repeat(np.array([10, 20, 30], "uint8"), 1024)  # all red, then all green, then all blue
    _cifar100_test_file(tmp_path, {b"data": np.stack([row] * 1200), b"fine_labels": [7] * 1200})
    pictures = source_task.SOURCES["tiny_resnet_cifar100"]()
    assert pictures is not None
    assert pictures.images.shape == (1000, 32, 32, 3)
    assert pictures.images[0, 0, 0].tolist() == [10, 20, 30]
    assert set(pictures.labels) == {7}
    assert pictures.data == "the first 1,000 of CIFAR-100's test pictures"
    _cifar100_test_file(tmp_path, {"no": "pictures"})
    assert source_task.SOURCES["tiny_resnet_cifar100"]() is None


@pytest.mark.parametrize("backbone", ["tiny_resnet_glyphs", "tiny_resnet_syllables"])
def test_the_source_task_comes_with_the_app_and_its_score_is_that_of_the_card(backbone: str) -> None:
    pictures = source_task.SOURCES[backbone]()
    assert pictures is not None
    assert pictures.images.shape == (1000, 32, 32, 3)
    assert np.bincount(pictures.labels).tolist() == [10] * 100
    path = catalog.weights_path(backbone)
    right = source_task._right(source_task._as_pretrained(path), pictures)
    card = json.loads(path.with_name(f"{backbone}.json").read_text())
    assert right / 1000 == pytest.approx(card["test_top1"], abs=0.02)


def test_damaged_glyphs_are_named_and_the_result_of_the_run_stands(
    learned: tuple[Path, Pictures], tested: list[keras.Model], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged() -> Pictures:
        raise RunError("The bundled file glyphs/test.webp is damaged.")

    monkeypatch.setattr(source_task, "SOURCES", {BACKBONE: damaged})
    log: list[Event] = []
    summary = _run("feature_extraction", tmp_path, 0.1, log)
    assert summary.source_task is None
    assert summary.test_images == 20
    assert any(isinstance(e, Note) and "glyphs/test.webp is damaged" in e.text for e in log)
