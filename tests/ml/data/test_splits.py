from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tl_core.base.events import Event, RunError
from tl_core.base.spec import DataSpec
from tl_core.catalog import DATASETS, dataset_folder
from tl_core.ml.data import cifar10, loaders
from tl_core.ml.data import splits as data
from tl_core.ml.data.divide import split_ids


def _ignore(event: Event) -> None:
    pass


def _never() -> bool:
    return False


def _load(**settings: object) -> data.Splits:
    return data.load(DataSpec.model_validate({"dataset": "digits", **settings}), _ignore, _never)


def _assert_apart(splits: data.Splits) -> None:
    ids = [set(part.ids.tolist()) for part in (splits.train, splits.val, splits.test)]
    assert not ids[0] & ids[1]
    assert not ids[0] & ids[2]
    assert not ids[1] & ids[2]
    for part in (splits.train, splits.val, splits.test):
        assert len(set(part.ids.tolist())) == len(part.ids) == len(part.labels) == len(part.images)


@settings(max_examples=40)
@given(
    per_class=st.one_of(st.none(), st.integers(1, 120)),
    share=st.floats(0.05, 0.85),
    test_images=st.one_of(st.none(), st.integers(10, 600)),
    seed=st.integers(0, 2**31),
    classes=st.lists(st.sampled_from("0123456789"), min_size=2, max_size=10, unique=True),
)
def test_train_validation_and_test_never_overlap(
    per_class: int | None, share: float, test_images: int | None, seed: int, classes: list[str]
) -> None:
    splits = _load(per_class=per_class, validation_share=share, test_images=test_images, seed=seed, classes=classes)
    _assert_apart(splits)
    for part in splits[:3]:
        assert set(part.labels.tolist()) == set(range(len(classes)))
    if per_class is not None:
        assert np.bincount(splits.train.labels).tolist() == [per_class] * len(classes)


def test_subsets_of_one_seed_are_nested_and_independent_of_other_classes() -> None:
    small, large = _load(per_class=5), _load(per_class=50)
    assert set(small.train.ids) < set(large.train.ids)
    alone = _load(per_class=5, classes=["3", "7"])
    assert set(alone.train.ids) < set(small.train.ids)


def test_seeds_draw_different_images_and_the_same_seed_the_same() -> None:
    assert set(_load(seed=0).train.ids) != set(_load(seed=1).train.ids)
    assert np.array_equal(_load(seed=1).train.images, _load(seed=1).train.images)


def test_test_images_come_from_the_same_fixed_part_for_every_seed() -> None:
    pools = [set(_load(per_class=None, test_images=None, seed=s).test.ids.tolist()) for s in (0, 1)]
    assert pools[0] == pools[1]
    assert len(pools[0]) == 10 * loaders.DIGITS_TEST


def test_labels_belong_to_their_images() -> None:
    whole = loaders._digits_pictures()
    splits = _load(classes=["7", "2"], per_class=10)
    for part in splits[:3]:
        assert np.array_equal(whole.images[part.ids], part.images)
        assert [splits.classes[i] for i in part.labels] == [str(d) for d in whole.labels[part.ids]]


def test_the_catalogue_counts_digits_as_they_are() -> None:
    whole, entry = loaders._digits_pictures(), DATASETS["digits"]
    assert len(whole.labels) == 1797
    assert np.bincount(whole.labels[~whole.is_test]).min() == entry.pool
    assert np.bincount(whole.labels[whole.is_test]).min() == entry.test
    assert (whole.images.dtype, whole.images.max()) == (np.uint8, 255)


@pytest.mark.usefixtures("cifar10")
def test_real_cifar10_is_read_from_the_keras_home() -> None:
    splits = _load(dataset="cifar10", per_class=20, test_images=200)
    _assert_apart(splits)
    assert splits.train.images.shape == (200, 32, 32, 3)
    assert np.bincount(splits.test.labels).tolist() == [20] * 10
    assert splits.test.ids.min() >= 50000
    assert splits.train.ids.max() < 50000


def test_images_on_which_a_backbone_was_chosen_are_tested_on_last() -> None:
    labels, is_test = np.repeat([0, 1], 60), np.tile(np.arange(60) >= 20, 2)
    spent = is_test & (np.arange(120) % 2 == 0)
    few = split_ids(labels, is_test, [0, 1], DataSpec(per_class=5, test_images=30), spent=spent)[2]
    most = split_ids(labels, is_test, [0, 1], DataSpec(per_class=5, test_images=60), spent=spent)[2]
    assert not spent[few].any()
    assert spent[most].sum() == 60 - 40
    assert set(few) < set(most)


@pytest.mark.usefixtures("cifar10")
def test_cifar10_is_decoded_as_published() -> None:
    """A frog first in training, a cat first in testing, colours in the last axis."""
    pictures = loaders._cifar10_from(dataset_folder(DATASETS["cifar10"]))
    assert pictures.labels[:5].tolist() == [6, 9, 9, 4, 1]
    assert pictures.labels[50000:50005].tolist() == [3, 8, 8, 0, 6]
    assert pictures.images[0, 0, 0].tolist() == [59, 62, 63]
    assert pictures.images[50000, 0, 0].tolist() == [158, 112, 49]


@pytest.mark.usefixtures("cifar10")
@pytest.mark.parametrize("keep", [0, 1000, 1_000_000])
def test_a_truncated_batch_is_named(keep: int, tmp_path: Path) -> None:
    source = dataset_folder(DATASETS["cifar10"])
    for name in ("data_batch_1", "data_batch_2"):
        shutil.copy(source / name, tmp_path)
    with (tmp_path / "data_batch_2").open("r+b") as file:
        file.truncate(keep)
    with pytest.raises(RunError, match=r"data_batch_2 is damaged or cut short .* Delete the folder"):
        loaders._cifar10_from(tmp_path)


@pytest.mark.usefixtures("cifar10")
def test_a_missing_batch_is_named(tmp_path: Path) -> None:
    shutil.copy(dataset_folder(DATASETS["cifar10"]) / "data_batch_1", tmp_path)
    with pytest.raises(RunError, match="data_batch_2 is missing"):
        loaders._cifar10_from(tmp_path)


def test_a_pickle_that_would_run_code_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data_batch_1").write_bytes(b"cos\nsystem\n(S'echo no'\ntR.")
    with pytest.raises(RunError, match="damaged"):
        loaders._cifar10_from(tmp_path)


def test_without_cifar10_and_without_a_network_what_is_here_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(cifar10, "URL", "http://127.0.0.1:9/cifar-10-python.tar.gz")
    with pytest.raises(RunError, match="Data sets that are on this machine work now"):
        _load(dataset="cifar10", per_class=5)
    assert not list(tmp_path.rglob("*cifar-10-batches-py-target*"))
