from __future__ import annotations

import pytest

from tl_core.base.spec import run_spec
from tl_core.catalog import strategies
from tl_core.races import phases


def test_a_solved_probe_is_said_to_be_solved_and_has_no_rate() -> None:
    spec = run_spec(strategy="feature_extraction")
    assert phases.words(phases.recipe(spec)["phases"]) == "linear probe, solved to its optimum"
    assert phases.rates(phases.recipe(spec)["phases"]) == "none (solved)"


def test_every_phase_is_told_with_its_rates() -> None:
    spec = run_spec(strategy="lp_ft", epochs=10, optimizer={"learning_rate": 1e-4, "probe": "steps", "head_rate": 0.01})
    probe = strategies.rates.probe(spec)
    assert phases.words(phases.recipe(spec)["phases"]) == (
        f"linear probe for 5 epochs at a learning rate of {probe:g}; then fine-tune all for 5 epochs at a learning "
        "rate of 0.0001, the new head at 0.01"
    )
    assert phases.rates(phases.recipe(spec)["phases"]) == f"{probe:g}, 0.0001"


@pytest.mark.parametrize(
    ("strategy", "rates"), [("from_scratch", "0.01"), ("lp_ft", "0.0001"), ("fine_tune_all", "0.0001")]
)
def test_the_rates_of_a_run_are_those_of_its_steps(strategy: str, rates: str) -> None:
    assert phases.rates(phases.recipe(run_spec(strategy=strategy))["phases"]) == rates
