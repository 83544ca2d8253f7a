from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tests.uploading import pictures, taken_in, zipped
from tl_core.catalog import dataset, dataset_availability
from tl_core.catalog.samples import samples, sounds


@pytest.mark.parametrize("name", ["digits", "pictograms", "pictogram_pairs", "cifar10"])
def test_ten_pictures_show_every_class(name: str) -> None:
    if dataset_availability(name).kind == "download":
        assert samples(name) == []
        return
    found = samples(name)
    assert [one.name for one in found] == list(dataset(name).classes)
    assert {(one.pixels.dtype, one.pixels.shape[2]) for one in found} == {(np.dtype(np.uint8), 3)}


def test_a_digit_is_that_of_scikit_learn() -> None:
    assert np.array_equal(samples("digits")[3].pixels[..., 0], np.round(load_digits().images[3] * 255 / 16))


def test_nothing_is_shown_of_what_is_not_here(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(home / "nowhere"))
    assert samples("cifar10") == []
    assert samples("own_" + "0" * 24) == []


def test_uploaded_pictures_are_shown_class_by_class_in_turn(home: Path, tmp_path: Path) -> None:
    made = taken_in(zipped(tmp_path / "x.zip", pictures("ants", "bees", each=30))).dataset
    assert made is not None
    assert [one.name for one in samples(made.id)] == ["ants", "bees"] * 5


@pytest.mark.usefixtures("beyond")
def test_a_recording_of_each_spoken_digit_is_there_to_be_played() -> None:
    found = sounds("spoken_digits_speakers")
    assert [label for _, label in found] == list("0123456789")
    assert all(content[:4] == b"RIFF" for content, _ in found)
    assert sounds("digits") == []
