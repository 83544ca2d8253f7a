"""Sounds as pictures: the loudness of pitches over time, on the scale on which people hear pitch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

RATE = 8000  # samples per second that are looked at: speech up to 4 kHz
SECONDS = 1.0  # that a picture shows; a longer sound keeps its middle
SIDE = 64  # pitches, and moments
WINDOW, FFT = 256, 512  # samples: 32 ms, and with noughts added twice as many pitches
LOWEST_HZ = 50.0
RANGE_DB = 80.0  # below the loudest spot; what is quieter is black


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
    mel = tf.signal.linear_to_mel_weight_matrix(SIDE, FFT // 2 + 1, RATE, LOWEST_HZ, RATE / 2)
    samples = int(SECONDS * RATE)
    step = samples // SIDE
    padded = np.stack([_centred(sound, (SIDE - 1) * step + WINDOW) for sound in sounds])
    spectrum = tf.abs(tf.signal.stft(tf.constant(padded), WINDOW, step, FFT)) ** 2  # (B, SIDE, FFT // 2 + 1)
    power = tf.matmul(spectrum, mel).numpy().transpose(0, 2, 1)[:, ::-1]
    loudest = power.max(axis=(1, 2), keepdims=True)
    decibels = 10 * np.log10(np.maximum(power, 1e-12) / np.maximum(loudest, 1e-12))
    grey = np.where(loudest > 1e-12, np.clip(1 + decibels / RANGE_DB, 0, 1), 0)
    return np.repeat(np.round(255 * grey).astype(np.uint8)[..., None], 3, axis=3)


def _centred(sound: np.ndarray, length: int) -> np.ndarray:
    """The middle of a sound, or all of it with silence on both sides, (length,) float32."""
    cut = max(0, len(sound) - length) // 2
    kept = sound[cut : cut + length].astype(np.float32)
    before = (length - len(kept)) // 2
    return np.pad(kept, (before, length - len(kept) - before))
