"""What each mistake changes, and that nothing else does."""

from __future__ import annotations

import numpy as np
import pytest

from tl_core import catalog
from tl_core.base.spec import RunSpec, run_spec
from tl_core.catalog import strategies
from tl_core.ml.data import splits
from tl_core.ml.network import freezing, mistakes, models
from tl_core.races import estimate

TINY = "tiny_resnet_glyphs"


def _spec(mistake: str, **changes: object) -> RunSpec:
    base = {"backbone": TINY, "image_size": 16, "strategy": "feature_extraction", "mistake": mistake}
    return run_spec(**base | changes)


def _model(spec: RunSpec) -> tuple[object, set[str]]:
    card = catalog.card(TINY)
    model = models.attach_head(models.build_backbone(TINY, 16, None), spec.head, 10, 0)
    (phase,), plan = strategies.phases(spec, card.stage_names), strategies.plan(spec, card.stage_names)
    freezing.set_trainable(model, phase, plan, card)
    mistakes.set_trainable(spec, model)
    return model, mistakes.still_frozen(spec, model, freezing.frozen_names(model, phase, plan, card))


def test_frozen_batch_normalisation_in_training_mode_moves_its_averages_and_trains_nothing() -> None:
    model, frozen = _model(_spec("batch_norm_in_training"))
    right, still = _model(_spec("none"))
    paths = [[v.path for v in found.trainable_variables] for found in (model, right)]  # type: ignore[attr-defined]
    assert paths[0] == paths[1]
    assert not any("_bn" in name for name in frozen)
    assert any("_bn" in name for name in still)
    before = [v.numpy() for v in model.variables]  # type: ignore[attr-defined]
    model(np.ones((4, 16, 16, 3), "float32"), training=True)
    moved = {
        v.path.rpartition("/")[2]
        for v, old in zip(model.variables, before, strict=True)  # type: ignore[attr-defined]
        if not np.array_equal(v.numpy(), old)
    }
    assert moved == {"moving_mean", "moving_variance"}


def test_dividing_by_255_gives_pixels_from_zero_to_one() -> None:
    pixels = np.array([[[[0.0, 127.5, 255.0]]]], "float32")
    assert np.asarray(mistakes.preprocess(_spec("divide_by_255"))(pixels)).ravel().tolist() == [0, 0.5, 1]
    assert np.asarray(mistakes.preprocess(_spec("none"))(pixels)).ravel()[1] == 0


def test_without_compiling_again_every_phase_runs_the_step_of_the_first() -> None:
    card = catalog.card(TINY)
    spec = _spec("not_compiled_again", strategy="lp_ft", epochs=4)
    phases = strategies.phases(spec, card.stage_names)
    run = mistakes.compiled(spec, phases)
    assert [(phase.train, phase.learning_rate, phase.head_rate) for phase in run] == [
        ((), phases[0].learning_rate, None)
    ] * 2
    assert [(phase.name, phase.epochs) for phase in run] == [(phase.name, phase.epochs) for phase in phases]
    assert mistakes.compiled(_spec("none"), phases) == phases


def test_leaked_validation_images_stand_in_training_and_leave_it_as_it_was() -> None:
    spec = _spec("validation_in_training", data={"dataset": "digits", "per_class": 5})
    divided = splits.load(spec.data, lambda event: None, lambda: False)
    leaked = mistakes.splits(spec, divided)
    assert set(leaked.val.ids) <= set(leaked.train.ids)
    assert not set(divided.val.ids) & set(divided.train.ids)
    assert leaked.train is divided.train
    assert leaked.test is divided.test


@pytest.mark.parametrize("mistake", mistakes.NOTES)
def test_every_mistake_says_so_in_a_note(mistake: str) -> None:
    assert mistakes.note(_spec(mistake)).startswith("Mistake made on purpose")
    assert mistakes.note(_spec("none")) == ""


def test_imbalance_thins_every_part_geometrically_from_first_to_last() -> None:
    spec = run_spec(
        data={
            "dataset": "pictograms",
            "classes": ["cup", "fish", "key"],
            "per_class": 100,
            "imbalance": 25,
            "test_images": 300,
        }
    )
    found = splits.load(spec.data, lambda event: None, lambda: False)
    assert np.bincount(found.train.labels).tolist() == [100, 20, 4]
    assert np.bincount(found.test.labels).tolist() == [100, 20, 4]


@pytest.mark.parametrize("imbalance", [1, 25])
@pytest.mark.parametrize(("per_class", "tests"), [(100, 200), (7, 100), (None, None)])
def test_an_estimate_counts_the_images_that_are_drawn(
    imbalance: float, per_class: int | None, tests: int | None
) -> None:
    spec = run_spec(
        data={
            "dataset": "pictograms",
            "classes": ["cup", "fish", "key"],
            "per_class": per_class,
            "imbalance": imbalance,
            "test_images": tests,
        }
    )
    found = splits.load(spec.data, lambda event: None, lambda: False)
    assert estimate.images(spec) == tuple(len(part.labels) for part in (found.train, found.val, found.test))
