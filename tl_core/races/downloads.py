"""What has to be downloaded before a race can run."""

from __future__ import annotations

from tl_core.catalog import BACKBONES, STRATEGIES, dataset
from tl_core.catalog.availability import backbone_availability, dataset_availability
from tl_core.races.race import Race


def sentences(race: Race) -> list[str]:
    """What has to be downloaded before this race can run, one sentence each."""
    found = []
    data = dataset_availability(race.dataset)
    if data.kind == "download":
        found.append(f"{dataset(race.dataset).title}: {data.megabytes:.0f} MB for every arm, once.")
    weights = backbone_availability(race.backbone)
    arms = [STRATEGIES[arm].title for arm in race.arms if _needs_weights(race, arm)]
    if weights.kind == "download" and arms:
        found.append(
            f"Weights of {BACKBONES[race.backbone].title}: {weights.megabytes:.0f} MB, once, for {', '.join(arms)}."
        )
    return found


def _needs_weights(race: Race, arm: str) -> bool:
    """Whether an arm starts from pretrained weights."""
    if arm != "custom":
        return STRATEGIES[arm].needs_weights
    if race.plan is not None and race.plan.source == "target":
        return False
    return race.plan is None or any(state != "reinitialised" for state in race.plan.stages.values())
