"""One file per run, replaced atomically at every epoch's end: nothing half-written is ever read."""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tl_core.base import files

FILE = "checkpoint.npz"
BEST = "best"  # the folder of the best epoch's, with early stopping


@dataclass
class Position:
    """Where a run stands. `epoch` counts over all phases; `phase_epoch` within this one. Times in seconds."""

    phase: int = 0
    phase_epoch: int = 0
    epoch: float = 0.0
    step: int = 0
    images: int = 0
    elapsed_s: float = 0.0
    prefix_s: float = 0.0
    train_s: float = 0.0
    prefix_images: int = 0
    phase_started_s: float = 0.0
    val_losses: list[float] = field(default_factory=list)  # of this phase
    early_stopped: bool = False


def save(folder: Path, position: Position, arrays: dict[str, list[np.ndarray]]) -> None:
    """Write position and arrays ({"model": […], "optimizer": […], …})."""
    folder.mkdir(parents=True, exist_ok=True)
    flat = {f"{group}/{i}": array for group, rows in arrays.items() for i, array in enumerate(rows)}
    content: dict[str, Any] = {"position": np.array(json.dumps(asdict(position))), **flat}
    with files.replacing(folder / FILE) as file:
        np.savez(file, **content)


def load(folder: Path) -> tuple[Position, dict[str, list[np.ndarray]]] | None:
    """The last checkpoint, or None when there is none that can be read."""
    try:
        with np.load(folder / FILE) as content:
            position = Position(**json.loads(str(content["position"])))
            arrays: dict[str, list[np.ndarray]] = {}
            for name in content.files:
                group, _, _ = name.partition("/")
                if group != "position":
                    arrays.setdefault(group, []).append(content[name])
    except (FileNotFoundError, zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError, OSError):
        return None
    return position, arrays


def size(folder: Path) -> int:
    """Bytes of all checkpoints of a run: the last one, and where it stopped early the best one."""
    return sum(path.stat().st_size for path in _files(folder))


def remove(folder: Path) -> None:
    """Delete all checkpoints of a run; what it said of its test images stays."""
    for path in _files(folder):
        path.unlink(missing_ok=True)


def _files(folder: Path) -> list[Path]:
    return [path for path in (folder / FILE, folder / BEST / FILE) if path.exists()]
