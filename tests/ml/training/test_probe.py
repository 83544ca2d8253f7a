"""A linear probe is solved: at the optimum that scikit-learn finds, on the features of real backbones."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from threadpoolctl import threadpool_limits

from tests.ml.training.test_train import _run, _spec
from tl_core.base.events import Metric, Stopped
from tl_core.base.settings import settings
from tl_core.base.spec import RunSpec
from tl_core.catalog import strategies
from tl_core.ml.training import evaluate, outputs, probe, train
from tl_core.ml.training.feed import Feed
from tl_core.ml.training.outputs import Output, Softmax
from tl_core.ml.training.probe import Examples


def _examples(spec: RunSpec, folder: Path) -> list[Examples]:
    run = train._Run(spec, lambda event: None, lambda: False, folder)
    feed: Feed = run._feed(run._enter(0))
    return [probe.examples(feed, part, getattr(run.splits, part)) for part in ("train", "val", "test")]


def _theirs(output: Output, examples: Examples, found: probe.Solution, **options: Any) -> Any:
    """The same problem as scikit-learn has it, solved by it."""
    each = LogisticRegression(C=1 / (found.strength * len(examples.labels)), tol=1e-8, max_iter=20_000, **options)
    theirs = OneVsRestClassifier(each) if output.label_shape else each
    with threadpool_limits(1):  # products so small are far slower on several threads
        return theirs.fit(examples.features.astype(np.float64) / found.scale, examples.labels)


@pytest.mark.parametrize(
    ("backbone", "dataset", "size", "labels"),
    [
        ("tiny_resnet_glyphs", "pictograms", 32, 5),
        ("tiny_resnet_glyphs", "pictograms", 32, 20),
        ("tiny_resnet_glyphs", "pictograms", 32, 50),
        pytest.param("tiny_resnet_glyphs", "pictograms", 32, 200, marks=pytest.mark.long),
        ("tiny_resnet_glyphs", "pictogram_pairs", 32, 20),
        pytest.param("tiny_resnet_cifar100", "pictogram_pairs", 64, 50, marks=pytest.mark.long),
        ("tiny_resnet_cifar100", "digits", 32, 5),
        ("tiny_resnet_cifar100", "digits", 32, 50),
        pytest.param("tiny_resnet_cifar100", "cifar10", 32, 200, marks=pytest.mark.long),
        ("mobilenet_025", "cifar10", 64, 5),
        *(pytest.param("mobilenet_025", "cifar10", 64, n, marks=pytest.mark.long) for n in (20, 50, 200)),
    ],
)
def test_the_optimum_is_that_of_scikit_learn(
    backbone: str, dataset: str, size: int, labels: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    for needed in {"imagenet"} & {"imagenet" if backbone.startswith("mobilenet") else ""}:
        request.getfixturevalue(needed)
    data = {"dataset": dataset, "per_class": labels, "test_images": 500}
    spec = _spec(backbone=backbone, strategy="feature_extraction", image_size=size, data=data)
    fit, val, test = _examples(spec, tmp_path)
    output = outputs.output_of(spec.data)
    found = probe.solve(fit, val, output)
    theirs = _theirs(output, fit, found).predict(test.features / found.scale)
    logits = found.path[-1].logits(test.features)
    ours = output.called(output.probabilities(logits))
    assert abs((ours == test.labels).mean() - (theirs == test.labels).mean()) <= 0.005
    assert evaluate.loss_and_accuracy(output, logits, test)[1] > 0.05, "the check itself must be able to fail"


@pytest.mark.parametrize("dataset", ["digits", "pictogram_pairs"])
def test_class_weights_weigh_as_scikit_learn_weighs(dataset: str, tmp_path: Path) -> None:
    data = {"dataset": dataset, "per_class": 20, "test_images": 200, "imbalance": 8, "class_weight": "balanced"}
    spec = _spec(backbone="tiny_resnet_glyphs", strategy="feature_extraction", image_size=32, data=data)
    fit, val, test = _examples(spec, tmp_path)
    output = outputs.output_of(spec.data)
    found = probe.solve(fit, val, output)
    theirs = _theirs(output, fit, found, class_weight="balanced").predict_proba(test.features / found.scale)
    assert output.probabilities(found.path[-1].logits(test.features)) == pytest.approx(theirs, abs=0.02)
    assert fit.weights.mean() == pytest.approx(1)
    assert fit.weights.max() > 1.5


def test_the_penalty_is_the_best_of_all_on_the_validation_images_and_not_at_the_edge(tmp_path: Path) -> None:
    fit, val, _ = _examples(_spec(strategy="feature_extraction"), tmp_path)
    found = probe.solve(fit, val, Softmax(10))
    assert probe.STRENGTHS[0] > found.strength > probe.STRENGTHS[-1]


def test_a_run_tells_its_way_to_the_optimum_epoch_by_epoch(tmp_path: Path) -> None:
    summary, log = _run(_spec(strategy="feature_extraction", epochs=4), tmp_path)
    assert [e.epoch for e in log if isinstance(e, Metric) and (e.split, e.name) == ("val", "loss")] == [1, 2, 3, 4]
    assert log.curve("train", "loss")[-1] < log.curve("train", "loss")[0]
    assert any("solved, not trained in steps" in note for note in summary.notes)
    assert summary.recipe["phases"][0]["solved"] is True
    again, other = _run(_spec(strategy="feature_extraction", epochs=4), tmp_path / "again")
    assert other.curve("val", "loss") == log.curve("val", "loss")
    assert again.answers == summary.answers


def test_it_is_the_same_where_nothing_is_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = _spec(strategy="feature_extraction")
    cached, _ = _run(spec, tmp_path / "cached")
    monkeypatch.setenv("TL_ACTIVATIONS_BYTES", "0")
    settings.cache_clear()
    plain, _ = _run(spec, tmp_path / "plain")
    assert plain.cut is None
    assert plain.test_loss == pytest.approx(cached.test_loss, abs=0.02)
    assert abs(plain.test_accuracy - cached.test_accuracy) <= 0.02


def test_a_stop_is_heard_between_two_passes(tmp_path: Path) -> None:
    fit, val, _ = _examples(_spec(strategy="feature_extraction"), tmp_path)
    passes = []

    def check_stop() -> None:
        passes.append(1)
        if len(passes) == 5:
            raise Stopped

    with pytest.raises(Stopped):
        probe.solve(fit, val, Softmax(10), check_stop)
    assert len(passes) == 5


@pytest.mark.parametrize(
    ("changes", "solved"),
    [
        ({}, True),
        ({"optimizer": {"probe": "steps"}}, False),
        ({"optimizer": {"learning_rate": 0.01}}, False),
        ({"optimizer": {"learning_rate": 0.01, "probe": "solved"}}, True),
        ({"augmentation": "light"}, False),
        ({"head": {"dropout": 0.5}}, False),
        ({"head": {"kind": "pool_hidden"}}, False),
        ({"mistake": "batch_norm_in_training"}, False),
    ],
)
def test_only_what_is_convex_is_solved_and_a_rate_asks_for_steps(changes: dict[str, object], solved: bool) -> None:
    stages = ("stem", "stage1", "stage2", "stage3")
    (only,) = strategies.phases(_spec(strategy="feature_extraction", **changes), stages)
    assert only.solved == solved


def test_the_probe_that_comes_before_fine_tuning_is_solved_too() -> None:
    stages = ("stem", "stage1", "stage2", "stage3")
    first, second = strategies.phases(_spec(strategy="lp_ft", optimizer={"learning_rate": 1e-4}), stages)
    assert (first.solved, second.solved) == (True, False)


def test_it_takes_tenths_of_a_second() -> None:
    """Products so small, on all threads of a machine that runs two arms, took over ten seconds."""
    rng = np.random.default_rng(0)
    labels = np.arange(500) % 10
    centres = rng.normal(size=(10, 256))
    x, val_x = (np.abs(centres[labels] + 1.5 * rng.normal(size=(500, 256))) for _ in range(2))
    fit, val = (Examples(rows, labels, np.ones(500)) for rows in (x, val_x))
    began = time.perf_counter()
    probe.solve(fit, val, Softmax(10))
    assert time.perf_counter() - began < 4
