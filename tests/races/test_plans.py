import pytest
from hypothesis import given
from hypothesis import strategies as some

from tl_core.base.spec import LayerPlan
from tl_core.catalog import BACKBONES, card
from tl_core.catalog.strategies import top_stages
from tl_core.races import plans

NETWORK = card("mobilenet_025")
STAGES = NETWORK.stage_names
LAYERS = [layer.name for stage in NETWORK.stages for layer in stage.layers]
STATE = some.sampled_from(plans.STATES)
PLANS = some.builds(
    lambda states, singles, source: plans.with_layers(
        LayerPlan(stages=dict(zip(STAGES, states, strict=True)), layers={}, source=source), NETWORK, singles
    ),
    some.lists(STATE, min_size=len(STAGES), max_size=len(STAGES)),
    some.dictionaries(some.sampled_from(LAYERS), STATE, max_size=4),
    some.sampled_from(["backbone", "target"]),
)


@given(PLANS)
def test_a_plan_survives_the_address(plan):
    assert plans.decode(plans.encode(plan, STAGES), NETWORK) == plan


@given(some.text(max_size=20))
def test_any_text_is_a_plan_or_none(text):
    found = plans.decode(text, NETWORK)
    assert found is None or set(found.stages) == set(STAGES)


@given(PLANS, some.sampled_from(LAYERS), STATE)
def test_a_layer_like_its_stage_is_no_exception(plan, layer, state):
    stage = next(stage.name for stage in NETWORK.stages for found in stage.layers if found.name == layer)
    changed = plans.with_layers(plan, NETWORK, {layer: state})
    assert changed.layers.get(layer, changed.stages[stage]) == state
    assert (layer in changed.layers) == (state != plan.stages[stage])


@given(PLANS, some.sampled_from(STAGES), STATE)
def test_a_new_state_of_a_stage_ends_its_exceptions_and_no_others(plan, stage, state):
    inside = {layer.name for found in NETWORK.stages if found.name == stage for layer in found.layers}
    changed = plans.with_stage(plan, NETWORK, stage, state)
    assert changed.stages == plan.stages | {stage: state}
    assert changed.layers == {name: kept for name, kept in plan.layers.items() if name not in inside}
    assert plans.with_stages(plan, NETWORK, plan.stages) == plan


def test_a_plan_is_said_in_words_bottom_up():
    assert plans.words(plans.preset("all_reinitialised", STAGES), STAGES) == "all re-initialised"
    first, *middle, last = map(plans.stage_label, STAGES)
    top = plans.preset("top_stage", STAGES)
    assert plans.words(top, STAGES) == f"{first} to {middle[-1]} frozen, {last} fine-tuned"
    changed = plans.with_layers(top, NETWORK, {LAYERS[0]: "fine_tuned"}).model_copy(update={"source": "target"})
    assert plans.words(changed, STAGES).endswith("fine-tuned, 1 single layer otherwise, weights from the target itself")


def test_pressing_three_times_leads_back():
    for state in plans.STATES:
        assert plans.following(plans.following(plans.following(state))) == state


def test_presets():
    assert set(plans.preset("all_frozen", STAGES).stages.values()) == {"frozen"}
    assert plans.preset("top_stage", STAGES).stages[STAGES[-1]] == "fine_tuned"
    third = plans.preset("top_third", STAGES).stages
    assert {stage for stage, state in third.items() if state == "fine_tuned"} == set(top_stages(STAGES))


@pytest.mark.parametrize("backbone", BACKBONES)
def test_blocks_cover_every_parameter_of_every_backbone(backbone):
    network = card(backbone)
    blocks = plans.blocks(plans.preset("all_frozen", network.stage_names), network)
    assert sum(block.params for block in blocks) == network.params
    assert all(min(plans.output_shape(block, network, 96)) >= 1 for block in blocks)


def test_stage_labels():
    assert plans.stage_label("blocks_9_11") == "blocks 9–11"
    assert plans.stage_label("stem") == "stem"
