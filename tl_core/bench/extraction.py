"""(a) Feature extraction against the recipe of the Keras guide: the frozen base inside fit."""

from __future__ import annotations

from pathlib import Path

from tl_core.bench.measure import Report, contend, faster

TITLE = "Feature extraction against the recipe of the Keras guide (keras.io/guides/transfer_learning)"


def run(quick: bool, home: Path) -> Report:
    size = (20, 2) if quick else (200, 10)  # images per class, epochs
    ours = contend("extraction_ours", home, *size)
    recipe = contend("extraction_recipe", home, *size)
    passed = 1.25 * ours["bare_pass_s"] + 1.0
    what = f"a {size[0] * 10:,} images, {size[1]} epochs"
    rows = [
        faster(f"{what}, cold, against the recipe", ours["cold_s"], recipe["seconds"]),
        faster(f"{what}, warm, against the recipe", ours["warm_s"], recipe["seconds"]),
        faster(f"{what}, cold, against 1.25 bare passes and 1 s", ours["cold_s"], passed),
        faster(f"{what}, in a process that has rehearsed nothing", ours["unrehearsed_s"], recipe["seconds"]),
        faster(f"{what}, test error", 1 - ours["accuracy"], 1 - recipe["accuracy"], "share"),
    ]
    return Report(rows, [])
