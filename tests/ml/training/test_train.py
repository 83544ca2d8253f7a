"""Real training runs, tiny ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from tl_core.base.events import Event, Metric, Note, Progress, Resumed, RunError, Stopped, Summary
from tl_core.base.settings import settings
from tl_core.base.spec import RunSpec, SpecError, run_spec
from tl_core.ml.network import arm, freezing, models
from tl_core.ml.training import feed, telling, train

DIGITS = {"dataset": "digits", "per_class": 12, "test_images": 100}


class Log(list[Event]):
    def curve(self, split: str, name: str) -> list[float]:
        return [e.value for e in self if isinstance(e, Metric) and (e.split, e.name) == (split, name)]


def _spec(**changes: object) -> RunSpec:
    backbone = "tiny_resnet_cifar100"
    base = {"backbone": backbone, "strategy": "from_scratch", "image_size": 16, "epochs": 2, "data": DIGITS}
    return run_spec(**{**base, **changes})


def _run(
    spec: RunSpec, folder: Path, stop: Callable[[], bool] = lambda: False, log: Log | None = None
) -> tuple[Summary, Log]:
    log = Log() if log is None else log
    return train.run(spec, log.append, stop, folder), log


def test_a_run_from_scratch_learns_and_tells(tmp_path: Path) -> None:
    summary, log = _run(_spec(epochs=4), tmp_path)
    losses = log.curve("val", "loss")
    assert len(losses) == 4
    assert losses[-1] < losses[0]
    assert [e.epoch for e in log if isinstance(e, Metric) and (e.split, e.name) == ("val", "accuracy")] == [1, 2, 3, 4]
    assert summary.test_accuracy_low <= summary.test_accuracy <= summary.test_accuracy_high
    assert (summary.test_images, summary.train_images, summary.epochs) == (100, 120, 4)
    assert summary.trainable_params < summary.total_params
    assert np.array(summary.confusion).sum() == 100
    assert summary.prefix_s == 0
    assert summary.cut is None
    assert summary.total_s >= summary.train_s
    assert any(isinstance(e, Progress) and e.label == "Testing" for e in log)


def test_same_seed_same_curve_other_seed_another(tmp_path: Path) -> None:
    curves = [
        _run(_spec(seed=seed, head={"dropout": 0.3}, augmentation="strong"), tmp_path / str(i))[1].curve("val", "loss")
        for i, seed in enumerate((0, 0, 1))
    ]
    assert curves[0] == curves[1]
    assert curves[0] != curves[2]


class TestCachedActivations:
    """With pretrained weights: what is frozen is computed once and stays as it was."""

    SPEC: ClassVar[dict[str, object]] = {
        "backbone": "tiny_resnet_cifar100",
        "image_size": 16,
        "strategy": "feature_extraction",
    }

    def _both(
        self, spec: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> tuple[tuple[Summary, Log], tuple[Summary, Log]]:
        cached = _run(spec, tmp_path / "cached")
        monkeypatch.setenv("TL_ACTIVATIONS_BYTES", "0")
        settings.cache_clear()
        return cached, _run(spec, tmp_path / "uncached")

    @pytest.mark.parametrize("strategy", ["feature_extraction", "fine_tune_top"])
    def test_a_cached_run_equals_an_uncached_one(
        self, strategy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        spec = _spec(**self.SPEC | {"strategy": strategy})
        (cached, cached_log), (uncached, uncached_log) = self._both(spec, tmp_path, monkeypatch)
        assert cached.cut is not None
        assert uncached.cut is None
        assert any(isinstance(e, Note) and "more than the limit" in e.text for e in uncached_log)
        for split in ("train", "val"):
            assert cached_log.curve(split, "loss")[-1] == pytest.approx(
                uncached_log.curve(split, "loss")[-1], 1e-3, 1e-4
            )
        assert cached.test_loss == pytest.approx(uncached.test_loss, rel=3e-3)

    def test_a_second_run_makes_no_forward_pass_through_the_prefix(self, tmp_path: Path) -> None:
        first, _ = _run(_spec(**self.SPEC), tmp_path / "1")
        second, log = _run(_spec(**self.SPEC, batch_size=16), tmp_path / "2")
        assert not first.prefix_from_cache
        assert first.prefix_s > 0
        assert second.prefix_from_cache
        assert (second.prefix_s, second.prefix_images_per_s) == (0, None)
        assert not any(isinstance(e, Progress) and "frozen" in e.label for e in log)

    def test_the_first_epoch_trains_while_the_prefix_is_still_under_way(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(telling, "EMIT_S", 0.0)
        monkeypatch.setattr(feed, "CHUNK", (8, 32))
        _, log = _run(_spec(**self.SPEC | {"optimizer": {"probe": "steps"}}), tmp_path)
        labels = [getattr(e, "label", "measured") for e in log if isinstance(e, Metric | Progress)]
        assert "First pass through the frozen layers" in labels[labels.index("measured") :]

    @pytest.mark.parametrize("strategy", ["feature_extraction", "fine_tune_top"])
    def test_frozen_weights_are_bit_identical_afterwards(
        self, strategy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kept: dict[str, list[np.ndarray]] = {}
        apply_plan = freezing.apply_plan

        def spy(model: object, *rest: object) -> None:
            apply_plan(model, *rest)
            kept["model"] = [model]  # type: ignore[list-item]
            kept["before"] = [v.numpy() for v in model.variables]  # type: ignore[attr-defined]

        monkeypatch.setattr(freezing, "apply_plan", spy)
        _run(_spec(**self.SPEC | {"strategy": strategy}), tmp_path)
        model = kept["model"][0]
        frozen = {id(v) for layer in model.layers if not layer.trainable for v in layer.variables}  # type: ignore[attr-defined]
        moved = 0
        for variable, before in zip(model.variables, kept["before"], strict=True):  # type: ignore[attr-defined]
            if id(variable) in frozen:
                assert np.array_equal(variable.numpy(), before), variable.path
            else:
                moved += not np.array_equal(variable.numpy(), before)
        assert len(frozen) >= 20
        assert moved > 0

    def test_phases_share_what_stays_frozen(self, tmp_path: Path) -> None:
        summary, log = _run(_spec(**self.SPEC | {"strategy": "gradual_unfreezing", "epochs": 3}), tmp_path)
        assert sorted({e.phase for e in log if isinstance(e, Metric)}) == [0, 1, 2]
        assert summary.trainable_params > 0.9 * summary.total_params

    def test_augmentation_runs_the_whole_network_and_says_so(self, tmp_path: Path) -> None:
        summary, log = _run(_spec(**self.SPEC, augmentation="light", epochs=1), tmp_path)
        assert summary.cut is None
        assert any("Augmentation changes every image" in e.text for e in log if isinstance(e, Note))
        assert any("Augmentation" in note for note in summary.notes)

    def test_no_file_is_left_half_written_when_a_run_stops(self, tmp_path: Path) -> None:
        calls = iter(range(10**6))
        with pytest.raises(Stopped):
            _run(_spec(**self.SPEC, batch_size=4), tmp_path, stop=lambda: next(calls) > 3)
        assert not list(settings().home.rglob("*.partial"))


def test_a_run_without_a_checkpoint_begins_by_voiding_what_an_attempt_before_it_told(tmp_path: Path) -> None:
    _, log = _run(_spec(epochs=1), tmp_path)
    told = [event for event in log if isinstance(event, Metric | Resumed)]
    assert told[0] == Resumed(0.0)


def test_a_killed_run_goes_on_from_its_last_epoch_as_if_nothing_had_happened(tmp_path: Path) -> None:
    spec = _spec(epochs=4, head={"dropout": 0.2}, optimizer={"schedule": "warmup_cosine"})
    whole, whole_log = _run(spec, tmp_path / "whole")
    log = Log()
    with pytest.raises(Stopped):
        _run(spec, tmp_path / "cut", stop=lambda: len(log.curve("val", "loss")) >= 2, log=log)
    rest, rest_log = _run(spec, tmp_path / "cut")
    assert [e for e in rest_log if isinstance(e, Resumed)] == [Resumed(2.0)]
    assert log.curve("val", "loss") + rest_log.curve("val", "loss") == whole_log.curve("val", "loss")
    assert rest.test_loss == whole.test_loss


def test_a_resumed_run_with_phases_enters_the_right_one(tmp_path: Path) -> None:
    spec = _spec(
        **TestCachedActivations.SPEC | {"strategy": "lp_ft", "epochs": 3, "patience": 5},
        optimizer={"name": "sgd", "schedule": "plateau"},
    )
    whole, _ = _run(spec, tmp_path / "whole")
    log = Log()
    with pytest.raises(Stopped):
        _run(spec, tmp_path / "cut", stop=lambda: len(log.curve("val", "loss")) >= 2, log=log)
    rest, rest_log = _run(spec, tmp_path / "cut")
    assert {e.phase for e in rest_log if isinstance(e, Metric)} == {1}
    assert rest.test_loss == pytest.approx(whole.test_loss, rel=1e-4)


def test_a_budget_in_seconds_ends_a_run(tmp_path: Path) -> None:
    summary, log = _run(_spec(epochs=1000, seconds=1.5), tmp_path)
    assert summary.epochs < 1000
    assert log.curve("val", "accuracy")


def test_a_loss_that_is_no_number_ends_the_run_in_one_sentence(tmp_path: Path) -> None:
    optimizer = {"name": "adamw", "learning_rate": 10.0, "weight_decay": 0.99, "schedule": "constant"}
    spec = _spec(optimizer=optimizer, epochs=30, batch_size=8)
    with pytest.raises(RunError, match=r"The loss became (NaN|infinite) in epoch \d+: .* Lower the learning rate"):
        _run(spec, tmp_path)


@pytest.mark.parametrize(("head", "optimizer"), [("pool_hidden", "adamw"), ("flatten_256", "sgd")])
def test_every_head_and_optimiser_trains(head: str, optimizer: str, tmp_path: Path) -> None:
    spec = _spec(
        head={"kind": head, "dropout": 0.1},
        optimizer={"name": optimizer},
        epochs=3,
        data={**DIGITS, "classes": ["0", "1"]},
    )
    _, log = _run(spec, tmp_path)
    losses = log.curve("train", "loss")
    assert losses[-1] < losses[0]


def test_layer_rates_reach_the_optimiser(tmp_path: Path) -> None:
    """With a share of nearly nothing below, the lower stages hardly move."""
    from tl_core import catalog
    from tl_core.catalog import strategies
    from tl_core.ml.training.phase import rates

    stages = catalog.card("tiny_resnet_cifar100").stage_names
    spec = _spec(strategy="layerwise_rates", optimizer={"learning_rate": 1e-3, "head_rate": 1e-2})
    (phase,) = strategies.phases(spec, stages)
    model = models.attach_head(models.build_backbone("tiny_resnet_cifar100", 16, None), _spec().head, 10, 0)
    shares = {layer.name: share for layer, share in rates(model, phase, catalog.card("tiny_resnet_cifar100"))}
    assert shares["head_logits"] == pytest.approx(10)
    assert shares["stem_conv"] == 0.5 ** (len(stages) - 1)


def test_a_corrupt_weights_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models_folder = tmp_path / "models"
    models_folder.mkdir()
    (models_folder / "mobilenet_2_5_224_tf_no_top.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(500))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(RunError, match=r"mobilenet_2_5_224_tf_no_top\.h5"):
        _run(_spec(backbone="mobilenet_025", image_size=32, strategy="feature_extraction"), tmp_path / "run")


def test_a_spec_that_does_not_fit_is_refused_before_anything_happens(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="at least 32×32"):
        _run(_spec(backbone="mobilenet_075", image_size=16), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_from_scratch_twin_is_fair_on_digits(tmp_path: Path) -> None:
    """Its moving averages converge: tested as it trained, it passes 0.90 with 100 images per class."""
    data = {"dataset": "digits", "per_class": 100, "test_images": 500}
    summary, log = _run(_spec(data=data, image_size=32, epochs=5), tmp_path)
    assert summary.test_accuracy >= 0.90
    assert abs(log.curve("val", "accuracy")[-1] - log.curve("train", "accuracy")[-1]) < 0.15


@pytest.mark.parametrize(("steps", "momentum"), [(1, 0.5), (20, 0.5), (50, 0.8), (100, 0.9), (10000, 0.9)])
def test_batch_normalisation_forgets_its_start_within_the_run(steps: int, momentum: float) -> None:
    assert arm.bn_momentum(steps) == pytest.approx(momentum)
