"""Several labels at once, end to end: real training runs on pictograms in pairs, tiny ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit

from tests.ml.training.test_train import Log, _run, _spec
from tests.uploading import ignore, never
from tl_core.base.events import Summary
from tl_core.base.settings import settings
from tl_core.base.spec import RunSpec
from tl_core.catalog.strategies import STRATEGIES
from tl_core.ml.training import engines, train
from tl_core.ml.training.outputs import Sigmoid, Softmax

PAIRS = {"dataset": "pictogram_pairs", "per_class": 8, "test_images": 100}
DEFAULT = ("from_scratch", "lp_ft")  # the others in the long suite


def _pairs(**changes: object) -> RunSpec:
    base = {"backbone": "tiny_resnet_glyphs", "strategy": "feature_extraction", "image_size": 32, "data": PAIRS}
    return _spec(**base | changes)


@pytest.mark.parametrize(
    "strategy",
    [
        pytest.param(name, marks=() if name in DEFAULT else pytest.mark.long)
        for name in STRATEGIES
        if name not in ("custom", "feature_extraction")
    ],
)
def test_every_strategy_learns_it(strategy: str, tmp_path: Path) -> None:
    summary, log = _run(_pairs(strategy=strategy, epochs=4), tmp_path)
    losses = log.curve("val", "loss")
    assert losses[-1] < np.log(2), "what saying one half for every class costs"
    assert summary.train_images == 80
    assert summary.roc_auc is not None
    assert summary.roc_auc > 0.5
    assert summary.ece is not None


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Summary, Log, Path]:
    folder = tmp_path_factory.mktemp("solved")
    summary, log = _run(_pairs(), folder)
    return summary, log, folder


def test_a_run_starts_at_the_share_of_every_label(tmp_path: Path) -> None:
    labels = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [1, 0, 0]], np.int32)
    first = expit(Sigmoid(3).first_bias(labels))
    assert first == pytest.approx([0.75, 0.5, 0.125])
    assert not Softmax(3).first_bias(labels).any()
    run = train._Run(_pairs(strategy="fine_tune_all"), ignore, never, tmp_path)
    shares = run.splits.train.labels.mean(axis=0)
    assert expit(run.model.get_layer("head_logits").bias.numpy()) == pytest.approx(shares, rel=1e-5)


def test_a_picture_is_right_when_all_its_labels_are(solved: tuple[Summary, Log, Path]) -> None:
    summary, log, folder = solved
    with np.load(folder / "test.npz") as stored:
        right = ((stored["probabilities"] >= 0.5) == stored["labels"]).all(1)
    assert summary.answers is not None
    assert np.array_equal(summary.answers.right(), right)
    assert summary.test_accuracy == right.mean()
    assert summary.micro_f1 is not None
    assert summary.mean_average_precision is not None
    assert summary.mean_average_precision > 0.3, "half again as good as the two in ten of guessing"
    assert summary.confusion is None
    assert summary.roc is not None
    assert len(summary.roc.tpr) == 10
    shares = [0.2, 0.8]
    assert log.curve("val", "loss")[-1] < -np.dot(shares, np.log(shares)), "what calling every class rare costs"


def test_what_is_stored_of_it_is_read_again(solved: tuple[Summary, Log, Path]) -> None:
    summary = solved[0]
    text = summary.model_dump_json()
    assert Summary.model_validate_json(text) == summary
    assert len(text) < 16_000


@pytest.mark.parametrize("strategy", ["feature_extraction", "fine_tune_top"])
def test_a_cached_run_equals_an_uncached_one_and_so_does_every_engine(
    strategy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = _pairs(strategy=strategy, optimizer={"probe": "steps"})
    cached, _ = _run(spec, tmp_path / "cached")
    assert cached.cut is not None
    with monkeypatch.context() as patched:
        patched.setattr(engines, "find_spec", lambda name: None)
        in_keras, _ = _run(spec, tmp_path / "keras")
    monkeypatch.setenv("TL_ACTIVATIONS_BYTES", "0")
    settings.cache_clear()
    uncached, _ = _run(spec, tmp_path / "uncached")
    assert uncached.cut is None
    for other in (in_keras, uncached):
        assert other.test_loss == pytest.approx(cached.test_loss, rel=3e-3)
        assert abs(other.test_accuracy - cached.test_accuracy) <= 0.02


def test_one_label_and_several_never_share_a_compiled_step(tmp_path: Path) -> None:
    """The same network, pictures of the same size, as many classes: only what the logits say differs."""
    several = train._Run(_pairs(strategy="fine_tune_all"), lambda event: None, lambda: False, tmp_path)
    one = several._enter(0).steps
    several.spec = several.spec.model_copy(
        update={"data": several.spec.data.model_copy(update={"dataset": "pictograms"})}
    )
    assert several._enter(0).steps is not one


def test_without_class_weights_a_rare_class_is_forgotten_first(tmp_path: Path) -> None:
    """Few steps on a class that is a twentieth of the other: weights make the training find more of it."""
    data = {"dataset": "digits", "classes": ("3", "8"), "per_class": 100, "imbalance": 20, "test_images": None}
    recalls = {}
    for weights in ("none", "balanced"):
        spec = _spec(
            backbone="tiny_resnet_glyphs",
            strategy="feature_extraction",
            optimizer={"probe": "steps"},
            data=data | {"class_weight": weights},
        )
        summary, _ = _run(spec, tmp_path / weights)
        recalls[weights] = summary.per_class[1].recall
    assert recalls["balanced"] > recalls["none"]
