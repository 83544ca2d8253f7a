"""The bundled architecture: its limits, its cuts, its sizes and its weights file."""

from __future__ import annotations

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from tl_core.catalog.backbones import BACKBONES
from tl_core.ml.making.cards import multiply_adds
from tl_core.ml.network.tiny_resnet import load_weights, preprocess_input, save_weights, sha256, tiny_resnet

STAGES = BACKBONES["tiny_resnet_cifar100"].stages


@pytest.fixture(scope="module")
def whole() -> keras.Model:
    """With its head, and with moving averages that are not the start values."""
    keras.utils.set_random_seed(1)
    model = tiny_resnet(include_top=True)
    rng = np.random.default_rng(0)
    for weight in model.non_trainable_weights:
        weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    return model


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return preprocess_input(np.random.default_rng(2).integers(0, 256, (3, 32, 32, 3), dtype="uint8"))


def test_keeps_to_its_budget(whole: keras.Model, tmp_path: Path) -> None:
    assert multiply_adds(whole) <= 50_000_000
    assert whole.count_params() <= 1_500_000
    save_weights(whole, tmp_path / "w.npz")
    assert (tmp_path / "w.npz").stat().st_size <= 3_000_000


def test_every_operation_is_a_layer_named_after_its_stage(whole: keras.Model) -> None:
    assert all(isinstance(operation, keras.layers.Layer) for operation in whole.operations)
    first, *body, pool, logits = [layer.name for layer in whole.layers]
    assert (first, pool, logits) == ("pixels", "pool", "logits")
    assert {name.split("_")[0] for name in body} == set(STAGES)
    assert [layer.name for layer in tiny_resnet().layers] == [first, *body]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_ends_in_one_tensor_that_carries_everything(whole: keras.Model, pixels: np.ndarray, stage: str) -> None:
    cut = whole.get_layer(STAGES[stage]).output
    prefix, suffix = keras.Model(whole.input, cut), keras.Model(cut, whole.output)
    np.testing.assert_array_equal(suffix(prefix(pixels)), whole(pixels))


@pytest.mark.parametrize("size", [16, 17, 32, 48])
def test_works_at_any_size_from_16(size: int) -> None:
    model = tiny_resnet((size, size, 3))
    side = -(-size // 8)
    assert model(np.zeros((2, size, size, 3), "float32")).shape == (2, side, side, 256)


def test_refuses_smaller_pictures() -> None:
    with pytest.raises(ValueError, match="16 x 16"):
        tiny_resnet((15, 32, 3))


def test_preprocessing_is_the_same_for_arrays_and_tensors() -> None:
    bytes_ = np.array([[0, 255], [127, 128]], "uint8")
    array, tensor = preprocess_input(bytes_), preprocess_input(keras.ops.convert_to_tensor(bytes_))
    assert array.dtype == np.float32
    assert np.abs(array).max() < 2
    assert array.mean() == 0
    np.testing.assert_array_equal(array, tensor)


def test_stored_weights_give_the_same_features(whole: keras.Model, pixels: np.ndarray, tmp_path: Path) -> None:
    digest = save_weights(whole, tmp_path / "w.npz")
    assert digest == sha256(tmp_path / "w.npz") == save_weights(whole, tmp_path / "again.npz")
    features = keras.Model(whole.input, whole.get_layer(STAGES["stage3"]).output)(pixels)
    again = tiny_resnet(weights=tmp_path / "w.npz")(pixels)
    np.testing.assert_allclose(again, features, rtol=0.02, atol=0.02)


def test_damaged_weights_are_named(whole: keras.Model, tmp_path: Path) -> None:
    path = tmp_path / "net.weights.npz"
    (tmp_path / "net.json").write_text(json.dumps({"sha256": save_weights(whole, path)}))
    load_weights(whole, path)
    content = bytearray(path.read_bytes())
    content[1_000_000] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"net\.weights\.npz is damaged"):
        tiny_resnet(weights=path)


def test_weights_of_another_head_do_not_fit(whole: keras.Model, tmp_path: Path) -> None:
    save_weights(whole, tmp_path / "w.npz")
    with pytest.raises(ValueError, match=r"w\.npz does not fit.*logits/kernel"):
        tiny_resnet(include_top=True, classes=10, weights=tmp_path / "w.npz")
