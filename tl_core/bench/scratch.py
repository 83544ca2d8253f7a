"""(c) Training from scratch, against the same network in PyTorch with channels last."""

from __future__ import annotations

from pathlib import Path

from tl_core.bench.measure import Report, Skipped, contend, more

TITLE = "Training images per second of tiny_resnet from scratch, batches of 32"


def run(quick: bool, home: Path) -> Report:
    steps = 10 if quick else 60
    ours = contend("scratch", home, "ours", steps)["images_per_s"]
    rows, left_out = [], []
    for peer in ("keras_fit", "torch"):
        try:
            rows.append(
                more(f"c against {peer}", ours, contend("scratch", home, peer, steps)["images_per_s"], "images/s")
            )
        except Skipped as reason:
            left_out.append(str(reason))
    return Report(rows, left_out)
