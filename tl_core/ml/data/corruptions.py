"""Pictures changed on purpose: noise, blur and the like, from severity 1 to 5 (`tl_core.catalog.shifts`)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, sobel

from tl_core.base.spec import ShiftKind
from tl_core.catalog.shifts import SHIFTS


def _noise(picture: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
    return picture + rng.normal(scale=deviation, size=picture.shape)


def _blur(picture: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
    blurred: np.ndarray = gaussian_filter(picture, (deviation, deviation, 0), mode="nearest")
    return blurred


def _contrast(picture: np.ndarray, left: float, rng: np.random.Generator) -> np.ndarray:
    mean = picture.mean(axis=(0, 1))
    return mean + left * (picture - mean)


def _pixelated(picture: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    height, width = picture.shape[:2]
    smaller = (max(1, int(width * share)), max(1, int(height * share)))
    whole = Image.fromarray(np.rint(255 * picture).astype(np.uint8))
    boxes = whole.resize(smaller, Image.Resampling.BOX).resize((width, height), Image.Resampling.BOX)
    return np.asarray(boxes) / 255


def _inverted(picture: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    return 1 - picture if rng.random() < share else picture


def _outlines(picture: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Edges by Sobel's operator, in the channel where they are strongest; the strongest of the picture is black."""
    edges = np.hypot(sobel(picture, axis=0), sobel(picture, axis=1)).max(axis=2, keepdims=True)
    return (1 - share) * picture + share * (1 - edges / max(edges.max(), 1e-9))


CHANGES: dict[ShiftKind, Callable[[np.ndarray, float, np.random.Generator], np.ndarray]] = {
    "noise": _noise,
    "blur": _blur,
    "contrast": _contrast,
    "pixelated": _pixelated,
    "inverted": _inverted,
    "outlines": _outlines,
}  # (picture (H, W, 3) float64 [0, 1], strength, rng) → (H, W, 3) float64, clipped to [0, 1] afterwards


def shifted(images: np.ndarray, kind: ShiftKind, severity: int, seed: int = 0) -> np.ndarray:
    """Pictures changed in one way, as new ones.

    Parameters
    ----------
    images : (N, H, W, 3) uint8 [0, 255]; they stay as they are
    severity : 1 … 5
    seed : of noise, and of which pictures are inverted; a picture's share in it depends on its place alone, and with
        the same seed, a higher severity is more of the same change

    Returns (N, H, W, 3) uint8. Hendrycks and Dietterich 2019, "Benchmarking Neural Network Robustness to Common
    Corruptions and Perturbations" (arXiv:1903.12261), from where SHIFTS says so.
    """
    strength, change = SHIFTS[kind].strength(severity, images.shape[1]), CHANGES[kind]
    found = np.empty_like(images)
    for place, picture in enumerate(images):
        changed = change(picture / 255, strength, np.random.default_rng([seed, place]))
        found[place] = np.rint(255 * np.clip(changed, 0, 1))
    return found
