"""Backbones, heads and the freeze plan on real models."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest

from tests.ml.network.small import efficientnet, tiny, whole
from tl_core.base.events import RunError
from tl_core.base.spec import Head
from tl_core.catalog import card
from tl_core.catalog.backbones import BACKBONES
from tl_core.ml.network import freezing, models

if TYPE_CHECKING:
    from tests.ml.conftest import Built


# Not tried at their smallest size, for what depends on the size is the same code as in another entry.
SAME_SIZES = {
    "mobilenet_075": "mobilenet_025",
    "mobilenet_100": "mobilenet_025",
    "mobilenet_v2_100": "mobilenet_v2_035",
    "mobilenet_v3_large": "mobilenet_v3_small",
    "efficientnet_v2_b0": "efficientnet_b0",
    "vgg19": "vgg16",
    "resnet50v2": "resnet50",
    "densenet121": "resnet50",
}


class TestBackbones:
    def test_at_least_eighteen_of_keras_and_those_of_ours(self) -> None:
        assert sum(bool(entry.module) for entry in BACKBONES.values()) >= 18
        assert [name for name, entry in BACKBONES.items() if not entry.module] == [
            "tiny_resnet_cifar100",
            "tiny_resnet_glyphs",
            "tiny_resnet_syllables",
            "minilm_l6",
            "item_means",
            "item_factors",
            "film_titles",
        ]

    def test_it_is_the_same_network_at_its_smallest_size(self, built: Built) -> None:
        if built.name in SAME_SIZES:
            pytest.skip(f"built in the same way as {SAME_SIZES[built.name]}")
        smallest = models.build_backbone(built.name, BACKBONES[built.name].min_size, None)
        assert list(models.canonical_names(smallest)) == list(models.canonical_names(built.backbone))
        assert [w.shape for w in smallest.weights] == [w.shape for w in built.backbone.weights]
        assert min(smallest.output_shape[1:3]) >= 1

    def test_a_smaller_image_is_refused_in_words(self) -> None:
        with pytest.raises(RunError, match="VGG16 needs images of at least 32×32 pixels; the size was 31"):
            models.build_backbone("vgg16", 31, None)

    @pytest.mark.parametrize("name", BACKBONES)
    def test_the_download_is_about_as_large_as_the_parameters(self, name: str) -> None:
        entry = BACKBONES[name]
        if entry.weights_url:
            megabytes = card(name).params * 4 / 1e6
            assert megabytes * 0.99 <= entry.download_mb <= megabytes * 1.05 + 0.4
            assert entry.licence
            assert entry.paper_url.startswith("https://arxiv.org/abs/")

    def test_each_layer_is_in_one_stage_and_each_stage_has_weights(self, built: Built) -> None:
        stages = models.stages_of(built.name, built.backbone)
        assert [name for name, _ in stages] == list(BACKBONES[built.name].stages)
        assert [layer for _, layers in stages for layer in layers] == list(models.canonical_names(built.backbone))
        assert all(stage.params for stage in built.card.stages if stage.name != "pooling")

    def test_names_do_not_depend_on_what_was_built_before(self) -> None:
        first = models.build_backbone("mobilenet_v3_small", 32, None)
        second = models.build_backbone("mobilenet_v3_small", 32, None)
        assert [layer.name for layer in first.layers] != [layer.name for layer in second.layers]
        assert list(models.canonical_names(first)) == list(models.canonical_names(second))

    def test_preprocessing_is_the_familys_own(self, built: Built) -> None:
        module = getattr(keras.applications, BACKBONES[built.name].module or "_", None)
        ours = {
            "tiny_resnet": lambda x: (x - 127.5) / 64,
            **dict.fromkeys(("bert", "item_factors"), lambda x: x.astype("int32")),
        }
        own = module.preprocess_input if module else ours[BACKBONES[built.name].builder]
        pixels = np.random.default_rng(1).uniform(0, 255, (2, 4, 4, 3)).astype("float32")
        before = pixels.copy()
        np.testing.assert_allclose(models.preprocess(built.name)(pixels), own(before.copy()), rtol=1e-5, atol=1e-5)
        np.testing.assert_array_equal(pixels, before)

    def test_efficientnet_normalises_as_imagenet_was(self, tmp_path: Path) -> None:
        made, network = efficientnet(), card("efficientnet_b0")
        pixels = np.random.default_rng(0).uniform(0, 255, (1, 32, 32, 3)).astype("float32")
        wanted = (pixels / 255 - models.IMAGENET_MEAN) / models.IMAGENET_STD
        np.testing.assert_allclose(normalised(made, pixels), wanted, rtol=1e-4, atol=1e-4)

        normalisation(made).adapt_variance.assign(models.IMAGENET_STD)  # what Keras' own file holds
        path = legacy_h5(made, tmp_path / "weights.h5")
        loaded = models.build_backbone("efficientnet_b0", 32, path)
        np.testing.assert_allclose(normalised(loaded, pixels), wanted, rtol=1e-4, atol=1e-4)
        for a, b in zip(made.trainable_weights, loaded.trainable_weights, strict=True):
            np.testing.assert_array_equal(a, b)

        freezing.apply_plan(loaded, whole("efficientnet_b0", "reinitialised"), network, 0)
        np.testing.assert_allclose(normalised(loaded, pixels), wanted, rtol=1e-4, atol=1e-4)


def normalisation(model: keras.Model) -> keras.layers.Normalization:
    return next(layer for layer in model.layers if isinstance(layer, keras.layers.Normalization))


def normalised(model: keras.Model, pixels: np.ndarray) -> np.ndarray:
    """What the network makes of the pixels before its first convolution."""
    return keras.Model(model.inputs[0], normalisation(model).output)(pixels)


def legacy_h5(model: keras.Model, path: Path) -> Path:
    """Weights in the format of the files of keras.applications."""
    import h5py
    from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

    with h5py.File(path, "w") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Keras' variables and NumPy 2
        save_weights_to_hdf5_group(file, model)
    return path


class TestWeightsFiles:
    @pytest.mark.parametrize(
        ("name", "advice"), [("mobilenet_025", "Delete it"), ("tiny_resnet_cifar100", "install it again")]
    )
    def test_a_damaged_file_is_named(self, name: str, advice: str, tmp_path: Path) -> None:
        path = tmp_path / ("weights.h5" if BACKBONES[name].module else "tiny.weights.npz")
        path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
        with pytest.raises(RunError, match=rf"The weights file {path.name} .* damaged .* {advice}"):
            models.build_backbone(name, 32, path)

    def test_a_file_cut_short_is_named(self, tmp_path: Path) -> None:
        path = legacy_h5(models.build_backbone("mobilenet_025", 32, None), tmp_path / "weights.h5")
        path.write_bytes(path.read_bytes()[:-5000])
        with pytest.raises(RunError, match=r"The weights file weights.h5 of MobileNet 0.25 cannot be read"):
            models.build_backbone("mobilenet_025", 32, path)

    def test_a_file_of_another_network_is_refused(self, tmp_path: Path) -> None:
        path = legacy_h5(models.build_backbone("mobilenet_025", 32, None), tmp_path / "weights.h5")
        with pytest.raises(RunError, match=r"of MobileNet 0.75 cannot be read: .* another network"):
            models.build_backbone("mobilenet_075", 32, path)

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(RunError, match=r"weights.h5 of MobileNet 0.25 cannot be read: it is missing"):
            models.build_backbone("mobilenet_025", 32, tmp_path / "weights.h5")


class TestHead:
    @pytest.mark.parametrize(
        ("kind", "dropout", "layers"),
        [
            ("pool", 0.0, ["head_pool", "head_logits"]),
            ("pool", 0.5, ["head_pool", "head_dropout", "head_logits"]),
            ("pool_hidden", 0.0, ["head_pool", "head_hidden", "head_logits"]),
            ("flatten_256", 0.3, ["head_flatten", "head_hidden", "head_dropout", "head_logits"]),
        ],
    )
    def test_it_lies_flat_on_the_backbone(self, kind: str, dropout: float, layers: list[str]) -> None:
        backbone = models.build_backbone("tiny_resnet_cifar100", 16, None)
        model = models.attach_head(backbone, Head(kind=kind, dropout=dropout, start="random"), classes=3, seed=0)
        assert model.layers[: len(backbone.layers)] == backbone.layers
        assert [layer.name for layer in model.layers[len(backbone.layers) :]] == layers
        assert model.output_shape == (None, 3)
        logits = np.asarray(model(np.ones((2, 16, 16, 3), "float32")))
        assert logits.dtype == np.float32
        assert not np.allclose(logits.sum(axis=1), 1)

    def test_the_seed_decides_where_it_starts(self) -> None:
        def start(seed: int) -> np.ndarray:
            return tiny("pool_hidden", seed=seed).get_layer("head_hidden").kernel.value.numpy()

        np.testing.assert_array_equal(start(0), start(0))
        assert not np.array_equal(start(0), start(1))

    def test_from_zeros_every_class_is_equally_likely(self) -> None:
        backbone = models.build_backbone("tiny_resnet_cifar100", 16, None)
        model = models.attach_head(backbone, Head(kind="pool_hidden", start="zeros"), classes=3, seed=0)
        assert not np.any(model(np.ones((2, 16, 16, 3), "float32")))
        assert np.any(model.get_layer("head_hidden").kernel.value.numpy())
