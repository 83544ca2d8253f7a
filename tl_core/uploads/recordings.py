"""Audio files as people send them: what was said in them, at the rate that spectrograms are drawn from."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
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
LOUDEST = 8.0  # 18 dB above full volume: decoders overshoot it a little, samples on another scale a lot
QUIET_DB = 40.0  # below the loudest hundredth of a second: silence before and after
UNRECOGNISED, UNKNOWN = 1, 2**63 - 1  # libsndfile's code of an error; its length of a file that does not state one
OGG_LAST = 0x04  # flag of a file's last page
CUT = "is cut off: its end is missing, so copy or download it again"
NO_SOUND = "is no sound that can be read: WAV, FLAC, OGG or MP3"
UNDECODED = "cannot be decoded, as it is damaged, cut off or of a rare kind: copy it again, or save it as WAV"


def read(content: bytes) -> np.ndarray:
    """(N,) float32, RATE samples per second, mostly in [-1, 1]: the loudest second, without the silence around it.

    Channels are averaged. Raises Refused for what is no sound, damaged, cut off, empty, silent, too loud or too long.
    """
    import soundfile

    if _ends_early(content):
        raise Refused(CUT)
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            _check(file)
            blocks = list(_blocks(file))
            rate, frames, kind = file.samplerate, file.frames, file.format
    except soundfile.LibsndfileError as error:
        raise Refused(NO_SOUND if error.code == UNRECOGNISED else UNDECODED) from error
    sound = np.concatenate([np.zeros(0, np.float32), *blocks])
    if len(sound) < frames and (kind != "MP3" or _states_length(content)):
        raise Refused(CUT)
    _check_loudness(sound)
    return _said(_at_rate(sound, rate))


def _blocks(file: soundfile.SoundFile) -> Iterator[np.ndarray]:
    """(N,) float32, what was really decoded: `file.blocks` fills up with whatever lay in memory."""
    wide = max(1, BLOCK // file.channels)
    while len(part := file.read(wide, dtype="float32", always_2d=True)):
        yield part.mean(axis=1, dtype=np.float64).astype(np.float32)


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


def _ends_early(content: bytes) -> bool:
    """Whether a WAV file is shorter than it says, or the last page of an OGG file is not its last (RFC 3533)."""
    if content.startswith(b"RIFF"):
        return len(content) < int.from_bytes(content[4:8], "little") + 8 < 2**32
    if content.startswith(b"OggS"):
        page = content[content.rindex(b"OggS") :]
        lengths = page[27 : 27 + page[26]] if len(page) > 26 else b""
        return not lengths or not page[5] & OGG_LAST or len(page) < 27 + len(lengths) + sum(lengths)
    return False


def _states_length(content: bytes) -> bool:
    """Whether an MP3 file counts its frames in its first one, after its tag; else its length is only estimated."""
    tag = 0
    if content.startswith(b"ID3"):
        for seven_bits in content[6:10]:
            tag = tag << 7 | seven_bits
        tag += 10
    return any(name in content[tag : tag + 256] for name in (b"Xing", b"Info", b"VBRI"))


def _check(file: soundfile.SoundFile) -> None:
    if file.format not in FORMATS:
        raise Refused(f"is {file.format_info}: send WAV, FLAC, OGG or MP3")
    if not RATES[0] <= file.samplerate <= RATES[1]:
        raise Refused(f"has {file.samplerate:,} samples per second: {RATES[0]:,} to {RATES[1]:,} can be read")
    if file.channels > CHANNELS:
        raise Refused(f"has {file.channels} channels: {CHANNELS} are the limit")
    if file.frames == UNKNOWN:
        raise Refused("does not say how long it is: save it again, as WAV for example")
    if file.frames > LONGEST * file.samplerate:
        raise Refused(f"is longer than {LONGEST:.0f} seconds: cut out the word that is meant")


def _check_loudness(sound: np.ndarray) -> None:
    if not np.isfinite(sound).all():
        raise Refused("is damaged: some of its samples are no numbers")
    peak = float(np.abs(sound).max(initial=0))
    if peak > LOUDEST:
        raise Refused(f"has samples of up to {peak:.3g}, where 1 is full volume: save it again, as WAV of 16 bits")


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
    width = min(len(energy), int(SECONDS * RATE) // FRAME)
    start = int(np.convolve(energy, np.ones(width), "valid").argmax())
    loud = np.flatnonzero(energy[start : start + width] >= energy.max() * 10 ** (-QUIET_DB / 10))
    said = frames[start + loud[0] : start + loud[-1] + 1].ravel()
    if not whole_numbers(said).any():  # as it is stored
        raise Refused("is silent")
    return said
