"""Spectrograms are drawn without TensorFlow as TensorFlow draws them: what was measured on those stays true."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tests.sounding import word
from tl_core.uploads.spectrograms import FFT, LOWEST_HZ, RANGE_DB, RATE, SIDE, WINDOW, pictures


def test_a_spectrogram_is_that_of_tensorflow_to_one_level_of_256() -> None:
    sounds = [word(name, seed)[:, 0].astype(np.float32) for name in ("yes", "no") for seed in range(20)]
    length = (SIDE - 1) * (RATE // SIDE) + WINDOW
    padded = []
    for sound in sounds:
        cut = max(0, len(sound) - length) // 2
        kept = sound[cut : cut + length]
        before = (length - len(kept)) // 2
        padded.append(np.pad(kept, (before, length - len(kept) - before)))
    spectrum = tf.abs(tf.signal.stft(tf.constant(np.stack(padded)), WINDOW, RATE // SIDE, FFT)) ** 2
    mel = tf.signal.linear_to_mel_weight_matrix(SIDE, FFT // 2 + 1, RATE, LOWEST_HZ, RATE / 2)
    power = tf.matmul(spectrum, mel).numpy().transpose(0, 2, 1)[:, ::-1]
    loudness = 10 * np.log10(np.maximum(power, 1e-12) / power.max(axis=(1, 2), keepdims=True))
    expected = np.round(255 * np.clip(1 + loudness / RANGE_DB, 0, 1))
    found = pictures(sounds)[..., 0]
    assert np.abs(found - expected).max() <= 1
    assert np.mean(found != expected) < 1e-3
