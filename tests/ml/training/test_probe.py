"""A linear probe is solved: at the optimum that scikit-learn finds, on the features of real backbones."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from tests.ml.training.test_train import _run, _spec
from tl_core.base.events import Metric, Stopped
from tl_core.base.settings import settings
from tl_core.base.spec import RunSpec
from tl_core.catalog import strategies
from tl_core.ml.training import probe, train
from tl_core.ml.training.feed import Feed


def _features(spec: RunSpec, folder: Path) -> tuple[list[np.ndarray], train._Run]:
    run = train._Run(spec, lambda event: None, lambda: False, folder)
    feed: Feed = run._feed(run._enter(0))
    return [probe.features(feed, part) for part in ("train", "val", "test")], run


@pytest.mark.parametrize(
    ("backbone", "dataset", "size", "labels"),
    [
        ("tiny_resnet_glyphs", "pictograms", 32, 5),
        ("tiny_resnet_glyphs", "pictograms", 32, 20),
        ("tiny_resnet_glyphs", "pictograms", 32, 50),
        pytest.param("tiny_resnet_glyphs", "pictograms", 32, 200, marks=pytest.mark.long),
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
    (x, val_x, test_x), run = _features(spec, tmp_path)
    parts = run.splits
    found = probe.solve(x, parts.train.labels, val_x, parts.val.labels, len(parts.classes))
    theirs = LogisticRegression(C=1 / (found.strength * len(x)), tol=1e-8, max_iter=20_000)
    with threadpool_limits(1):  # products so small are far slower on several threads
        theirs.fit(x.astype(np.float64) / found.scale, parts.train.labels)
    ours = (found.path[-1].logits(test_x).argmax(1) == parts.test.labels).mean()
    assert abs(ours - theirs.score(test_x / found.scale, parts.test.labels)) <= 0.005


def test_the_penalty_is_the_best_of_all_on_the_validation_images_and_not_at_the_edge(tmp_path: Path) -> None:
    (x, val_x, _), run = _features(_spec(strategy="feature_extraction"), tmp_path)
    found = probe.solve(x, run.splits.train.labels, val_x, run.splits.val.labels, 10)
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
    (x, val_x, _), run = _features(_spec(strategy="feature_extraction"), tmp_path)
    passes = []

    def check_stop() -> None:
        passes.append(1)
        if len(passes) == 5:
            raise Stopped

    with pytest.raises(Stopped):
        probe.solve(x, run.splits.train.labels, val_x, run.splits.val.labels, 10, check_stop)
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
    began = time.perf_counter()
    probe.solve(x, labels, val_x, labels, 10)
    assert time.perf_counter() - began < 4
