"""Sounds as pictures: the loudness of pitches over time, on the scale on which people hear pitch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

RATE = 8000  # samples per second that are looked at: speech up to 4 kHz
SECONDS = 1.0  # that a picture shows; a longer sound keeps its middle
SIDE = 64  # pitches, and moments
WINDOW, FFT = 256, 512  # samples: 32 ms, and with noughts added twice as many pitches
LOWEST_HZ = 50.0
RANGE_DB = 80.0  # below the loudest spot; what is quieter is black
AT_ONCE = 256  # sounds whose spectra are in memory together


def pictures(sounds: Sequence[np.ndarray]) -> np.ndarray:
    """Log-mel spectrograms, each relative to its own loudest spot.

    Parameters
    ----------
    sounds : each (N,) float in [-1, 1], RATE samples per second, N >= 1

    Returns
    -------
    (len(sounds), SIDE, SIDE, 3) uint8, grey: high pitches on top, time to the right. Silence is black.

    The mel scale is that of Stevens, Volkmann and Newman 1937, in the formula of O'Shaughnessy 1987.
    """
    found = [_pictures(sounds[start : start + AT_ONCE]) for start in range(0, len(sounds), AT_ONCE)]
    return np.concatenate([np.zeros((0, SIDE, SIDE, 3), np.uint8), *found])


def _pictures(sounds: Sequence[np.ndarray]) -> np.ndarray:
    step = int(SECONDS * RATE) // SIDE
    padded = np.stack([_centred(sound, (SIDE - 1) * step + WINDOW) for sound in sounds])
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW, axis=1)[:, ::step]  # (B, SIDE, WINDOW)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW, dtype=np.float32) / WINDOW)
    spectrum = np.abs(np.fft.rfft(frames * hann, FFT)) ** 2  # (B, SIDE, FFT // 2 + 1)
    power = np.einsum("btf,fp->bpt", spectrum, _mel())[:, ::-1]  # a product of matrices would wait for BLAS' threads
    loudest = power.max(axis=(1, 2), keepdims=True)
    decibels = 10 * np.log10(np.maximum(power, 1e-12) / np.maximum(loudest, 1e-12))
    grey = np.where(loudest > 1e-12, np.clip(1 + decibels / RANGE_DB, 0, 1), 0)
    return np.repeat(np.round(255 * grey).astype(np.uint8)[..., None], 3, axis=3)


@cache
def _mel() -> np.ndarray:
    """(FFT // 2 + 1, SIDE) float32: the weight of each frequency in each pitch, triangles of equal width in mel."""
    hertz = np.linspace(0, RATE / 2, FFT // 2 + 1)[:, None]
    edges = np.linspace(_to_mel(LOWEST_HZ), _to_mel(RATE / 2), SIDE + 2)
    low, middle, high = edges[:-2], edges[1:-1], edges[2:]
    mel = _to_mel(hertz)
    weights = np.maximum(0, np.minimum((mel - low) / (middle - low), (high - mel) / (high - middle)))
    weights[0] = 0  # what does not sound
    return weights.astype(np.float32)


def _to_mel(hertz: float | np.ndarray) -> np.ndarray:
    return 1127 * np.log1p(np.asarray(hertz) / 700)


def _centred(sound: np.ndarray, length: int) -> np.ndarray:
    """The middle of a sound, or all of it with silence on both sides, (length,) float32."""
    cut = max(0, len(sound) - length) // 2
    kept = sound[cut : cut + length].astype(np.float32)
    before = (length - len(kept)) // 2
    return np.pad(kept, (before, length - len(kept) - before))
