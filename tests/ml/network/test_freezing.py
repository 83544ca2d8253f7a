from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest

from tests.ml.network.small import efficientnet, plan, tiny, whole
from tl_core.base.spec import BatchNorm, Head, Phase
from tl_core.catalog import card
from tl_core.ml.network import freezing, models, tiny_resnet
from tl_core.ml.network.split import longest_frozen_cut
from tl_core.races.params import learnable

if TYPE_CHECKING:
    from tests.ml.conftest import Built


def phase(*train: str) -> Phase:
    return Phase(name="test", train=train, epochs=1, learning_rate=1e-3)


def values(model: keras.Model) -> dict[str, np.ndarray]:
    """Every weight under the canonical name of its layer."""
    return {
        f"{name}/{number}": weight.value.numpy()
        for name, layer in models.canonical_names(model).items()
        if isinstance(layer, keras.Layer)
        for number, weight in enumerate(layer.weights)
    }


class TestReinitialise:
    def test_only_what_the_plan_names_changes(self, built: Built) -> None:
        stage = min(built.card.stages[-2:], key=lambda stage: len(stage.layers))
        before = values(built.model)
        freezing.apply_plan(built.model, plan({stage.name: "reinitialised"}), built.card, seed=3)
        after = values(built.model)
        changed = {key.rsplit("/", 1)[0] for key in before if not np.array_equal(before[key], after[key])}
        assert {layer.name for layer in stage.layers if layer.macs} <= changed
        assert changed <= {layer.name for layer in stage.layers}
        assert all(np.isfinite(value).all() for value in after.values())

    @pytest.mark.parametrize("name", ["tiny_resnet_cifar100", "mobilenet_v3_small"])
    def test_same_seed_same_weights(self, name: str) -> None:
        def reinitialised(model: keras.Model, seed: int) -> dict[str, np.ndarray]:
            freezing.apply_plan(model, whole(name, "reinitialised"), card(name), seed)
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
        freezing.apply_plan(model, whole("tiny_resnet_cifar100", "reinitialised"), network, 0)
        np.testing.assert_array_equal(norm.moving_mean, 0)
        np.testing.assert_array_equal(norm.moving_variance, 1)

    def test_a_model_within_the_model_starts_anew_too(self) -> None:
        def stem(seed: int) -> np.ndarray:
            freezing.apply_plan(model, plan({"stem": "reinitialised"}), card("convnext_tiny"), seed)
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
        freezing.apply_plan(model, states, network, 0)
        after = values(model)
        changed = {key for key in before if not np.array_equal(before[key], after[key])}
        assert changed == {"stage1_block1_conv1/0"}


class TestFreezing:
    def test_a_frozen_backbone_behaves_as_at_inference(self, built: Built) -> None:
        freezing.set_trainable(built.model, phase(), whole(built.name, "frozen"), built.card)
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
        freezing.set_trainable(built.model, phase(top.name), everything, built.card, "affine")
        names = models.canonical_names(built.model)
        trains = {n for n, op in names.items() if isinstance(op, keras.Layer) and op.trainable_weights}
        assert trains == {layer.name for layer in top.layers if learnable(layer)} | {"head_logits"}
        freezing.set_trainable(built.model, phase(*built.card.stage_names), everything, built.card, "affine")
        assert len(built.model.trainable_weights) == len(built.backbone.trainable_weights) + 2

    def test_drop_connect_is_on_again_when_its_stage_trains(self) -> None:
        network = card("efficientnet_b0")
        model = models.attach_head(efficientnet(), Head(), 2, 0)
        drop = model.get_layer("block2b_drop")
        rate = drop.rate
        assert rate > 0
        for train, expected in [((), 0.0), (("block2",), rate), (("block3",), 0.0), (("block2",), rate)]:
            freezing.set_trainable(model, phase(*train), whole("efficientnet_b0", "fine_tuned"), network)
            assert drop.rate == expected

    def test_the_heads_dropout_is_always_on(self) -> None:
        model = tiny(dropout=0.4)
        freezing.set_trainable(model, phase(), whole("tiny_resnet_cifar100", "frozen"), card("tiny_resnet_cifar100"))
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
        frozen = freezing.frozen_names(model, phase(*train), plan(states, layers), network)
        assert longest_frozen_cut(model, frozen) == cut

    def test_no_frozen_name_has_weights_that_train(self) -> None:
        model, network = tiny("pool_hidden"), card("tiny_resnet_cifar100")
        states = plan(
            {"stage2": "fine_tuned", "stage3": "fine_tuned"},
            {"stage3_block1_conv2": "frozen", "stem_conv": "fine_tuned"},
        )
        freezing.set_trainable(model, phase("stage2", "stage3"), states, network)
        names = models.canonical_names(model)
        frozen = freezing.frozen_names(model, phase("stage2", "stage3"), states, network)
        trains = {n for n, op in names.items() if isinstance(op, keras.Layer) and op.trainable_weights}
        assert not trains & frozen
        assert {"stem_conv", "stage2_block1_conv1", "head_hidden", "head_logits"} <= trains
        assert "stage3_block1_conv2" not in trains

    @pytest.mark.parametrize(
        ("mode", "follows_batch", "learns"),
        [("inference", False, False), ("training", True, True), ("affine", False, True)],
    )
    def test_pretrained_batch_normalisation_is_in_the_mode_that_was_asked_for(
        self, mode: BatchNorm, follows_batch: bool, learns: bool
    ) -> None:
        model, network = tiny(), card("tiny_resnet_cifar100")
        everything = phase(*network.stage_names)
        x = np.random.default_rng(0).normal(3, 5, (8, 16, 16, 3)).astype("float32")
        for again in (mode, "training", "affine", "inference", mode):  # as warm networks change from run to run
            freezing.set_trainable(model, everything, whole("tiny_resnet_cifar100", "fine_tuned"), network, again)
        norm = model.get_layer("stage1_block1_bn1")
        before = norm.moving_mean.numpy()
        with_batch, alone = np.asarray(model(x, training=True)), np.asarray(model(x, training=False))
        assert np.allclose(with_batch, alone, atol=1e-4) != follows_batch
        assert np.array_equal(norm.moving_mean.numpy(), before) != follows_batch
        assert bool(norm.trainable_variables) == learns
        assert norm.momentum == tiny_resnet.BATCH_NORM_MOMENTUM

    @pytest.mark.parametrize("mode", ["inference", "training", "affine"])
    def test_layers_that_start_at_random_follow_the_batch_with_the_short_momentum(self, mode: BatchNorm) -> None:
        model, network = tiny(), card("tiny_resnet_cifar100")
        states = plan(dict.fromkeys(network.stage_names, "fine_tuned") | {"stage3": "reinitialised"})
        freezing.set_trainable(model, phase(*network.stage_names), states, network, mode, 0.5)
        random, pretrained = model.get_layer("stage3_block1_bn1"), model.get_layer("stage2_block1_bn1")
        assert (random.trainable, random.momentum) == (True, 0.5)
        assert pretrained.momentum == tiny_resnet.BATCH_NORM_MOMENTUM
        assert pretrained.trainable == (mode != "inference")
