"""The frozen prefix on OpenVINO and on Keras: the same outputs, whoever computes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from tl_core.learn import chapters
from tl_core.ml.network import models
from tl_core.ml.network.split import split
from tl_core.ml.training import engines

NAME, SIDE = "tiny_resnet_cifar100", 16
needs_openvino = pytest.mark.skipif(not engines.find_spec("openvino"), reason="OpenVINO is not installed")


@pytest.fixture(scope="module")
def prefix() -> keras.Model:
    from tl_core import catalog

    model = models.build_backbone(NAME, SIDE, catalog.weights_path(NAME))
    return split(model, "stage2_block1_relu")[0]


def _frozen(prefix: keras.Model, side: int) -> engines.Frozen:
    import tensorflow as tf

    preprocess = models.preprocess(NAME)

    def prepare(x: tf.Tensor) -> tf.Tensor:
        return preprocess(tf.image.resize(x, (SIDE, SIDE), antialias=side > SIDE))

    return engines.Frozen(prefix, prepare, tf.TensorSpec((None, side, side, 3), tf.uint8))


def _images(count: int, side: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, side, side, 3), np.uint8)


@needs_openvino
@pytest.mark.parametrize("side", [8, 16, 24])
def test_openvino_agrees_with_keras_whatever_the_batches(side: int, prefix: keras.Model, tmp_path: Path) -> None:
    frozen, images = _frozen(prefix, side), _images(21, side)
    engine = engines.choose(frozen, images[:8], "key", tmp_path, 8)
    found, expected = engine(images), frozen.whole(images).numpy()
    assert engine.name.startswith("openvino")
    assert not engine.note
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= engines.TOLERANCE * np.abs(expected).max()
    assert np.array_equal(np.concatenate([engine(images[:5]), engine(images[5:6]), engine(images[6:])]), found)


@needs_openvino
def test_a_verdict_is_reached_once_and_its_model_is_read_again(
    prefix: keras.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen, images = _frozen(prefix, 16), _images(9, 16)
    first = engines.choose(frozen, images[:4], "key", tmp_path, 4)(images)
    monkeypatch.setattr(engines, "_compiled", type(engines._compiled)())  # another process
    monkeypatch.setattr(engines, "_judge", _explode)
    assert np.array_equal(engines.choose(frozen, images[:4], "key", tmp_path, 4)(images), first)
    assert not list(tmp_path.glob("*.partial"))


def _explode(*given: object) -> dict[str, object]:
    raise AssertionError("it was judged again")


@needs_openvino
def test_an_engine_that_differs_is_not_used_and_a_sentence_says_so(
    prefix: keras.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen, images, compile_ = _frozen(prefix, 16), _images(9, 16), engines._compile

    def worse(path: Path, batch: int) -> engines.Built:
        built = compile_(path, batch)
        return engines.Built(lambda x: built.compute(x) * 1.01, built.span)

    monkeypatch.setattr(engines, "_compile", worse)
    engine = engines.choose(frozen, images[:4], "key", tmp_path, 4)
    assert engine.name.startswith("tensorflow")
    assert "differ from Keras' by 1.0e-02" in engine.note
    assert np.allclose(engine(images), frozen.whole(images).numpy(), rtol=1e-4, atol=1e-4)
    assert [path.suffix for path in tmp_path.iterdir()] == [".json"]
    monkeypatch.setattr(engines, "_judge", _explode)
    assert engines.choose(frozen, images[:4], "key", tmp_path, 4).note == engine.note


@needs_openvino
def test_what_openvino_cannot_convert_runs_in_keras(
    prefix: keras.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_constants", lambda frozen, whole: b"no graph")
    frozen, images = _frozen(prefix, 16), _images(5, 16)
    engine = engines.choose(frozen, images, "key", tmp_path, 4)
    assert "OpenVINO cannot run these frozen layers" in engine.note
    assert engine(images).shape == (5, *prefix.output.shape[1:])


@needs_openvino
def test_a_verdict_that_cannot_be_read_is_reached_again(prefix: keras.Model, tmp_path: Path) -> None:
    frozen, images = _frozen(prefix, 16), _images(5, 16)
    engines.choose(frozen, images, "key", tmp_path, 4)
    (verdict,) = tmp_path.glob("*.json")
    verdict.write_text("{")
    engines.choose(frozen, images, "key", tmp_path, 4)
    assert json.loads(verdict.read_text())["difference"] <= engines.TOLERANCE


def test_without_openvino_keras_runs_the_prefix(
    prefix: keras.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find: Callable[..., object] = engines.find_spec
    monkeypatch.setattr(engines, "find_spec", lambda name: None if name == "openvino" else find(name))
    images = _images(5, 16)
    engine = engines.choose(_frozen(prefix, 16), images, "key", tmp_path, 4)
    assert (engine.name.partition(" ")[0], engine.note) == ("tensorflow", "")
    assert np.array_equal(engine(images)[2:], engine(images[2:]))


def test_the_chapter_says_how_far_an_engine_may_be_off() -> None:
    assert engines.TOLERANCE == 1e-3
    assert "at most a thousandth" in chapters.text("loss")
