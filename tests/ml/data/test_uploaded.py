"""An uploaded data set as a run reads it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.uploading import encoded, ignore, never, photo, pictures, taken_in, zipped
from tl_core import catalog
from tl_core.base.events import RunError
from tl_core.base.spec import DataSpec, SpecError, run_spec
from tl_core.ml.data import splits as data
from tl_core.ml.data.divide import divide_groups
from tl_core.ml.data.splits import Splits, fingerprint
from tl_core.ml.training import train
from tl_core.uploads import stored as datasets
from tl_core.uploads.records import Manifest
from tl_core.uploads.subsets import MIN_VALIDATION, counts, in_turn


@pytest.fixture
def made(tmp_path: Path) -> Manifest:
    """24 ants, 12 bees; two ants are also copies of each other, and one picture is both an ant and a bee."""
    files = pictures("ants", each=23) | pictures("bees", each=11)
    files["ants/copy.png"] = files["ants/0.png"]
    files["bees/copy.png"] = files["ants/1.png"]
    found = taken_in(zipped(tmp_path / "x.zip", files)).dataset
    assert found is not None
    return found


def load(made: Manifest, **wanted: object) -> Splits:
    return data.load(DataSpec.model_validate({"dataset": made.id, **wanted}), ignore, never)


@pytest.mark.parametrize("per_class", [None, 1, 5, 16])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_copies_are_on_one_side_and_labels_belong_to_their_pictures(
    made: Manifest, per_class: int | None, seed: int
) -> None:
    splits, rows = load(made, per_class=per_class, test_images=None, seed=seed), datasets.read_rows(made.id)
    stored, groups = datasets.examples(made.id), np.array(rows.groups)
    sides = [set(groups[part.ids].tolist()) for part in splits[:3]]
    assert not sides[0] & sides[1]
    assert not sides[0] & sides[2]
    assert not sides[1] & sides[2]
    for part in splits[:3]:
        assert np.array_equal(part.images[np.arange(len(part.ids))], stored[part.ids])
        assert part.labels.tolist() == [rows.labels[i] for i in part.ids]
        assert set(part.labels.tolist()) == {0, 1}
    assert np.bincount(splits.test.labels).tolist() == list(made.test.values())
    if per_class in (1, 5):
        assert np.bincount(splits.train.labels).tolist() == [per_class] * 2


def test_a_small_class_gives_what_it_has(made: Manifest) -> None:
    entry = catalog.dataset(made.id)
    assert entry.pools == (18, 9)
    assert np.bincount(load(made, per_class=16).train.labels)[1] < 9
    with pytest.raises(SpecError, match="has 18 images per class for training and validation; 17 to train on"):
        catalog.check(run_spec(data={"dataset": made.id, "per_class": 17}))
    catalog.check(run_spec(data={"dataset": made.id, "per_class": 16}))


def test_the_test_part_is_the_same_for_every_seed_of_the_subset(made: Manifest) -> None:
    tested = [set(load(made, per_class=5, test_images=None, seed=seed).test.ids.tolist()) for seed in range(4)]
    assert all(part == tested[0] for part in tested)
    assert len(tested[0]) == sum(made.test.values())


def test_the_key_of_cached_activations_changes_with_rows_and_data_set(made: Manifest, tmp_path: Path) -> None:
    other = taken_in(zipped(tmp_path / "y.zip", pictures("ants", "bees", each=12))).dataset
    assert other is not None
    splits = [load(made, per_class=5), load(made, per_class=5, seed=1), load(other, per_class=5)]
    keys = [fingerprint(part.images) for split in splits for part in (split.train, split.val)]
    assert len(set(keys)) == len(keys)
    assert fingerprint(load(made, per_class=5).train.images) == keys[0]


def test_pictures_that_are_gone_or_damaged_end_the_run_with_a_sentence(made: Manifest, home: Path) -> None:
    path = home / "datasets" / made.id / "pictures.u8"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RunError, match="is damaged"):
        load(made)
    path.unlink()
    with pytest.raises(RunError, match="was deleted or has expired"):
        load(made)


@given(
    groups=some.lists(some.integers(0, 20), min_size=2, max_size=60),
    doubtful=some.sets(some.integers(0, 20)),
    per_class=some.one_of(some.none(), some.integers(1, 58)),
    share=some.floats(0.05, 0.8),
    seed=some.integers(0, 99),
)
def test_any_groups_divide_without_a_copy_on_both_sides(
    groups: list[int], doubtful: set[int], per_class: int | None, share: float, seed: int
) -> None:
    numbers, unsure = np.array(groups), np.array(sorted(doubtful))
    train_ids, val_ids = divide_groups(
        np.arange(len(groups)), per_class, share, np.random.default_rng(seed), numbers, unsure
    )
    assert not set(numbers[train_ids]) & set(numbers[val_ids])
    assert len({*train_ids.tolist(), *val_ids.tolist()}) == len(train_ids) + len(val_ids)
    assert not set(numbers[val_ids]) & doubtful
    if per_class is None:
        assert len(train_ids) + len(val_ids) == len(groups)
    else:
        assert len(train_ids) <= per_class
    if len(set(groups) - doubtful) >= 2:
        assert len(train_ids)
        assert len(val_ids)


@given(some.lists(some.integers(1, 5), max_size=12))
def test_groups_are_taken_in_turn(sizes: list[int]) -> None:
    groups = np.repeat(np.arange(len(sizes)), sizes)
    taken = groups[in_turn(groups)].tolist()
    turns = [[group for group, size in enumerate(sizes) if size > turn] for turn in range(5)]
    assert taken == [group for turn in turns for group in turn]


@given(some.integers(2, 500), some.one_of(some.none(), some.integers(1, 600)), some.floats(0.01, 0.89))
def test_counts_fit_into_the_pool(pool: int, per_class: int | None, share: float) -> None:
    train_images, val = counts(pool, per_class, share)
    assert train_images >= 1
    assert val >= 1
    assert train_images + val <= pool
    if per_class is not None and per_class <= pool - MIN_VALIDATION:
        assert train_images == per_class
        assert val >= MIN_VALIDATION


def test_a_run_learns_to_tell_uploaded_pictures_apart(tmp_path: Path) -> None:
    """Dark clouds against bright ones: what the run reads must be the pictures under their labels."""
    files = {f"dark/{i}.png": encoded(photo(i).point(lambda value: value // 4)) for i in range(16)}
    files |= {f"light/{i}.png": encoded(photo(50 + i).point(lambda value: 255 - value // 4)) for i in range(16)}
    found = taken_in(zipped(tmp_path / "x.zip", files)).dataset
    assert found is not None
    spec = run_spec(
        backbone="tiny_resnet_cifar100",
        strategy="from_scratch",
        image_size=16,
        epochs=8,
        data={"dataset": found.id, "per_class": 8, "test_images": None},
        batch_size=4,
    )
    summary = train.run(spec, ignore, never, tmp_path / "run")
    assert summary.test_images == 8
    assert summary.test_accuracy == 1.0
