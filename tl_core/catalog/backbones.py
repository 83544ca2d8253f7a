"""BACKBONES: every network that can be transferred, as `backbones.toml` lists them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

IMAGENET = "ImageNet-1k (ILSVRC 2012): 1.28 million photographs in 1,000 classes"


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """One pretrained network without its head.

    `builder` is the function's name in keras.applications (module "" : one of ours, tl_core.ml.network.<builder>),
    and `module`'s own preprocess_input is always used. Sizes are side lengths in pixels: `min_size` is the
    smallest that the function takes, `default_size` what the form proposes, a laptop's compromise below the
    size of pretraining (224; 299 for Inception and Xception).

    `stages` maps each stage, bottom up, to the canonical name of its last layer (`tl_core.ml.network.models`),
    where a single tensor crosses the graph. Padding, rescaling and normalisation of the input belong to the
    first stage.

    `weights_file` holds the network without its top: Keras' own name for it, the URL's last part unless said.
    `weights_hash` is the file's MD5 or SHA-256 where keras.applications names one. `download_mb` (10^6 bytes) is the
    file's size where the file was at hand (MobileNet 0.25 and 0.75, MobileNetV2 0.35), else parameters × 4 bytes;
    HDF5 adds some 0.1 to 1 MB.
    """

    title: str
    family: str
    builder: str
    stages: dict[str, str]
    download_mb: float
    licence: str
    paper: str
    paper_url: str
    module: str = ""
    min_size: int = 32
    default_size: int = 96
    weights_url: str = ""  # "": bundled
    weights_file: str = ""  # below $KERAS_HOME/models; of ours: below assets/weights, its hash on the card beside it
    weights_hash: str = ""
    source_task: str = IMAGENET
    source_top1: float | None = None  # published top-1 accuracy on the source task, in [0, 1]
    source_top1_from: str = ""  # where it is published
    kwargs: dict[str, Any] = field(default_factory=dict)


def _read() -> dict[str, Backbone]:
    tables = tomllib.loads((Path(__file__).parent / "backbones.toml").read_text(encoding="utf-8"))
    return {
        name: Backbone(**{"weights_file": table.get("weights_url", "").rsplit("/", 1)[-1], **table})
        for name, table in tables.items()
    }


BACKBONES: dict[str, Backbone] = _read()
