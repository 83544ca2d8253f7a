"""How a run trains, phase by phase, in words: for the form, the comparison of runs and the model card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tl_core.base.spec import RunSpec
from tl_core.base.wording import many
from tl_core.catalog import card, strategies


def of(spec: RunSpec) -> list[Mapping[str, Any]]:
    """The phases of a run as `strategies.recipe` has them: one that is solved has no learning rate."""
    found: list[Mapping[str, Any]] = strategies.recipe(spec, card(spec.backbone).stage_names)["phases"]
    return found


def words(phases: Iterable[Mapping[str, Any]]) -> str:
    """'linear probe, solved to its optimum; then fine-tune all for 5 epochs at a learning rate of 0.0001'."""
    return "; then ".join(map(_words, phases))


def _words(phase: Mapping[str, Any]) -> str:
    if phase.get("solved"):
        return f"{phase['name']}, solved to its optimum"
    head = f", the new head at {phase['head_rate']:g}" if phase.get("head_rate") else ""
    return (
        f"{phase['name']} for {many(phase['epochs'], 'epoch')} at a learning rate of {phase['learning_rate']:g}{head}"
    )


def rates(spec: RunSpec) -> str:
    """The learning rates of a run's phases: '0.003'; '0.01, 0.0001'; 'none (solved)'."""
    found = dict.fromkeys(f"{phase['learning_rate']:g}" for phase in of(spec) if not phase.get("solved"))
    return ", ".join(found) or "none (solved)"
