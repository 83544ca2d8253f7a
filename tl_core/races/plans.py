"""Freeze plans as the student edits them: every function takes a plan and gives a new one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from tl_core.base.spec import LayerPlan, State
from tl_core.base.wording import many
from tl_core.catalog import Card
from tl_core.catalog.strategies import top_stages

STATES: tuple[State, ...] = ("frozen", "fine_tuned", "reinitialised")
WORDS: dict[State, str] = {"frozen": "Frozen", "fine_tuned": "Fine-tuned", "reinitialised": "Re-initialised"}
LETTERS: dict[State, str] = {"frozen": "f", "fine_tuned": "t", "reinitialised": "r"}

PRESETS: dict[str, str] = {
    "all_frozen": "All frozen",
    "top_stage": "Top stage",
    "top_third": "Top third",
    "all_fine_tuned": "All fine-tuned",
    "all_reinitialised": "All re-initialised",
}


class StageBlock(NamedTuple):
    """One stage as the picture draws it. `output_shape` is as on the card; `exceptions` counts single-layer ones."""

    name: str
    state: State
    layers: int
    params: int
    output_shape: tuple[int, ...]
    exceptions: int


def stage_label(name: str) -> str:
    """A stage's name for reading: 'blocks_9_11' → 'blocks 9–11'."""
    return re.sub(r"(\d)_(\d)", r"\1–\2", name).replace("_", " ")


def following(state: State) -> State:
    """The state after this one when a block is clicked."""
    return STATES[(STATES.index(state) + 1) % len(STATES)]


def preset(name: str, stages: Sequence[str]) -> LayerPlan:
    """The plan behind one of PRESETS, for stages listed bottom up."""
    whole: dict[str, State] = {
        "all_frozen": "frozen",
        "all_fine_tuned": "fine_tuned",
        "all_reinitialised": "reinitialised",
    }
    if name in whole:
        return LayerPlan(stages=dict.fromkeys(stages, whole[name]))
    top = (stages[-1],) if name == "top_stage" else top_stages(stages)
    return LayerPlan(stages={stage: "fine_tuned" if stage in top else "frozen" for stage in stages})


def with_stage(plan: LayerPlan, network: Card, stage: str, state: State) -> LayerPlan:
    """The plan with one stage in another state; exceptions inside that stage end."""
    inside = {layer.name for found in network.stages if found.name == stage for layer in found.layers}
    return plan.model_copy(
        update={
            "stages": {**plan.stages, stage: state},
            "layers": {name: value for name, value in plan.layers.items() if name not in inside},
        }
    )


def with_stages(plan: LayerPlan, network: Card, states: Mapping[str, State]) -> LayerPlan:
    """The plan with these stages in these states; stages that keep theirs keep their exceptions."""
    for stage, state in states.items():
        if stage in network.stage_names and plan.stages.get(stage, "frozen") != state:
            plan = with_stage(plan, network, stage, state)
    return plan


def with_layers(plan: LayerPlan, network: Card, states: Mapping[str, State]) -> LayerPlan:
    """The plan with single layers in a state of their own; one that equals its stage's is no exception."""
    stage_of = {layer.name: stage.name for stage in network.stages for layer in stage.layers}
    merged = {**plan.layers, **states}
    return plan.model_copy(
        update={
            "layers": {
                name: state
                for name, state in merged.items()
                if name in stage_of and state != plan.stages.get(stage_of[name], "frozen")
            }
        }
    )


def layer_states(plan: LayerPlan, network: Card) -> dict[str, State]:
    """The state of every single layer."""
    return {
        layer.name: plan.layers.get(layer.name, plan.stages.get(stage.name, "frozen"))
        for stage in network.stages
        for layer in stage.layers
    }


def blocks(plan: LayerPlan, network: Card) -> list[StageBlock]:
    """The picture of a plan, bottom up."""
    return [
        StageBlock(
            stage.name,
            plan.stages.get(stage.name, "frozen"),
            len(stage.layers),
            stage.params,
            stage.output_shape,
            sum(layer.name in plan.layers for layer in stage.layers),
        )
        for stage in network.stages
    ]


def output_shape(block: StageBlock, network: Card, image_size: int) -> tuple[int, ...]:
    """(H, W, C) of a stage's output for images of this size, and likewise of other modalities."""
    return network.shape_at(block.output_shape, image_size)


def words(plan: LayerPlan, stages: Sequence[str]) -> str:
    """A plan for reading, stages bottom up: 'stem to stage2 frozen, stage3 fine-tuned, 1 single layer otherwise'."""
    runs = [(state, list(group)) for state, group in groupby(stages, lambda stage: plan.stages.get(stage, "frozen"))]
    said = [f"{_span(group)} {WORDS[state].lower()}" for state, group in runs]
    if len(runs) == 1:
        said = [f"all {WORDS[runs[0][0]].lower()}"]
    if plan.layers:
        said.append(f"{many(len(plan.layers), 'single layer')} otherwise")
    if plan.source == "target":
        said.append("weights from the target itself")
    return ", ".join(said)


def _span(stages: Sequence[str]) -> str:
    return " to ".join(stage_label(stage) for stage in dict.fromkeys((stages[0], stages[-1])))


def encode(plan: LayerPlan, stages: Sequence[str]) -> str:
    """A plan as short text for an address: a letter a stage bottom up, then `~layer:letter` for exceptions.

    A capital at the start: the weights come from the target itself.
    """
    letters = "".join(LETTERS[plan.stages.get(stage, "frozen")] for stage in stages)
    letters = letters.capitalize() if plan.source == "target" else letters
    return letters + "".join(f"~{name}:{LETTERS[state]}" for name, state in sorted(plan.layers.items()))


def decode(text: str, network: Card) -> LayerPlan | None:
    """The plan that `encode` wrote; None when the text is not one for this network."""
    states = {letter: state for state, letter in LETTERS.items()}
    first, *exceptions = text.split("~")
    letters = first.lower()
    names = network.stage_names
    pairs = [part.rpartition(":")[::2] for part in exceptions]
    known = {layer.name for stage in network.stages for layer in stage.layers}
    if len(letters) != len(names) or not set(letters) <= set(states):
        return None
    if not all(name in known and letter in states for name, letter in pairs):
        return None
    plan = LayerPlan(
        stages={name: states[letter] for name, letter in zip(names, letters, strict=True)},
        source="target" if first[:1].isupper() else "backbone",
    )
    return with_layers(plan, network, {name: states[letter] for name, letter in pairs})
