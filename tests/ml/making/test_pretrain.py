"""The pretraining recipe, run for real on a handful of generated pictures."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import keras
import numpy as np
import pytest

from tl_core.base.settings import ASSETS
from tl_core.ml.making import pretrain
from tl_core.ml.making.pretrain import Recipe, Source
from tl_core.ml.network.tiny_resnet import named_weights, preprocess_input, sha256, tiny_resnet

RECIPE = Recipe(epochs=3, seed=5, batch_size=16, peak_rate=0.02, small_size=16, small_until=0.3, projector=0)


@pytest.fixture(autouse=True)
def without_compilation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiling takes longer than these few steps."""
    monkeypatch.setattr(pretrain, "XLA", False)


def stripes(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noisy stripes, vertical (class 0) or horizontal (class 1): (N, 24, 24, 3) uint8."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    wave = 80 * np.sin(np.arange(24) + rng.uniform(0, 6, (count, 1)))
    images = np.broadcast_to(wave[:, None, :, None], (count, 24, 24, 3)).copy()
    images[labels == 1] = images[labels == 1].transpose(0, 2, 1, 3)
    return (128 + images + rng.normal(0, 10, images.shape)).clip(0, 255).astype("uint8"), labels


@pytest.fixture(scope="module")
def source() -> Source:
    return Source(*stripes(70, 0), *stripes(40, 1))


def quiet(line: str) -> None:
    """Say nothing."""


def stop_after_first_epoch(line: str) -> None:
    if line.startswith("{"):
        raise KeyboardInterrupt


def learned(rows: list[dict[str, float]]) -> list[dict[str, float]]:
    """What an epoch found, without what it cost."""
    return [{key: value for key, value in row.items() if not key.endswith("_s")} for row in rows]


@pytest.mark.long
def test_a_resumed_run_equals_an_uninterrupted_one(source: Source, tmp_path: Path) -> None:
    model, history = pretrain.train(source, RECIPE, tmp_path / "a.npz", report=quiet)
    assert [row["size"] for row in history] == [16, 24, 24]
    assert history[-1]["train_loss"] < history[0]["train_loss"]

    with pytest.raises(KeyboardInterrupt):
        pretrain.train(source, RECIPE, tmp_path / "b.npz", report=stop_after_first_epoch)
    resumed, rows = pretrain.train(source, RECIPE, tmp_path / "b.npz", resume=True, report=quiet)
    assert learned(rows) == learned(history)
    for one, other in zip(model.variables, resumed.variables, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_a_projector_is_thrown_away_and_the_features_stay_what_they_were(source: Source, tmp_path: Path) -> None:
    recipe = dataclasses.replace(RECIPE, epochs=2, projector=8, head_epochs=8)
    model, _ = pretrain.train(source, recipe, tmp_path / "p.npz", report=quiet)
    assert named_weights(model).keys() == named_weights(tiny_resnet(include_top=True, classes=2)).keys()
    assert all(layer.trainable for layer in model.layers)
    assert pretrain.top1(model, source.test_images, source.test_labels) > 0.9

    learnt = pretrain.build(recipe, classes=2)
    pretrain.load_checkpoint(learnt, recipe, tmp_path / "p.npz")
    x = preprocess_input(source.test_images)
    features = [keras.Model(m.inputs, m.get_layer("pool").output).predict(x, verbose=0) for m in (model, learnt)]
    np.testing.assert_array_equal(*features)


@pytest.mark.parametrize("source_task", sorted(pretrain.SOURCES))
def test_the_recipe_is_the_one_on_the_card(source_task: str) -> None:
    card = json.loads((ASSETS / "weights" / f"tiny_resnet_{source_task}.json").read_text())
    del card["recipe"]["flips"]
    assert card["recipe"] == dataclasses.asdict(Recipe(pretrain.EPOCHS[source_task]))


def test_a_finished_checkpoint_becomes_weights_and_a_card(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pretrain.SOURCES, "cifar100", lambda: source)
    out = tmp_path / "weights"
    arguments = ["--source", "cifar100", "--epochs", "1", "--out", str(out), "--data", "stripes"]
    pretrain.main(arguments)
    card = json.loads((out / "tiny_resnet_cifar100.json").read_text())
    assert card["sha256"] == sha256(out / "tiny_resnet_cifar100.weights.npz")
    assert (card["data"], card["classes"], card["test_images"]) == ("stripes", 2, 40)
    assert [row["epoch"] for row in card["curves"]] == [1]

    model = tiny_resnet((24, 24, 3), True, 2, weights=out / "tiny_resnet_cifar100.weights.npz")
    assert pretrain.top1(model, source.test_images, source.test_labels) == card["test_top1"]

    pretrain.main([*arguments, "--resume"])
    assert json.loads((out / "tiny_resnet_cifar100.json").read_text()) == card


def test_the_schedule_may_change_only_while_the_past_stays_the_same(tmp_path: Path) -> None:
    model = pretrain.build(RECIPE, classes=2)
    recipe = Recipe(epochs=10)
    rows = [{"epoch": epoch + 1.0} for epoch in range(5)]
    pretrain.save_checkpoint(model, recipe, rows, tmp_path / "c.npz")
    for other in (Recipe(epochs=12), Recipe(epochs=10, small_until=0.6)):
        assert pretrain.load_checkpoint(model, other, tmp_path / "c.npz") == rows
    for other in (Recipe(epochs=9), Recipe(epochs=10, seed=1)):
        with pytest.raises(ValueError, match="another recipe"):
            pretrain.load_checkpoint(model, other, tmp_path / "c.npz")


def test_the_rate_rises_holds_and_falls_to_zero() -> None:
    recipe = Recipe(epochs=10)
    rates = [recipe.rate(done) for done in np.linspace(0, 10, 101)]
    assert rates[0] < 0.02 * recipe.peak_rate
    assert set(rates[10:50]) == {recipe.peak_rate}
    assert np.all(np.diff(rates[50:]) < 0)
    assert rates[-1] == pytest.approx(0)


def test_batches_are_shifted_whole_pictures_drawn_from_seed_and_epoch(source: Source) -> None:
    def epoch(number: int, flips: bool = True) -> list[np.ndarray]:
        return [x for x, _ in pretrain.batches(*stripes(70, 0), RECIPE, number, flips)]

    first = epoch(0)
    assert [(x.shape, x.dtype) for x in first] == [((16, 24, 24, 3), np.dtype("float32"))] * 4
    np.testing.assert_array_equal(first, epoch(0))
    assert not np.array_equal(first, epoch(1))
    assert not np.array_equal(first, epoch(0, flips=False))


def test_a_shift_moves_pixels_and_keeps_their_label() -> None:
    ramp = np.broadcast_to(np.arange(24, dtype="uint8")[:, None, None], (24, 24, 3))
    images = np.stack([ramp + 100 * label for label in (0, 1)] * 8)
    recipe = dataclasses.replace(RECIPE, batch_size=16)
    ((x, y),) = pretrain.batches(images, np.array([0, 1] * 8), recipe, 0, flips=False)
    rows = (x * 64 + 127.5 - 100 * y[:, None, None, None])[:, :, 0, 0]
    assert np.abs(rows[:, 12] - 12).max() <= 3
    assert len(set(rows[:, 12])) > 3


def test_resizing_keeps_what_the_picture_shows() -> None:
    images, _ = stripes(4, 3)
    small = pretrain.resize(images, 16)
    assert (small.shape, small.dtype) == ((4, 16, 16, 3), np.dtype("uint8"))
    np.testing.assert_allclose(small.mean((1, 2)), images.mean((1, 2)), atol=4)
    assert pretrain.resize(images, 24) is images
