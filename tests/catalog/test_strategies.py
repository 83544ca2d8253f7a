from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tl_core.base.spec import LayerPlan, RunSpec, run_spec
from tl_core.catalog import card, strategies

STAGES = ("stem", "low", "middle", "high", "top")
NAMES = st.sampled_from([name for name in strategies.STRATEGIES if name != "custom"])
STAGE_LISTS = st.integers(1, 12).map(lambda n: tuple(f"stage{i}" for i in range(n)))


def _spec(strategy: str, epochs: int = 10) -> RunSpec:
    return run_spec(strategy=strategy, epochs=epochs)


def _trained(strategy: str, epochs: int = 10) -> list[Sequence[str]]:
    return [phase.train for phase in strategies.phases(_spec(strategy, epochs), STAGES)]


@given(NAMES, STAGE_LISTS, st.integers(1, 50))
def test_phases_share_out_every_epoch_and_train_only_what_the_plan_allows(
    strategy: str, stages: tuple[str, ...], epochs: int
) -> None:
    spec = _spec(strategy, epochs)
    phases = strategies.phases(spec, stages)
    assert sum(phase.epochs for phase in phases) == epochs
    plan = strategies.plan(spec, stages)
    assert tuple(plan.stages) == stages
    frozen = {name for name, state in plan.stages.items() if state == "frozen"}
    for phase in phases:
        assert not frozen & set(phase.train)
        assert list(phase.train) == [s for s in stages if s in phase.train]
        assert phase.learning_rate > 0


def test_from_scratch_trains_everything_from_random_weights() -> None:
    assert set(strategies.plan(_spec("from_scratch"), STAGES).stages.values()) == {"reinitialised"}
    assert _trained("from_scratch") == [STAGES]


def test_feature_extraction_trains_the_head_only() -> None:
    assert _trained("feature_extraction") == [()]


def test_fine_tune_top_trains_the_top_third() -> None:
    assert _trained("fine_tune_top") == [("high", "top")]


def test_fine_tune_all_trains_everything_more_gently_than_from_scratch() -> None:
    assert _trained("fine_tune_all") == [STAGES]
    assert strategies.learning_rate(_spec("fine_tune_all")) < strategies.learning_rate(_spec("from_scratch"))


def test_lp_ft_probes_then_tunes() -> None:
    assert _trained("lp_ft") == [(), STAGES]
    assert _trained("lp_ft", epochs=1) == [STAGES]


def test_gradual_unfreezing_goes_down_from_the_top() -> None:
    trained = _trained("gradual_unfreezing", epochs=12)
    assert trained == [STAGES[5 - depth :] for depth in range(6)]
    assert _trained("gradual_unfreezing", epochs=2) == [(), STAGES]


def test_layerwise_rates_halve_downwards() -> None:
    (phase,) = strategies.phases(_spec("layerwise_rates"), STAGES)
    assert [phase.rates[name] for name in STAGES] == [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1]


def test_custom_trains_what_the_plan_does_not_freeze() -> None:
    plan = LayerPlan(stages={"stem": "frozen", "low": "fine_tuned", "top": "reinitialised"}, layers={})
    spec = run_spec(strategy="custom", plan=plan.model_dump())
    (phase,) = strategies.phases(spec, STAGES)
    assert phase.train == ("low", "top")


@pytest.mark.parametrize(
    ("states", "like"),
    [
        (("frozen", "reinitialised"), "from_scratch"),
        (("frozen", "fine_tuned"), "fine_tune_all"),
        (("fine_tuned", "reinitialised"), "fine_tune_all"),
        (("frozen", "frozen"), "feature_extraction"),
    ],
)
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_the_rate_of_an_own_plan_is_that_of_what_trains_in_it(states: Sequence[str], like: str, optimizer: str) -> None:
    settings = {"backbone": "tiny_resnet_cifar100", "optimizer": {"name": optimizer}}
    plan = LayerPlan.model_validate({"stages": dict(zip(("low", "top"), states, strict=True))})
    own = run_spec(strategy="custom", plan=plan.model_dump(), **settings)
    usual = run_spec(strategy=like, **settings)
    assert strategies.learning_rate(own) == strategies.learning_rate(usual)
    (phase,) = strategies.phases(own, ("low", "top"))
    assert phase.head_rate == (strategies.head_rate(usual) if like == "fine_tune_all" else None)


@pytest.mark.parametrize(("state", "like"), [("fine_tuned", "fine_tune_all"), ("reinitialised", "from_scratch")])
def test_single_layers_that_train_count_as_stages_do(state: str, like: str) -> None:
    settings = {"backbone": "tiny_resnet_cifar100", "data": {"dataset": "cifar10"}}
    stage = card("tiny_resnet_cifar100").stages[-1]
    plan = LayerPlan.model_validate({"layers": {layer.name: state for layer in stage.layers}})
    own = run_spec(strategy="custom", plan=plan.model_dump(), **settings)
    assert strategies.learning_rate(own) == strategies.learning_rate(run_spec(strategy=like, **settings))
    (phase,) = strategies.phases(own, card("tiny_resnet_cifar100").stage_names)
    assert not phase.solved
    assert (phase.head_rate is not None) == (state == "fine_tuned")


def test_an_own_plan_from_the_target_begins_at_the_rate_from_scratch() -> None:
    plan = LayerPlan(stages={"low": "fine_tuned", "top": "reinitialised"}, source="target")
    base, kept = strategies.phases(run_spec(strategy="custom", plan=plan.model_dump()), ("low", "top"))
    assert base.learning_rate == strategies.learning_rate(run_spec(strategy="from_scratch"))
    assert kept.learning_rate == strategies.learning_rate(run_spec(strategy="fine_tune_all"))


def test_an_own_learning_rate_wins() -> None:
    spec = run_spec(strategy="fine_tune_all", optimizer={"learning_rate": 0.5})
    assert strategies.phases(spec, STAGES)[0].learning_rate == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("strategy", "start"),
    [
        ("feature_extraction", "zeros"),
        ("lp_ft", "zeros"),
        ("gradual_unfreezing", "zeros"),
        ("fine_tune_all", "zeros"),
        ("fine_tune_top", "zeros"),
        ("from_scratch", "random"),
    ],
)
def test_a_head_on_pretrained_weights_starts_from_zeros(strategy: str, start: str) -> None:
    spec = run_spec(strategy=strategy)
    assert strategies.head(spec, STAGES).start == start
    chosen = run_spec(strategy=strategy, head={"start": "random"})
    assert strategies.head(chosen, STAGES).start == "random"


def test_a_stage_without_weights_is_worth_no_phase_and_no_step_of_the_rates() -> None:
    stages = card("minilm_l6").stage_names
    learning = stages[:-1]
    unfreezing = run_spec(backbone="minilm_l6", data={"dataset": "sst2"}, strategy="gradual_unfreezing", epochs=8)
    assert [phase.train for phase in strategies.phases(unfreezing, stages)] == [
        tuple(learning[len(learning) - depth :]) for depth in range(8)
    ]
    (layerwise,) = strategies.phases(unfreezing.model_copy(update={"strategy": "layerwise_rates"}), stages)
    assert layerwise.rates["block_6"] == 1
    assert layerwise.rates["embeddings"] == strategies.DECAY**6
