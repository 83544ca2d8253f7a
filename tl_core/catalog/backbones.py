"""BACKBONES: every network that can be transferred, as `backbones.toml` lists them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tl_core.catalog.modalities import MODALITIES, Modality

IMAGENET = "ImageNet-1k (ILSVRC 2012): 1.28 million photographs in 1,000 classes"


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """One pretrained network without its head.

    `builder` is the function's name in keras.applications (module "" : one of ours, tl_core.ml.network.<builder>),
    and `module`'s own preprocess_input is always used. It takes examples of its `modality`. Sizes are side lengths in
    pixels, or as the modality counts them: `min_size` is the smallest that the function takes, `max_size` the largest,
    `default_size` what the form proposes, a laptop's compromise below the size of pretraining (224; 299 for Inception
    and Xception).

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
    modality: str = "pictures"
    min_size: int = 32
    max_size: int = 1024
    default_size: int = 96
    weights_url: str = ""  # "": bundled
    weights_file: str = ""  # below $KERAS_HOME/models; of ours: below assets/weights, its hash on the card beside it
    weights_hash: str = ""
    tokenizer_url: str = ""  # of a backbone for sentences: how it reads them, kept beside its weights
    tokenizer_hash: str = ""
    source_task: str = IMAGENET
    source_top1: float | None = None  # published top-1 accuracy on the source task, in [0, 1]
    source_top1_from: str = ""  # where it is published
    kwargs: dict[str, Any] = field(default_factory=dict)

    @property
    def takes(self) -> Modality:
        return MODALITIES[self.modality]

    def wrong_size(self, size: int) -> str:
        """Why it cannot take examples of this size, in two sentences; "" when it can."""
        if self.min_size <= size <= self.max_size:
            return ""
        small = size < self.min_size
        bound, limit, other = ("at least", self.min_size, "larger") if small else ("at most", self.max_size, "smaller")
        return (
            f"{self.title} needs {self.takes.many} of {bound} {self.takes.of_size(limit)}; the size was {size}. "
            f"Choose a {other} {self.takes.size} or another backbone."
        )


def _read() -> dict[str, Backbone]:
    tables = tomllib.loads((Path(__file__).parent / "backbones.toml").read_text(encoding="utf-8"))
    return {
        name: Backbone(**{"weights_file": table.get("weights_url", "").rsplit("/", 1)[-1], **table})
        for name, table in tables.items()
    }


BACKBONES: dict[str, Backbone] = _read()
