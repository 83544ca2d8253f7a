"""The picture of the network: what is frozen, fine-tuned or re-initialised, for every stage and every layer."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from pages.shared.race import form, layer_table
from pages.shared.widgets.widget_values import default, key, set_value, value_of
from tl_core.base.settings import ASSETS
from tl_core.base.spec import LayerPlan, SpecError, State
from tl_core.base.wording import count
from tl_core.catalog import BACKBONES, STRATEGIES, Card, card, dataset
from tl_core.races import phases, plans
from tl_core.races.plans import StageBlock
from tl_core.races.race import Race

KEY = "freeze_map"
VIEW = "freeze_map_view"

_PICTURE = st.components.v2.component(
    "transfer_lab_freeze_map",
    html='<div class="map"></div>\n',
    css=(ASSETS / "freeze_map.css").read_text(encoding="utf-8"),
    js=(ASSETS / "freeze_map.js").read_text(encoding="utf-8"),
)


def draw(race: Race) -> None:
    """Show the plan of one arm of the race; any change makes it the arm "My freeze plan"."""
    st.header("Freeze plan", anchor=False)
    st.markdown(
        f"{BACKBONES[race.backbone].title}, stage by stage: the {BACKBONES[race.backbone].takes.one} enters at the "
        "bottom, the head sits on top. "
        "Press a stage to change what happens to it: your plan joins the race."
    )
    arm = _view(race)
    plan = shown_plan(race, arm)
    _presets(race)
    _PICTURE(key=KEY, data=_picture(race, plan), on_toggled_change=_on_toggled)
    st.caption(_phases(race, arm))
    if st.toggle("Set single layers", key="layers_open"):
        layer_table.draw(race, plan, set_layers)


def shown_plan(race: Race, arm: str) -> LayerPlan:
    """The plan that the picture shows for an arm."""
    if arm == "custom" and race.plan is not None:
        return race.plan
    return STRATEGIES[arm].plan(card(race.backbone).stage_names)


def _view(race: Race) -> str:
    options = [arm for arm in race.arms if arm != "custom"] + (["custom"] if race.plan is not None else [])
    options = options or ["feature_extraction"]
    usual = "feature_extraction" if "feature_extraction" in options else options[-1]
    set_value(VIEW, viewed() if viewed() in options else usual)
    chosen: str = st.pills(
        "Show the plan of",
        options,
        default=default(VIEW),
        key=key(VIEW),
        required=True,
        wrap=True,
        format_func=lambda arm: STRATEGIES[arm].title,
    )
    return chosen


def viewed() -> str:
    """The arm whose plan the picture shows."""
    arm: str = value_of(VIEW, "")
    return arm


def _presets(race: Race) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("Set my plan to", width="content")
        for name, label in plans.PRESETS.items():
            st.button(label, key=f"preset_{name}", on_click=_on_preset, args=(name,), type="secondary")


def change_plan(plan: LayerPlan) -> None:
    """Make `plan` the student's own, let it race, and show it."""
    race = form.current()
    arms = race.arms if "custom" in race.arms else (*race.arms, "custom")
    form.set_race(race.model_copy(update={"plan": plan, "arms": arms}))
    set_value(VIEW, "custom")


def _on_preset(name: str) -> None:
    change_plan(plans.preset(name, card(form.current().backbone).stage_names))


def _on_toggled() -> None:
    set_stages(dict(st.session_state[KEY].toggled or {}))


def set_stages(states: dict[str, State]) -> None:
    """What a press on the picture does: `states` holds every stage's state after it."""
    race = form.current()
    change_plan(plans.with_stages(shown_plan(race, viewed()), card(race.backbone), states))


def set_layers(states: dict[str, State]) -> None:
    """What an edit of the table does: these layers get a state of their own."""
    race = form.current()
    change_plan(plans.with_layers(shown_plan(race, viewed()), card(race.backbone), states))


def _picture(race: Race, plan: LayerPlan) -> dict[str, Any]:
    network = card(race.backbone)
    classes = len(race.shared.data.classes or dataset(race.dataset).classes)
    blocks = plans.blocks(plan, network)
    takes = BACKBONES[race.backbone].takes
    facts = ", ".join(filter(None, (takes.of_size(race.shared.image_size), takes.channels)))
    head = form.WORDS[race.shared.head.kind]
    return {
        "stages": [_stage(block, network, race.shared.image_size) for block in blocks],
        "head": {"name": "New head", "facts": f"{head} → {classes} classes · always trains"},
        "input": {"name": takes.one.capitalize(), "facts": facts},
    }


def _stage(block: StageBlock, network: Card, image_size: int) -> dict[str, Any]:
    """A stage in the picture: as wide as it has places in a row, as thick as it has channels (on a log scale)."""
    shape = plans.output_shape(block, network, image_size)
    relative = math.log2(1 + (shape[0] if len(shape) > 1 else 1)) / math.log2(1 + image_size)
    return {
        "name": block.name,
        "label": plans.stage_label(block.name),
        "state": block.state,
        "layers": block.layers,
        "params": count(block.params),
        "shape": "×".join(map(str, shape)),
        "exceptions": block.exceptions,
        "side": round(100 * relative),
        "depth": round(10 + 3.2 * math.log2(shape[-1])),
    }


def _phases(race: Race, arm: str) -> str:
    """How an arm trains, phase by phase."""
    try:
        spec = race.model_copy(update={"arms": (arm,)}).specs()[0]
    except SpecError:
        return STRATEGIES[arm].summary
    return f"{STRATEGIES[arm].summary} It trains: {phases.words(phases.recipe(spec)['phases'])}."
