"""How a run trains, phase by phase, in words: for the form, the comparison of runs and the model card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tl_core.base.spec import RunSpec
from tl_core.base.wording import many
from tl_core.catalog import card, strategies


def recipe(spec: RunSpec) -> dict[str, Any]:
    """What the automatic settings of a run come to today; a run that has finished says so itself, in its summary."""
    return strategies.recipe(spec, card(spec.backbone).stage_names)


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


def rates(phases: Iterable[Mapping[str, Any]]) -> str:
    """The learning rates of these phases: '0.003'; '0.01, 0.0001'; 'none (solved)'."""
    found = dict.fromkeys(f"{phase['learning_rate']:g}" for phase in phases if not phase.get("solved"))
    return ", ".join(found) or "none (solved)"
