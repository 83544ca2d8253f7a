from __future__ import annotations

from typing import Any

import pytest

from tl_core.base.events import Summary
from tl_core.base.spec import RunSpec, run_spec
from tl_core.catalog import card
from tl_core.races.estimate import estimate, work


def _spec(**changes: Any) -> RunSpec:
    return run_spec(**{"backbone": "mobilenet_075", "data": {"dataset": "digits"}, **changes})


def _seconds(spec: RunSpec, gflops: float | None = 20.0, history: Any = ()) -> float:
    found = estimate(spec, gflops, history)
    assert found is not None
    return found.seconds


def _took(seconds: float) -> Summary:
    empty = dict.fromkeys(Summary.model_fields, 0.0)
    return Summary.model_construct(**empty | {"total_s": seconds})


def test_nothing_measured_nothing_claimed() -> None:
    assert estimate(_spec(), None) is None


def test_more_of_anything_takes_longer() -> None:
    base = _seconds(_spec())
    assert _seconds(_spec(strategy="from_scratch")) > base
    assert _seconds(_spec(data={"dataset": "digits", "per_class": 60})) > base
    assert _seconds(_spec(image_size=192)) > base
    assert _seconds(_spec(augmentation="light")) > base
    assert _seconds(_spec(epochs=200)) > base
    assert _seconds(_spec(), gflops=5.0) > base


def test_many_thin_layers_take_longer_than_their_multiply_adds_say() -> None:
    def a_multiply_add(backbone: str) -> float:
        spec = _spec(backbone=backbone, strategy="from_scratch", epochs=1)
        return work(spec) / sum(stage.macs for stage in card(backbone).stages)

    assert a_multiply_add("mobilenet_075") > 3 * a_multiply_add("vgg16")


def test_a_first_figure_is_a_range_until_a_run_of_the_backbone_was_measured() -> None:
    spec = _spec()
    first = estimate(spec, 20.0)
    assert first is not None
    assert first.low < first.seconds < first.high
    assert "no run was measured here yet" in first.basis
    others = estimate(spec, 20.0, [(_spec(backbone="vgg16"), _took(9.0))])
    assert others is not None
    assert others.low < others.seconds < others.high
    known = estimate(spec, 20.0, [(spec, _took(9.0))])
    assert known is not None
    assert known.low == known.seconds == known.high


def test_a_budget_in_seconds_limits_the_range_too() -> None:
    found = estimate(_spec(strategy="from_scratch", epochs=1000, seconds=20), 20.0)
    assert found is not None
    assert found.high < 30


def test_a_frozen_prefix_counts_once() -> None:
    longer = {"strategy": "feature_extraction", "epochs": 100}
    assert work(_spec(**longer)) == work(_spec(strategy="feature_extraction", epochs=1))
    assert work(_spec(strategy="fine_tune_all", epochs=100)) > 50 * work(_spec(strategy="fine_tune_all", epochs=1))


def test_earlier_runs_correct_the_figure_and_the_same_backbone_counts_first() -> None:
    spec = _spec()
    other = _spec(backbone="vgg16")
    guess = _seconds(spec)
    assert _seconds(spec, history=[(spec, _took(2 * guess))]) == pytest.approx(2 * guess)
    assert _seconds(spec, None, [(spec, _took(33.0))]) == pytest.approx(33.0)
    history = [(other, _took(1000 * _seconds(other))), (spec, _took(guess))]
    assert _seconds(spec, history=history) == pytest.approx(guess)
    found = estimate(spec, None, history)
    assert found is not None
    assert "1 earlier run of this backbone" in found.basis


@pytest.mark.parametrize("why", ["prefix_from_cache", "early_stopped"])
def test_runs_that_ended_sooner_for_a_reason_do_not_shorten_the_estimate_of_other_runs(why: str) -> None:
    cold = (_spec(), _took(20.0))
    what_ifs = [(_spec(seed=seed), _took(0.2).model_copy(update={why: True})) for seed in range(5)]
    scratch = _spec(strategy="from_scratch")
    assert _seconds(scratch, history=[*what_ifs, cold]) == _seconds(scratch, history=[cold])
    assert estimate(scratch, None, what_ifs) is None


def test_a_budget_in_seconds_is_a_limit() -> None:
    assert _seconds(_spec(strategy="from_scratch", epochs=1000, seconds=20)) < 30


@pytest.mark.parametrize("per_class", [5, 120, None])
def test_every_subset_can_be_estimated(per_class: int | None) -> None:
    assert _seconds(_spec(data={"dataset": "digits", "per_class": per_class})) > 0
