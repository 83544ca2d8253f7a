"""Audio files of every kind that is taken, and of every kind that is not."""

from __future__ import annotations

import contextlib
import io
from math import gcd

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import signal

from tl_core.uploads import recordings
from tl_core.uploads.decode import Refused
from tl_core.uploads.kinds import KINDS
from tl_core.uploads.spectrograms import RATE, pictures


def glide(seconds: float = 0.4) -> np.ndarray:
    """A tone that rises from 400 to 2,000 Hz."""
    return 0.5 * signal.chirp(np.arange(int(seconds * RATE)) / RATE, 400, seconds, 2000)


def encoded(sound: np.ndarray, rate: int = RATE, kind: str = "WAV", **settings: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, sound, rate, format=kind, **settings)
    return file.getvalue()


def as_recorded(rate: int, channels: int) -> np.ndarray:
    """The glide at another rate, after one second of near silence and before two, on every channel."""
    common = gcd(rate, RATE)
    sound = signal.resample_poly(glide(), rate // common, RATE // common)
    whole = np.concatenate([np.zeros(rate), sound, np.zeros(2 * rate)])
    return np.repeat((whole + np.random.default_rng(0).normal(0, 1e-4, len(whole)))[:, None], channels, axis=1)


@pytest.mark.parametrize(
    ("kind", "rate", "channels"),
    [("WAV", 8000, 1), ("WAV", 96_000, 6), ("FLAC", 44_100, 2), ("OGG", 48_000, 2), ("MP3", 44_100, 1)],
)
def test_a_sound_is_the_same_picture_however_it_was_recorded(kind: str, rate: int, channels: int) -> None:
    (own,) = pictures([glide()])
    stored = np.asarray(KINDS["sounds"].opened(encoded(as_recorded(rate, channels), rate, kind), {}).example)
    pitch, expected = (picture[..., 0].argmax(axis=0)[24:40] for picture in (stored["picture"], own))
    assert np.abs(pitch - expected).max() <= 2
    assert np.ptp(expected) > 10
    (again,) = pictures([stored["heard"][: len(glide()) + recordings.FRAME] / 2**15])
    assert np.abs(again[..., 0].argmax(axis=0)[26:38].astype(int) - expected[2:14]).max() <= 3


def test_of_a_long_recording_the_loudest_second_is_taken_and_what_is_loud_is_not_cut() -> None:
    noise = np.random.default_rng(1).normal(0, 1e-3, 8 * RATE)
    noise[5 * RATE : 5 * RATE + len(glide())] += glide()
    assert len(recordings.read(encoded(noise))) == pytest.approx(len(glide()), abs=3 * recordings.FRAME)
    assert len(recordings.read(encoded(np.tile(glide(), 20)))) == RATE


WHOLE = encoded(as_recorded(16_000, 1), 16_000)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no sound that can be read"),
        (b"milk, bread\n" * 50, "is no sound that can be read: WAV, FLAC, OGG or MP3"),
        (WHOLE[: len(WHOLE) // 2], "is cut off"),
        (WHOLE[:30], "is cut off"),
        (encoded(np.zeros((0, 1))), "holds no sound"),
        (encoded(np.zeros(RATE)), "is silent"),
        (encoded(1e-30 * glide(), subtype="FLOAT"), "is silent"),
        (encoded(np.stack([glide(), -glide()], axis=1), 8000, subtype="FLOAT"), "is silent"),
        (encoded(np.full(RATE, np.nan), subtype="FLOAT"), "are no numbers"),
        (encoded(1e30 * glide(), subtype="FLOAT"), r"has samples of up to 5e\+29, where 1 is full volume"),
        (encoded(np.full((RATE, 2), 3e38), subtype="FLOAT"), r"has samples of up to 3e\+38"),
        (encoded(2**15 * glide(), 44_100, subtype="FLOAT"), r"has samples of up to 1.64e\+04"),
        (encoded(np.zeros(3 * 3600 * 4000, np.int16), 4000, "FLAC"), "is longer than 60 seconds"),
        (encoded(glide(), 1000), "has 1,000 samples per second"),
        (encoded(np.zeros((100, 40))), "has 40 channels"),
        (encoded(glide(), kind="AIFF"), "is AIFF"),
    ],
)
def test_what_is_not_taken_is_said_in_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        recordings.read(content)


LONG = np.tile(as_recorded(44_100, 1), (4, 1))


@pytest.mark.parametrize("share", [0.99, 0.9, 0.5, 0.2, 0.05])
@pytest.mark.parametrize("sound", [LONG, LONG[40_000:70_000]], ids=["14 seconds", "less than one"])
@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_what_is_cut_off_is_refused_as_that_and_the_whole_is_taken(kind: str, sound: np.ndarray, share: float) -> None:
    content = encoded(sound, 44_100, kind)
    assert len(recordings.read(content))
    with pytest.raises(Refused, match="cut off"):
        recordings.read(content[: int(len(content) * share)])


def test_an_mp3_whose_length_is_estimated_has_what_was_decoded_and_nothing_else() -> None:
    """Without its first frame, which counts the others, a long tag before it passes for sound, too."""
    content = encoded(as_recorded(44_100, 1), 44_100, "MP3")
    frames = content[content.index(b"\xff\xfb", 4) :]
    tagged = b"ID3\x03\0\0" + bytes([0, 16, 0, 0]) + bytes(16 << 14) + frames
    with soundfile.SoundFile(io.BytesIO(tagged)) as file:
        assert file.frames > 5 * 44_100
    sound = recordings.read(tagged)
    assert len(sound) == pytest.approx(len(glide()), abs=4 * recordings.FRAME)
    assert np.abs(sound).max() < 1


def test_a_length_that_is_not_stated_is_said_to_be_so() -> None:
    content = bytearray(encoded(LONG, 44_100, "FLAC"))
    content[21] &= 0xF0
    content[22:26] = bytes(4)  # of STREAMINFO: how many samples there are
    with pytest.raises(Refused, match="does not say how long it is"):
        recordings.read(bytes(content))


@settings(max_examples=40)
@given(some.binary(max_size=300), some.integers(0, 200), some.sampled_from(["WAV", "FLAC", "OGG", "MP3"]))
def test_damage_is_refused_or_heard_and_nothing_else(damage: bytes, at: int, kind: str) -> None:
    content = encoded(glide(), kind=kind)
    with contextlib.suppress(Refused):
        sound = recordings.read(content[:at] + damage + content[at + len(damage) :])
        assert 0 < len(sound) <= RATE
        assert np.abs(sound).max() <= recordings.LOUDEST
