"""(b) Images per second through the frozen prefix, against every engine that is installed."""
from __future__ import annotations

from pathlib import Path

from tl_core.bench.measure import Report, Skipped, contend, more

TITLE = "Images per second through the frozen prefix at 96 px"
BACKBONES = ("mobilenet_075", "mobilenet_v2_100", "resnet50", "efficientnet_b0")
PEERS = {"keras": {}, "keras_torch": {"KERAS_BACKEND": "torch"}, "onnxruntime": {}, "openvino": {}}


def run(quick: bool, home: Path) -> Report:
    rows, left_out = [], {}
    for backbone in BACKBONES[:1] if quick else BACKBONES:
        images = 64 if quick else 256
        ours = contend("prefix", home, "ours", backbone, images)["images_per_s"]
        for peer, environment in PEERS.items():
            try:
                theirs = contend("prefix", home, peer, backbone, images, **environment)["images_per_s"]
            except Skipped as reason:
                left_out[peer] = str(reason)
                continue
            except RuntimeError as error:  # what a peer cannot do is no reason to lose the others
                left_out[f"{peer} {backbone}"] = f"{peer} broke off on {backbone}: {str(error).splitlines()[-1]}"
                continue
            rows.append(more(f"b {backbone}, against {peer}", ours, theirs, "images/s"))
    return Report(rows, list(left_out.values()))
