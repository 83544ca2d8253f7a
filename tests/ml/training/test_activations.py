from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tl_core.base.events import RunError
from tl_core.ml.training.activations import Features, key_of, make_room

IMAGES = np.random.default_rng(0).integers(0, 256, (37, 4, 4, 3), np.uint8)


def _compute(x: np.ndarray) -> np.ndarray:
    return x.reshape(len(x), -1)[:, :5].astype(np.float32) * 2


def _features(path: Path, images: np.ndarray = IMAGES) -> Features:
    return Features(images, _compute, (5,), path)


@given(st.permutations(range(37)), st.integers(1, 40))
def test_rows_are_the_prefix_of_their_images_in_any_order(order: list[int], batch: int) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        features = _features(Path(folder) / "a.npy")
        for _ in range(2):
            for start in range(0, 37, batch):
                ids = np.array(order[start : start + batch])
                assert np.array_equal(features.rows(ids), _compute(IMAGES[ids]))
        assert features.computed == 37
        del features


def test_a_second_reader_computes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    _features(path).rows(np.arange(37))

    def explode(x: np.ndarray) -> np.ndarray:
        raise AssertionError("the prefix ran again")

    again = Features(IMAGES, explode, (5,), path)
    assert again.complete
    assert np.array_equal(again.rows(np.array([3, 36])), _compute(IMAGES[[3, 36]]))
    assert again.computed == 0


def test_nothing_is_published_before_the_last_row_and_nothing_is_left_when_discarded(tmp_path: Path) -> None:
    features = _features(tmp_path / "a.npy")
    features.rows(np.arange(36))
    assert not (tmp_path / "a.npy").exists()
    features.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_computed_again(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    _features(path).rows(np.arange(37))
    path.write_bytes(path.read_bytes()[:200])
    features = _features(path)
    assert not features.complete
    assert np.array_equal(features.rows(np.arange(37)), _compute(IMAGES))
    assert _features(path).complete


def test_a_full_disk_is_one_sentence_and_leaves_nothing_behind(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="file size limits are set in POSIX's way")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    features = Features(IMAGES, lambda x: np.zeros((len(x), 10000), np.float32), (10000,), tmp_path / "a.npy")
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(RunError, match=r"The disk is full or cannot be written .* Free some space"):
            features.rows(np.arange(37))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_keys_change_with_every_part() -> None:
    base = {"weights": "w", "images": "i", "size": 96, "cut": "c"}
    keys = {key_of(**base)} | {key_of(**{**base, name: "other"}) for name in base}
    assert len(keys) == 5


def _kept(folder: Path, ages: dict[str, float]) -> Callable[[int, int], set[str]]:
    """Files of 100 bytes that were used so many seconds ago, in a clean folder; what is left after room is made."""

    def after(needed_bytes: int, limit_bytes: int) -> set[str]:
        for name, age in ages.items():
            (folder / name).write_bytes(bytes(100))
            os.utime(folder / name, (1e9 - age, 1e9 - age))
        make_room(folder, needed_bytes, limit_bytes)
        return {path.name for path in folder.iterdir()}

    return after


def test_the_most_recent_files_within_the_limit_are_kept_and_the_coming_ones_count(tmp_path: Path) -> None:
    kept = _kept(tmp_path, {f"{age}.npy": age for age in range(5)})
    assert kept(0, 250) == {"0.npy", "1.npy"}
    assert kept(100, 250) == {"0.npy"}
    assert kept(251, 250) == set()
    make_room(tmp_path / "missing", 0, 0)


def test_what_another_worker_is_writing_counts_and_stays(tmp_path: Path) -> None:
    kept = _kept(tmp_path, {"0.npy": 0, "1.npy": 1, "w.partial": 3600, "left.partial": 90000})
    assert kept(0, 250) == {"0.npy", "w.partial"}
    assert kept(0, 0) == {"w.partial"}


def test_a_run_goes_on_after_another_one_made_room(tmp_path: Path) -> None:
    features = _features(tmp_path / "a.npy")
    assert features.needed_bytes == 37 * 5 * 4
    features.rows(np.arange(20))
    make_room(tmp_path, 10**6, 0)
    features.rows(np.arange(20, 37))
    assert features.needed_bytes == 0
    assert np.array_equal(_features(tmp_path / "a.npy").rows(np.arange(37)), _compute(IMAGES))
