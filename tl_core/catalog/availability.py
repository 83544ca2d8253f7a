"""What is here, what needs a download, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tl_core.base.settings import ASSETS, keras_home
from tl_core.catalog.backbones import BACKBONES
from tl_core.catalog.datasets import Dataset, dataset, day
from tl_core.uploads import stored


@dataclass(frozen=True)
class Availability:
    """Whether a thing can be used now. `sentence` says it in words."""

    kind: Literal["bundled", "local", "download", "none"]
    megabytes: float
    sentence: str


def dataset_folder(entry: Dataset) -> Path:
    return keras_home() / entry.folder


def dataset_availability(name: str) -> Availability:
    """Whether a data set is bundled, on this machine, or has to be downloaded first."""
    entry = dataset(name)
    if entry.own:
        return _own_availability(name)
    if not entry.folder:
        return Availability("bundled", 0.0, "Always there: it comes with the app.")
    if dataset_folder(entry).exists():
        return Availability("local", 0.0, "On this machine.")
    return Availability("download", entry.download_mb, f"Needs a download of {entry.download_mb:.0f} MB, once.")


def _own_availability(name: str) -> Availability:
    manifest = stored.find(name)
    if manifest is None or manifest.gone:
        return Availability("none", 0.0, "Deleted.")
    return Availability("local", 0.0, f"Your own, on this server until {day(manifest.expires_at)}.")


def weights_path(name: str) -> Path:
    """Where the pretrained weights of a backbone lie or will lie."""
    entry = BACKBONES[name]
    return (keras_home() / "models" if entry.weights_url else ASSETS / "weights") / entry.weights_file


def backbone_availability(name: str) -> Availability:
    """Whether the pretrained weights come with the app, are on this machine, need a download, or are missing."""
    entry, path = BACKBONES[name], weights_path(name)
    if not entry.weights_url:
        if path.is_file():
            return Availability("bundled", 0.0, "Weights come with the app.")
        return Availability("none", 0.0, f"Its weights are missing here ({path.name}): it can only train from scratch.")
    if path.is_file():
        return Availability("local", 0.0, "Weights are on this machine.")
    return Availability("download", entry.download_mb, f"Weights need a download of {entry.download_mb:.0f} MB, once.")
