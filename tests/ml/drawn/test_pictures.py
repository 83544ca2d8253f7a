"""The generated pictures: made again bit for bit, each once, with test designs of their own."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tl_core.base.events import Event, RunError
from tl_core.base.spec import DataSpec
from tl_core.catalog import DATASETS
from tl_core.ml.data import loaders
from tl_core.ml.data import splits as data
from tl_core.ml.drawn import glyphs, pictograms, scenes, sheets, stencils
from tl_core.ml.making import pretrain


def by_class(images: np.ndarray, classes: int) -> np.ndarray:
    return images.reshape(classes, -1, *images.shape[1:])


@pytest.mark.parametrize(("part", "numbers"), [("train", [0, 319]), ("test", [0, 99])])
def test_the_generator_makes_the_stored_pictograms_again(part: str, numbers: list[int]) -> None:
    made, labels = pictograms.pictograms(part, numbers)
    stored, _ = sheets.read(pictograms.FOLDER, part)
    np.testing.assert_array_equal(sheets.coarse(made), by_class(stored, 10)[:, numbers].reshape(made.shape))
    assert labels.tolist() == [label for label in range(10) for _ in numbers]


def test_the_generator_makes_the_stored_glyphs_again() -> None:
    made, _ = glyphs.glyphs("test", [9])
    stored, _ = sheets.read(glyphs.SAMPLE, "test")
    np.testing.assert_array_equal(sheets.coarse(made), by_class(stored, 100)[:, 9])


def test_a_picture_depends_on_its_own_number_alone() -> None:
    one, _ = glyphs.glyphs("train", [7])
    three, _ = glyphs.glyphs("train", [2, 7, 300])
    np.testing.assert_array_equal(one, by_class(three, 100)[:, 1])
    assert not np.array_equal(one, glyphs.glyphs("train", [7], seed=5)[0])
    assert not np.array_equal(one, glyphs.glyphs("test", [7])[0])


def test_pictograms_are_as_many_as_the_catalogue_says_and_none_is_there_twice() -> None:
    entry, whole = DATASETS["pictograms"], loaders._pictogram_pictures()
    assert (whole.images.shape, whole.images.dtype) == ((4200, 32, 32, 3), np.uint8)
    assert np.bincount(whole.labels[~whole.is_test]).tolist() == [entry.pool] * 10
    assert np.bincount(whole.labels[whole.is_test]).tolist() == [entry.test] * 10
    assert entry.classes == stencils.load("pictograms").classes
    assert len({image.tobytes() for image in whole.images}) == len(whole.images)
    assert sum(file.stat().st_size for file in pictograms.FOLDER.iterdir()) < 8e6


def test_a_run_draws_its_pictograms_like_any_other_data_set() -> None:
    splits = load_pictograms()
    assert np.bincount(splits.train.labels).tolist() == [5] * 10
    assert np.bincount(splits.test.labels).tolist() == [20] * 10
    assert splits.test.ids.min() >= 3200 > max(splits.train.ids.max(), splits.val.ids.max())


@pytest.mark.parametrize("folder", [pictograms.FOLDER, glyphs.SAMPLE])
def test_every_sheet_has_the_hash_in_its_index(folder: Path) -> None:
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    assert {f"{part}.webp" for part in index["parts"]} == {file.name for file in folder.glob("*.webp")}
    for part, entry in index["parts"].items():
        assert hashlib.sha256((folder / f"{part}.webp").read_bytes()).hexdigest() == entry["sha256"]
        images, labels = sheets.read(folder, part)
        assert len(images) == len(labels) == entry["pictures"]
        assert set(Counter(labels.tolist()).values()) == {len(images) // len(index["classes"])}


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the pictograms, to be damaged, which runs read instead."""
    folder = tmp_path / "pictograms"
    shutil.copytree(pictograms.FOLDER, folder)
    monkeypatch.setattr(loaders, "PICTOGRAMS", folder)
    monkeypatch.setattr(loaders, "_pictogram_pictures", loaders._pictogram_pictures.__wrapped__)
    return folder


def ignore(event: Event) -> None:
    """Nobody listens."""


def load_pictograms(per_class: int = 5) -> data.Splits:
    return data.load(DataSpec(dataset="pictograms", per_class=per_class, test_images=200), ignore, lambda: False)


def test_a_flipped_bit_is_noticed_and_its_file_named(broken: Path) -> None:
    load_pictograms()
    content = bytearray((broken / "test.webp").read_bytes())
    content[5000] ^= 1
    (broken / "test.webp").write_bytes(content)
    with pytest.raises(RunError, match=r"pictograms/test\.webp is damaged .* copy it again"):
        load_pictograms()


@pytest.mark.parametrize("name", ["train.webp", "index.json"])
def test_a_missing_file_is_named(broken: Path, name: str) -> None:
    (broken / name).unlink()
    with pytest.raises(RunError, match=rf"pictograms/{name} is missing"):
        load_pictograms()


@pytest.mark.parametrize("content", ["", "[]", '{"parts": {"train": {}}}', '{"parts": {"train": {"sha256": 1}}}'])
def test_a_damaged_index_is_noticed(broken: Path, content: str) -> None:
    (broken / "index.json").write_text(content, encoding="utf-8")
    with pytest.raises(RunError, match="is damaged"):
        load_pictograms()


@pytest.mark.parametrize(("name", "classes", "fewest"), [("pictograms", 10, 20), ("glyphs", 100, 12)])
def test_designs_are_many_and_those_for_testing_are_never_seen_in_training(
    name: str, classes: int, fewest: int
) -> None:
    sheet = stencils.load(name)
    assert len(set(sheet.classes)) == classes
    for train, test in zip(sheet.train, sheet.test, strict=True):
        assert len(train) >= fewest
        assert len(test) >= 2
        shown = {sheet.shapes[i].tobytes() for i in train}
        assert not shown & {sheet.shapes[i].tobytes() for i in test}
        assert all(sheet.shapes[i].max() == 1 for i in (*train, *test))


def test_pictograms_have_twenty_designs_a_part_and_no_icon_set_serves_both() -> None:
    parts = stencils.read_index("pictograms")["classes"].values()
    assert {len(each[part].split()) for each in parts for part in ("train", "test")} == {20}
    sets = {part: {d.split(":")[0] for each in parts for d in each[part].split()} for part in ("train", "test")}
    assert not sets["train"] & sets["test"]


def test_no_two_designs_of_a_class_are_nearly_the_same() -> None:
    """Their overlap, intersection over union, stays below what assets/stencils/README.md names."""
    sheet = stencils.load("pictograms")
    for train, test in zip(sheet.train, sheet.test, strict=True):
        inside = sheet.shapes[[*train, *test]].reshape(40, -1) > 0.5
        both = inside.astype(int) @ inside.T
        size = np.diag(both)
        overlap = both / (size[:, None] + size - both)
        assert overlap[~np.eye(40, dtype=bool)].max() < 0.75


@pytest.mark.parametrize(("part", "pictures"), [("train", 320), ("test", 100)])
def test_every_design_is_in_as_many_pictures_and_in_one_class_and_part(part: str, pictures: int) -> None:
    shown = by_class(pictograms.designs(part, range(pictures)), 10)
    assert all(set(Counter(each.tolist()).values()) == {pictures // 20} for each in shown)
    whole = loaders._pictogram_pictures()
    assert whole.groups is not None
    np.testing.assert_array_equal(whole.groups[whole.is_test == (part == "test")], shown.ravel())
    labels = [set(whole.labels[whole.groups == design].tolist()) for design in shown.ravel()]
    assert all(len(each) == 1 for each in labels)


def test_a_design_is_on_one_side_and_few_labels_show_many() -> None:
    groups = loaders._pictogram_pictures().groups
    assert groups is not None
    smaller: set[int] = set()
    for per_class in (2, 5, 20, 50, 200, 256):
        splits = load_pictograms(per_class=per_class)
        train, val, test = (Counter(groups[part.ids].tolist()) for part in splits[:3])
        assert not train.keys() & val.keys()
        assert (len(train), len(val)) == (10 * min(per_class, 16), 40)
        assert len(test) == 200
        assert max(train.values()) - min(train.values()) <= 1
        assert smaller < set(splits.train.ids.tolist())
        smaller = set(splits.train.ids.tolist())


def test_fonts_of_the_test_glyphs_are_in_no_training_picture() -> None:
    designs = stencils.read_index("glyphs")["classes"].values()
    fonts = {part: {d.split(":")[0] for each in designs for d in each[part].split()} for part in ("train", "test")}
    assert not fonts["train"] & fonts["test"]
    assert not set("0123456789") & set(stencils.load("glyphs").classes)


def test_a_shape_fills_its_cell_wherever_and_however_large_it_was_drawn() -> None:
    drawing = Image.new("L", (500, 400))
    ImageDraw.Draw(drawing).ellipse((300, 20, 420, 80), fill=255)
    found = np.asarray(stencils.cell(drawing))
    inside = np.argwhere(found > 127)
    assert (inside.min(axis=0).tolist(), inside.max(axis=0).tolist()) == ([17, 2], [46, 61])
    assert set(np.unique(found)) <= set(range(0, 256, 17))


def test_a_scene_shows_the_shape_in_enough_contrast() -> None:
    """A white square as the shape, centred by its pose's own range: its middle differs from the frame around it."""
    square = np.zeros((1, 64, 64))
    square[:, 2:62, 2:62] = 1
    look = scenes.Look(extent=(0.5, 0.5001), rotation=0, shear=0, contrast=(0.4, 0.5), clutter=0)
    empty, shown = (
        scenes.draw(shape, [np.array([0])] * 40, [(1, n) for n in range(40)], look).astype(float)
        for shape in (np.zeros((1, 64, 64)), square)
    )
    changed = np.abs(scenes.brightness(shown - empty)) > 40
    assert np.median(changed.sum(axis=(1, 2))) > 150  # of about 16 x 16 pixels
    assert changed.sum(axis=(1, 2)).max() < 22 * 22


def test_the_glyphs_source_is_made_once_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyphs, "TRAIN", 2)
    monkeypatch.setattr(glyphs, "TEST", 1)
    first = pretrain.SOURCES["glyphs"]()
    monkeypatch.setattr(glyphs, "_in_steps", None)  # cannot be made again
    again = pretrain.SOURCES["glyphs"]()
    assert (first.classes, first.flips, len(first.train_images), len(first.test_images)) == (100, False, 200, 100)
    np.testing.assert_array_equal(first.train_images, again.train_images)
    np.testing.assert_array_equal(first.test_labels, again.test_labels)
