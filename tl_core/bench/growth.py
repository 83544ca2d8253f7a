"""(g) How the cost of a run grows: with images, with epochs, and with how much of the network trains."""

from __future__ import annotations

from pathlib import Path

from tl_core.bench.measure import Report, contend, faster

TITLE = "How cost grows: ours is the larger run, peer the smaller one, both with nothing cached"


def run(quick: bool, home: Path) -> Report:
    least = 10 if quick else 50
    base = {"per_class": least, "epochs": 2, "strategy": "feature_extraction"}
    steps: list[tuple[str, dict[str, object]]] = [
        ("twice the images", {"per_class": 2 * least}),
        ("four times the images", {"per_class": 4 * least}),
        ("ten times the epochs", {"epochs": 20}),
        ("the top stages train", {"strategy": "fine_tune_top"}),
        ("all of it trains", {"strategy": "fine_tune_all"}),
    ]
    seconds = contend("growth", home, *[f"{k}={v}" for k, v in base.items()])["seconds"]
    rows = []
    for name, change in steps[: 2 if quick else None]:
        found = contend("growth", home, *[f"{k}={v}" for k, v in (base | change).items()])["seconds"]
        rows.append(faster(f"g {name}", found, seconds))
    return Report(rows, [])
