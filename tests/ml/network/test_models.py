"""Backbones, heads and the freeze plan on real models."""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest

from tl_core.base.events import RunError
from tl_core.base.spec import Head, LayerPlan, Phase
from tl_core.catalog import card
from tl_core.catalog.backbones import BACKBONES
from tl_core.ml.network import models
from tl_core.ml.network.split import longest_frozen_cut
from tl_core.races.params import learnable

if TYPE_CHECKING:
    from tests.ml.conftest import Built


def tiny(head: str = "pool", dropout: float = 0.0, seed: int = 0) -> keras.Model:
    backbone = models.build_backbone("tiny_resnet_cifar100", 16, None)
    return models.attach_head(backbone, Head(kind=head, dropout=dropout, start="random"), classes=3, seed=seed)


def phase(*train: str) -> Phase:
    return Phase(name="test", train=train, epochs=1, learning_rate=1e-3)


def plan(stages: dict[str, str], layers: dict[str, str] | None = None) -> LayerPlan:
    return LayerPlan.model_validate({"stages": stages, "layers": layers or {}})


def whole(name: str, state: str) -> LayerPlan:
    return plan(dict.fromkeys(card(name).stage_names, state))


def values(model: keras.Model) -> dict[str, np.ndarray]:
    """Every weight under the canonical name of its layer."""
    return {
        f"{name}/{number}": weight.value.numpy()
        for name, layer in models.canonical_names(model).items()
        if isinstance(layer, keras.Layer)
        for number, weight in enumerate(layer.weights)
    }


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
    def test_at_least_eighteen_of_keras_and_one_of_ours_from_two_sources(self) -> None:
        assert sum(bool(entry.module) for entry in BACKBONES.values()) >= 18
        assert [name for name, entry in BACKBONES.items() if not entry.module] == [
            "tiny_resnet_cifar100",
            "tiny_resnet_glyphs",
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
        assert all(stage.params for stage in built.card.stages)

    def test_names_do_not_depend_on_what_was_built_before(self) -> None:
        first = models.build_backbone("mobilenet_v3_small", 32, None)
        second = models.build_backbone("mobilenet_v3_small", 32, None)
        assert [layer.name for layer in first.layers] != [layer.name for layer in second.layers]
        assert list(models.canonical_names(first)) == list(models.canonical_names(second))

    def test_preprocessing_is_the_familys_own(self, built: Built) -> None:
        module = getattr(keras.applications, BACKBONES[built.name].module or "_", None)
        own = module.preprocess_input if module else lambda x: (x - 127.5) / 64
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

        models.apply_plan(loaded, whole("efficientnet_b0", "reinitialised"), network, 0)
        np.testing.assert_allclose(normalised(loaded, pixels), wanted, rtol=1e-4, atol=1e-4)


@cache
def efficientnet() -> keras.Model:
    return models.build_backbone("efficientnet_b0", 32, None)


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


class TestReinitialise:
    def test_only_what_the_plan_names_changes(self, built: Built) -> None:
        stage = min(built.card.stages[-2:], key=lambda stage: len(stage.layers))
        before = values(built.model)
        models.apply_plan(built.model, plan({stage.name: "reinitialised"}), built.card, seed=3)
        after = values(built.model)
        changed = {key.rsplit("/", 1)[0] for key in before if not np.array_equal(before[key], after[key])}
        assert {layer.name for layer in stage.layers if layer.macs} <= changed
        assert changed <= {layer.name for layer in stage.layers}
        assert all(np.isfinite(value).all() for value in after.values())

    @pytest.mark.parametrize("name", ["tiny_resnet_cifar100", "mobilenet_v3_small"])
    def test_same_seed_same_weights(self, name: str) -> None:
        def reinitialised(model: keras.Model, seed: int) -> dict[str, np.ndarray]:
            models.apply_plan(model, whole(name, "reinitialised"), card(name), seed)
            return values(model)

        model = models.build_backbone(name, 32, None)
        other, first = reinitialised(model, 1), reinitialised(model, 0)
        again = reinitialised(models.build_backbone(name, 32, None), 0)
        for key, value in first.items():
            np.testing.assert_array_equal(value, again[key], err_msg=key)
        kernels = [key for key, value in first.items() if value.ndim > 1]
        assert all(not np.array_equal(first[key], other[key]) for key in kernels)
        assert len({first[key].tobytes()[:64] for key in kernels}) == len(kernels)  # no two layers start alike

    def test_statistics_of_batch_normalisation_start_anew(self) -> None:
        model, network = tiny(), card("tiny_resnet_cifar100")
        norm = next(layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization))
        norm.moving_mean.assign(norm.moving_mean + 5.0)
        models.apply_plan(model, whole("tiny_resnet_cifar100", "reinitialised"), network, 0)
        np.testing.assert_array_equal(norm.moving_mean, 0)
        np.testing.assert_array_equal(norm.moving_variance, 1)

    def test_a_model_within_the_model_starts_anew_too(self) -> None:
        def stem(seed: int) -> np.ndarray:
            models.apply_plan(model, plan({"stem": "reinitialised"}), card("convnext_tiny"), seed)
            return model.get_layer("convnext_tiny_stem").layers[0].kernel.value.numpy()

        model = models.build_backbone("convnext_tiny", 32, None)
        first, other, again = stem(0), stem(1), stem(0)
        np.testing.assert_array_equal(first, again)
        assert not np.array_equal(first, other)

    def test_a_single_layer_wins_over_its_stage(self) -> None:
        model, network = tiny(), card("tiny_resnet_cifar100")
        before = values(model)
        states = plan(
            {"stem": "reinitialised", "stage1": "frozen"},
            {"stem_conv": "frozen", "stage1_block1_conv1": "reinitialised"},
        )
        models.apply_plan(model, states, network, 0)
        after = values(model)
        changed = {key for key in before if not np.array_equal(before[key], after[key])}
        assert changed == {"stage1_block1_conv1/0"}


class TestFreezing:
    def test_a_frozen_backbone_behaves_as_at_inference(self, built: Built) -> None:
        models.set_trainable(built.model, phase(), whole(built.name, "frozen"), built.card)
        assert [w.path for w in built.model.trainable_weights] == ["head_logits/kernel", "head_logits/bias"]
        before = values(built.model)
        np.testing.assert_array_equal(
            built.model(built.images, training=True), built.model(built.images, training=False)
        )
        after = values(built.model)
        assert all(np.array_equal(before[key], after[key]) for key in before)

    def test_what_the_phase_trains_is_trainable(self, built: Built) -> None:
        top = built.card.stages[-1]
        everything = whole(built.name, "fine_tuned")
        models.set_trainable(built.model, phase(top.name), everything, built.card)
        names = models.canonical_names(built.model)
        trains = {n for n, op in names.items() if isinstance(op, keras.Layer) and op.trainable_weights}
        assert trains == {layer.name for layer in top.layers if learnable(layer)} | {"head_logits"}
        models.set_trainable(built.model, phase(*built.card.stage_names), everything, built.card)
        assert len(built.model.trainable_weights) == len(built.backbone.trainable_weights) + 2

    def test_drop_connect_is_on_again_when_its_stage_trains(self) -> None:
        network = card("efficientnet_b0")
        model = models.attach_head(efficientnet(), Head(), 2, 0)
        drop = model.get_layer("block2b_drop")
        rate = drop.rate
        assert rate > 0
        for train, expected in [((), 0.0), (("block2",), rate), (("block3",), 0.0), (("block2",), rate)]:
            models.set_trainable(model, phase(*train), whole("efficientnet_b0", "fine_tuned"), network)
            assert drop.rate == expected

    def test_the_heads_dropout_is_always_on(self) -> None:
        model = tiny(dropout=0.4)
        models.set_trainable(model, phase(), whole("tiny_resnet_cifar100", "frozen"), card("tiny_resnet_cifar100"))
        assert model.get_layer("head_dropout").rate == 0.4

    @pytest.mark.parametrize(
        ("states", "layers", "train", "cut"),
        [
            (dict.fromkeys(["stem", "stage1", "stage2", "stage3"], "frozen"), {}, (), "head_pool"),
            (dict.fromkeys(["stem", "stage1", "stage2", "stage3"], "fine_tuned"), {}, (), "head_pool"),
            ({"stage3": "fine_tuned"}, {}, ("stage3",), "stage2_block1_relu"),
            ({"stage3": "reinitialised"}, {}, ("stage3",), "stage2_block1_relu"),
            ({"stem": "fine_tuned"}, {}, ("stem",), None),
            ({}, {"stage2_block1_conv1": "fine_tuned"}, (), "stage1_block1_relu"),
            ({"stem": "fine_tuned"}, {"stem_conv": "frozen", "stem_bn": "frozen"}, ("stem",), "head_pool"),
            ({"stem": "fine_tuned"}, {"stem_conv": "frozen"}, ("stem",), "stem_conv"),
        ],
    )
    def test_the_frozen_prefix_of_a_plan(
        self, states: dict, layers: dict, train: tuple[str, ...], cut: str | None
    ) -> None:
        model, network = tiny(), card("tiny_resnet_cifar100")
        frozen = models.frozen_names(model, phase(*train), plan(states, layers), network)
        assert longest_frozen_cut(model, frozen) == cut

    def test_no_frozen_name_has_weights_that_train(self) -> None:
        model, network = tiny("pool_hidden"), card("tiny_resnet_cifar100")
        states = plan(
            {"stage2": "fine_tuned", "stage3": "fine_tuned"},
            {"stage3_block1_conv2": "frozen", "stem_conv": "fine_tuned"},
        )
        models.set_trainable(model, phase("stage2", "stage3"), states, network)
        names = models.canonical_names(model)
        frozen = models.frozen_names(model, phase("stage2", "stage3"), states, network)
        trains = {n for n, op in names.items() if isinstance(op, keras.Layer) and op.trainable_weights}
        assert not trains & frozen
        assert {"stem_conv", "stage2_block1_conv1", "head_hidden", "head_logits"} <= trains
        assert "stage3_block1_conv2" not in trains

    def test_the_momentum_of_batch_normalisation_is_set_everywhere(self) -> None:
        model = tiny()
        models.set_bn_momentum(model, 0.8)
        norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
        assert norms
        assert {layer.momentum for layer in norms} == {0.8}
