"""(b) Images per second through the frozen prefix, against every engine that is installed."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

from tl_core.bench.measure import Report, Skipped, contend, more

TITLE = "Images per second through the frozen prefix at 96 px"
BACKBONES = ("mobilenet_075", "mobilenet_v2_100", "resnet50", "efficientnet_b0")
PEERS: dict[str, dict[str, str]] = {
    "keras": {},
    "keras_torch": {"KERAS_BACKEND": "torch"},
    "onnxruntime": {},
    "openvino": {},
}
ROUNDS = 2  # the same contender is a few per cent faster or slower each time its process starts


def run(quick: bool, home: Path) -> Report:
    rows, left_out = [], {}
    for backbone in BACKBONES[:1] if quick else BACKBONES:
        rates: dict[str, list[float]] = {}
        for engine in ["ours", *(peer for peer in PEERS if peer not in left_out)] * (1 if quick else ROUNDS):
            try:
                found = contend("prefix", home, engine, backbone, 64 if quick else 256, **PEERS.get(engine, {}))
            except Skipped as reason:
                left_out[engine] = str(reason)
            except RuntimeError as error:  # what a peer cannot do is no reason to lose the others
                if engine == "ours":
                    raise
                left_out[f"{engine} {backbone}"] = f"{engine} broke off on {backbone}: {str(error).splitlines()[-1]}"
            else:
                rates.setdefault(engine, []).append(found["images_per_s"])
        ours = mean(rates.pop("ours"))
        for peer, theirs in rates.items():
            rows.append(more(f"b {backbone}, against {peer}", ours, mean(theirs), "images/s"))
    return Report(rows, list(left_out.values()))
