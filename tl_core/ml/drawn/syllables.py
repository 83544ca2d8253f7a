"""Syllables that nobody spoke: a source task of sounds, made of pulses and noise, that no recording is part of.

A source and a filter, as in Fant 1960, Acoustic Theory of Speech Production: pulses of a gliding pitch, or noise, pass
through resonances that move from one vowel to another. 100 classes, as many as the other sources have: each of ONSETS
before each of twenty glides between five vowels. Voices differ in pitch, length of the vocal tract, tempo, loudness of
each part and background noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations, product

import numpy as np
from scipy import signal

from tl_core.base.settings import ASSETS

# The first three resonances in Hz: Peterson and Barney 1952, Control Methods Used in a Study of the Vowels, table II.
VOWELS = {
    "i": (270, 2290, 3010),
    "e": (530, 1840, 2480),
    "a": (730, 1090, 2440),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
}
ONSETS = ("none", "sharp hiss", "dull hiss", "burst", "hum")
CLASSES = tuple(product(ONSETS, permutations(VOWELS, 2)))
PARTS = ("train", "test")
SEED = 3
SAMPLE = ASSETS / "syllables"
SAMPLED = 10  # test sounds per class in the sample
WINDOW, HOP = 256, 64  # samples: 32 and 8 ms
LONGEST = 1.0  # seconds


def syllables(part: str, numbers: Sequence[int], rate: int, seed: int = SEED) -> tuple[list[np.ndarray], np.ndarray]:
    """The sounds with these numbers of every class, in part "train" or "test", at `rate` samples per second.

    Returns one (N,) float32 in [-1, 1] for each, 0.3 to LONGEST seconds long, and labels int64, class after class. A
    sound depends on its seed, part, class and number alone.
    """
    labels = np.repeat(np.arange(len(CLASSES)), len(numbers))
    keys = [(seed, PARTS.index(part), label, number) for label in range(len(CLASSES)) for number in numbers]
    return [_spoken(*CLASSES[key[2]], rate, np.random.default_rng(key)) for key in keys], labels


def _spoken(onset: str, glide: tuple[str, ...], rate: int, rng: np.random.Generator) -> np.ndarray:
    seconds = rng.uniform(0.3, LONGEST)
    samples = int(seconds * rate)
    hertz, moments, voiced = signal.stft(_pulses(samples, rate, rng), rate, nperseg=WINDOW, noverlap=WINDOW - HOP)
    noise = signal.stft(rng.normal(0, 0.1, samples), rate, nperseg=WINDOW, noverlap=WINDOW - HOP)[2]
    start = 0.0 if onset == "none" else rng.uniform(0.15, 0.35)  # of the vowel, as a share of the whole
    time = moments / seconds
    vowel = np.clip((time - start) / (1 - start), 0, 1)
    loud = np.clip(np.minimum(vowel / rng.uniform(0.05, 0.2), (1 - vowel) / rng.uniform(0.2, 0.5)), 0, 1)
    spectrum = voiced * _resonances(glide, vowel, hertz, rng) * loud + _before(onset, time, start, hertz, rng) * (
        voiced if onset == "hum" else noise
    )
    sound = signal.istft(spectrum, rate, nperseg=WINDOW, noverlap=WINDOW - HOP)[1][:samples]
    sound = sound / np.abs(sound).max() + 10 ** rng.uniform(-4, -1.5) * rng.normal(size=len(sound))
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32)


def _pulses(samples: int, rate: int, rng: np.random.Generator) -> np.ndarray:
    """One for every period of a voice whose pitch glides, and a little breath: (samples,)."""
    low, high = rng.uniform(80, 240) * rng.uniform(0.75, 1.3, 2)
    periods = np.floor(np.cumsum(np.linspace(low, high, samples)) / rate)
    return np.diff(periods, prepend=0) + rng.normal(0, 10 ** rng.uniform(-3, -1), samples)


def _resonances(glide: tuple[str, ...], vowel: np.ndarray, hertz: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How much of each frequency passes at each moment: (frequencies, moments)."""
    middle, width = rng.uniform(0.35, 0.65), rng.uniform(0.1, 0.3)
    share = 1 / (1 + np.exp(-(vowel - middle) / (width / 2)))
    length = rng.uniform(0.9, 1.3)  # shorter vocal tracts have higher resonances
    passed = np.zeros((len(hertz), len(vowel)))
    for first, last, gain in zip(*(VOWELS[name] for name in glide), (1, 0.5, 0.25), strict=True):
        centre = length * rng.uniform(0.94, 1.06) * first ** (1 - share) * last**share
        passed += gain * rng.uniform(0.5, 1.5) * _peak(hertz, centre, rng.uniform(80, 200))
    return passed / np.hypot(1, hertz / 500)[:, None]


def _before(onset: str, time: np.ndarray, start: float, hertz: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The filter of what comes before the vowel: (frequencies, moments), 0 where there is nothing."""
    end = rng.uniform(0.04, 0.1) if onset == "burst" else start
    there = (time <= end) * rng.uniform(0.1, 0.6)
    centre, width = {
        "none": (1000, 0),
        "sharp hiss": (rng.uniform(3200, 3900), 1200),
        "dull hiss": (rng.uniform(1400, 2400), 1200),
        "burst": (rng.uniform(800, 3000), 5000),
        "hum": (rng.uniform(200, 300), 120),
    }[onset]
    return _peak(hertz, np.full(len(time), centre), width) * there if width else np.zeros((len(hertz), len(time)))


def _peak(hertz: np.ndarray, centre: np.ndarray, width: float) -> np.ndarray:
    """A resonance of a width in Hz: 1 at its centre, (frequencies, moments)."""
    return 1 / np.hypot(1, 2 * (hertz[:, None] - centre) / width)
