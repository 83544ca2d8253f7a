"""Bundled pictures: lossless WebP sheets that anyone can open, with their hashes in `index.json` beside them.

A sheet holds 40 pictures a row, class after class, at 6 bits a channel: 0, 4, 8, … 252. That is well below their
grain, and halves the files.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from tl_core.base.events import RunError

COLUMNS = 40
SIDE = 32
STEP = 4  # between two levels of a channel


def coarse(images: np.ndarray) -> np.ndarray:
    """uint8 of any shape -> the nearest of the 64 levels that a sheet keeps."""
    return (np.minimum((images.astype(np.int16) + STEP // 2) // STEP, 63) * STEP).astype(np.uint8)


def write(folder: Path, classes: tuple[str, ...], parts: dict[str, np.ndarray]) -> int:
    """Store each part's pictures, (N, 32, 32, 3) uint8, class after class, as many of each; return the bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    entries, size = {}, 0
    for part, images in parts.items():
        rows = coarse(images).reshape(-1, COLUMNS, SIDE, SIDE, 3).swapaxes(1, 2)
        content = io.BytesIO()
        Image.fromarray(rows.reshape(-1, COLUMNS * SIDE, 3)).save(
            content, "WEBP", lossless=True, quality=100, method=6, exact=True
        )
        (folder / f"{part}.webp").write_bytes(content.getvalue())
        entries[part] = {"pictures": len(images), "sha256": hashlib.sha256(content.getvalue()).hexdigest()}
        size += len(content.getvalue())
    index = {"classes": classes, "side": SIDE, "columns": COLUMNS, "parts": entries}
    (folder / "index.json").write_text(json.dumps(index, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return size


def read(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """A part's images, (N, 32, 32, 3) uint8, and labels, (N,) int32.

    Raises
    ------
    RunError
        When the file is missing, or its SHA-256 is not the one in index.json.
    """
    file = folder / f"{part}.webp"
    try:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        digest, classes = index["parts"][part]["sha256"], len(index["classes"])
        content = file.read_bytes()
    except FileNotFoundError as error:
        missing = Path(error.filename)
        raise RunError(
            f"The bundled file {missing.parent.name}/{missing.name} is missing: copy it again from where this app "
            "came from."
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder / "index.json") from error
    if hashlib.sha256(content).hexdigest() != digest:
        raise _damaged(file)
    try:
        sheet = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    except UnidentifiedImageError as error:  # whole, and yet no picture to this Pillow
        raise RunError(f"{file.name} cannot be opened: Pillow lacks WebP here. Install Pillow anew.") from error
    images = sheet.reshape(-1, SIDE, COLUMNS, SIDE, 3).swapaxes(1, 2).reshape(-1, SIDE, SIDE, 3)
    return images, np.repeat(np.arange(classes, dtype=np.int32), len(images) // classes)


def _damaged(file: Path) -> RunError:
    return RunError(
        f"The bundled file {file.parent.name}/{file.name} is damaged (its hash is not the one it was made with): copy "
        "it again from where this app came from."
    )
