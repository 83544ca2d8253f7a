"""Audio files as people send them: what was said in them, at the rate that spectrograms are drawn from."""

from __future__ import annotations

import io
import wave
from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from tl_core.uploads.decode import Refused
from tl_core.uploads.spectrograms import RATE, SECONDS

if TYPE_CHECKING:
    import soundfile

FORMATS = ("WAV", "WAVEX", "FLAC", "OGG", "MP3")  # as libsndfile calls them, whatever the file's name is
LONGEST = 60.0  # seconds
RATES = (4000, 192_000)  # samples per second
CHANNELS = 32
BLOCK = 2**20  # samples of all channels that are in memory at once
FRAME = RATE // 100
QUIET_DB = 40.0  # below the loudest hundredth of a second: silence before and after


def read(content: bytes) -> np.ndarray:
    """(N,) float32 in [-1, 1], RATE samples per second: the loudest second, without the silence around it.

    Channels are averaged. Raises Refused for what is no sound, damaged, empty, silent or too long.
    """
    import soundfile

    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            _check(file, content)
            wide = max(1, BLOCK // file.channels)
            blocks = [part.mean(axis=1) for part in file.blocks(wide, dtype="float32", always_2d=True)]
            rate, frames = file.samplerate, file.frames
    except soundfile.LibsndfileError as error:
        raise Refused("is no sound that can be read: WAV, FLAC, OGG or MP3") from error
    sound = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    if len(sound) < frames:
        raise Refused("is cut off: its end is missing")
    return _said(_at_rate(sound, rate))


def wav(heard: np.ndarray) -> bytes:
    """A WAV file of (N,) int16, RATE samples per second."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.asarray(heard, "<i2").tobytes())
    return content.getvalue()


def whole_numbers(sound: np.ndarray) -> np.ndarray:
    """(N,) float in [-1, 1] → int16, as a WAV file holds them."""
    return np.round(np.clip(sound, -1, 1) * (2**15 - 1)).astype("<i2")


def _check(file: soundfile.SoundFile, content: bytes) -> None:
    if file.format not in FORMATS:
        raise Refused(f"is {file.format_info}: send WAV, FLAC, OGG or MP3")
    if not RATES[0] <= file.samplerate <= RATES[1]:
        raise Refused(f"has {file.samplerate:,} samples per second: {RATES[0]:,} to {RATES[1]:,} can be read")
    if file.channels > CHANNELS:
        raise Refused(f"has {file.channels} channels: {CHANNELS} are the limit")
    if file.frames > LONGEST * file.samplerate:
        raise Refused(f"is longer than {LONGEST:.0f} seconds: cut out the word that is meant")
    said = int.from_bytes(content[4:8], "little")
    if content[:4] == b"RIFF" and len(content) < said + 8 < 2**32:
        raise Refused("is cut off: its end is missing")


def _at_rate(sound: np.ndarray, rate: int) -> np.ndarray:
    from scipy import signal

    common = gcd(RATE, rate)
    if rate == RATE or not len(sound):
        return sound
    return signal.resample_poly(sound, RATE // common, rate // common).astype(np.float32)


def _said(sound: np.ndarray) -> np.ndarray:
    """The second with the most energy, from its first to its last frame that is not quiet."""
    frames = sound[: len(sound) // FRAME * FRAME].reshape(-1, FRAME)
    energy = (frames.astype(np.float64) ** 2).sum(axis=1)
    if not len(energy):
        raise Refused("holds no sound: it is shorter than a hundredth of a second")
    if not np.isfinite(energy).all():
        raise Refused("is damaged: some of its samples are no numbers")
    if energy.max() == 0:
        raise Refused("is silent")
    width = min(len(energy), int(SECONDS * RATE) // FRAME)
    start = int(np.convolve(energy, np.ones(width), "valid").argmax())
    loud = np.flatnonzero(energy[start : start + width] >= energy.max() * 10 ** (-QUIET_DB / 10))
    return frames[start + loud[0] : start + loud[-1] + 1].ravel()
