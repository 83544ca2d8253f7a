"""Recordings that tests are made of: words of our own, spoken by nobody."""

from __future__ import annotations

import io
import zlib

import numpy as np
import soundfile

from tl_core.uploads.spectrograms import RATE


def word(name: str, seed: int, rate: int = RATE, channels: int = 1) -> np.ndarray:
    """(N, channels) float in [-1, 1]: three tones that make a word, in a voice, at a pace and a pitch of its own."""
    rng = np.random.default_rng(seed)
    tones = np.random.default_rng(zlib.crc32(name.encode())).uniform(300, 2000, 3) * rng.uniform(0.85, 1.18)
    parts = []
    for hertz in tones:
        time = np.arange(int(rate * rng.uniform(0.07, 0.2))) / rate
        voice = np.sin(2 * np.pi * hertz * time) + rng.uniform(0, 0.6) * np.sin(4 * np.pi * hertz * time)
        parts.append(voice * np.hanning(len(time)) * rng.uniform(0.1, 0.4))
    whole = np.concatenate([np.zeros(rate // 10), *parts, np.zeros(rate // 5)])
    return np.repeat((whole + rng.normal(0, 1e-3, len(whole)))[:, None], channels, axis=1)


def encoded(sound: np.ndarray, rate: int = RATE, kind: str = "WAV", **settings: str) -> bytes:
    """An audio file of (N,) or (N, channels) float in [-1, 1]."""
    file = io.BytesIO()
    soundfile.write(file, sound, rate, format=kind, **settings)
    return file.getvalue()


def recorded(*classes: str, each: int = 6, kind: str = "WAV") -> dict[str, bytes]:
    """{path: bytes} of a folder for each class with so many different recordings."""
    return {
        f"{name}/{i}.{kind.lower()}": encoded(word(name, 1000 * i + zlib.crc32(name.encode())), kind=kind)
        for name in classes
        for i in range(each)
    }
