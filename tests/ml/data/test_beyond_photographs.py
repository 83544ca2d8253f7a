"""Spoken digits and chest X-rays, from the files as they were published."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest

from tests.uploading import ignore, never
from tl_core.base.events import RunError
from tl_core.base.settings import keras_home
from tl_core.base.spec import DataSpec
from tl_core.catalog import DATASETS, dataset_folder
from tl_core.ml.data import pneumonia, splits, spoken_digits
from tl_core.ml.data.splits import Splits

pytestmark = pytest.mark.usefixtures("beyond")


def load(name: str, per_class: int | None = None) -> Splits:
    return splits.load(DataSpec(dataset=name, per_class=per_class, test_images=None), ignore, never)


@pytest.mark.parametrize("name", ["spoken_digits", "spoken_digits_speakers"])
def test_digits_are_balanced_and_of_the_size_that_the_catalogue_says(name: str) -> None:
    entry, whole = DATASETS[name], load(name)
    assert np.bincount(whole.test.labels).tolist() == [entry.test] * 10
    assert len(whole.train.ids) + len(whole.val.ids) == 10 * entry.pool
    assert whole.train.images.shape[1:] == (64, 64, 3)


def test_the_test_part_is_the_publishers_and_of_the_other_set_no_voice_was_heard() -> None:
    found = spoken_digits.read(dataset_folder(DATASETS["spoken_digits"]))
    own, unheard = load("spoken_digits"), load("spoken_digits_speakers")
    assert set(found.numbers[own.test.ids].tolist()) == set(range(5))
    assert set(found.speakers[own.test.ids].tolist()) == set(range(6))
    heard = np.concatenate([unheard.train.ids, unheard.val.ids])
    assert not set(found.speakers[heard].tolist()) & set(found.speakers[unheard.test.ids].tolist())
    assert unheard.test.groups is not None
    assert len(set(unheard.test.groups.tolist())) == 20


def test_a_missing_recording_is_said_with_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    for file in sorted(dataset_folder(DATASETS["spoken_digits"]).rglob("0_*.wav"))[:3]:
        shutil.copy(file, folder)
    with pytest.raises(RunError, match=r"not the 3,000 that were published.*Delete that folder"):
        spoken_digits.read(folder)


def _packed(folder: Path, archive: Path) -> bytes:
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(folder, "recordings")
    return archive.read_bytes()


def test_only_the_recordings_that_were_published_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published = dataset_folder(DATASETS["spoken_digits"])
    site, folder = tmp_path / "digits.tar.gz", tmp_path / "home" / "digits"
    monkeypatch.setattr(spoken_digits, "URL", site.as_uri())
    right = _packed(published, site)
    (tmp_path / "few").mkdir()
    for file in sorted(published.rglob("0_*.wav"))[:3]:
        shutil.copy(file, tmp_path / "few")
    few = _packed(tmp_path / "few", site)
    for wrong, words in {
        few: "not the 3,000 recordings that were published",
        right[: len(right) // 2]: "Unpacking the spoken digits failed",
        b"a page that asks for a password": "Unpacking the spoken digits failed",
    }.items():
        site.write_bytes(wrong)
        with pytest.raises(RunError, match=f"{words}.*start again to load it anew"):
            spoken_digits.fetch(folder, ignore, never)
        assert list(folder.parent.iterdir()) == []
    site.write_bytes(right)
    spoken_digits.fetch(folder, ignore, never)
    assert len(spoken_digits.read(folder).digits) == 3000
    assert list(folder.parent.iterdir()) == [folder]


def test_the_x_rays_keep_their_publishers_test_part() -> None:
    images, labels, is_test = pneumonia.read(dataset_folder(DATASETS["pneumonia"]))
    assert images.shape[1:] == (28, 28, 3)
    assert np.bincount(labels[is_test]).tolist() == list(DATASETS["pneumonia"].tests)
    whole = load("pneumonia", per_class=50)
    assert np.bincount(whole.train.labels).tolist() == [50, 50]


def test_a_damaged_file_is_said_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "pneumoniamnist.npz"
    file.write_bytes((keras_home() / DATASETS["pneumonia"].folder).read_bytes()[:5000])
    with pytest.raises(RunError, match=r"pneumoniamnist\.npz is damaged: delete it"):
        pneumonia.read(file)
