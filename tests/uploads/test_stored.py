"""From an upload to a data set on the disk, and its end."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image, ImageEnhance

from tests.uploading import ME, encoded, ignore, photo, pictures, taken_in, zipped
from tests.uploads.making import everything, mine
from tl_core import catalog
from tl_core.base.events import Progress, Stopped
from tl_core.base.spec import SpecError, run_spec
from tl_core.processes import jobs
from tl_core.uploads import reader
from tl_core.uploads import stored as datasets
from tl_core.uploads.decode import SIDE, decode
from tl_core.uploads.duplicates import groups, mark
from tl_core.uploads.intake import intake
from tl_core.uploads.subsets import held_out


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "ensure_supervisor", lambda: None)


def test_pictures_are_stored_with_their_classes(tmp_path: Path, home: Path) -> None:
    files = pictures("ants", "bees")
    made = mine(tmp_path, files)
    rows, stored = datasets.read_rows(made.id), datasets.examples(made.id)
    assert stored.shape == (12, SIDE, SIDE, 3)
    assert made.classes == {"ants": 6, "bees": 6}
    for i, file in enumerate(rows.files):
        assert np.array_equal(stored[i], decode(files[file]).pixels)
        assert list(made.classes)[rows.labels[i]] == file.split("/")[0]
    assert {path.name for path in (home / "datasets" / made.id).iterdir()} == {
        "manifest.json",
        "rows.json",
        "report.json",
        "pictures.u8",
    }


def test_nothing_of_the_original_file_stays(tmp_path: Path, home: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "52.5200 N 13.4050 E"
    files = pictures("ants", "bees") | {"ants/home.jpg": encoded(photo(9), "JPEG", exif=exif)}
    assert exif[0x010E].encode() in files["ants/home.jpg"]
    mine(tmp_path, files)
    assert not any(b"52.5200" in path.read_bytes() for path in home.rglob("*") if path.is_file())


def test_the_same_pictures_are_the_same_data_set_and_others_another(tmp_path: Path) -> None:
    files = pictures("ants", "bees")
    first = mine(tmp_path, files)
    renamed = {name.replace(".png", "x.png"): content for name, content in reversed(files.items())}
    again = mine(tmp_path, renamed, title="Another title")
    assert again.id == first.id
    assert again.test == first.test
    assert [manifest.title for manifest in datasets.owned(ME)] == ["Another title"]
    others = {
        mine(tmp_path, files, split_seed=1).id,
        mine(tmp_path, files, owner="somebody else").id,
        mine(tmp_path, {name.replace("bees", "wasps"): content for name, content in files.items()}).id,
        mine(tmp_path, dict(list(files.items())[1:])).id,
    }
    assert len(others | {first.id}) == 5


def test_only_the_owner_sees_it(tmp_path: Path, home: Path) -> None:
    made = mine(tmp_path)
    assert list(catalog.datasets(ME)) == [made.id, *catalog.DATASETS]
    assert list(catalog.datasets("somebody else")) == list(catalog.DATASETS)
    spec = run_spec(data={"dataset": made.id, "per_class": 5})
    catalog.check(spec, ME)
    with pytest.raises(SpecError, match=r"no data set .* of yours"):
        jobs.submit([spec], "somebody else")


@pytest.mark.parametrize("name", ["own_" + "0" * 24, "own_../../x", "../datasets", "own_", "", "own_" + "g" * 24])
def test_an_id_that_was_never_given_is_no_data_set(name: str) -> None:
    assert datasets.find(name) is None
    assert not datasets.belongs(name, ME)
    with pytest.raises(SpecError):
        catalog.check(run_spec(data={"dataset": name}))


def test_an_installation_keeps_its_key_to_itself(tmp_path: Path, home: Path) -> None:
    mine(tmp_path)
    key = home / "secret"
    assert len(key.read_bytes()) == 32
    if os.name == "posix":
        assert key.stat().st_mode & 0o077 == 0


PROBLEMS = [
    ({}, "There is no picture in it"),
    ({"ants/1.png": b"a note", "bees/2.png": b"another"}, "None of its 2 files could be taken: ants/1.png is a text"),
    (pictures("ants"), "only one class, 'ants'"),
    (pictures("ants", "bees", each=3), "Class 'ants' has 3 pictures: at least 4 different ones"),
    (
        pictures("ants") | {f"bees/{i}.png": encoded(photo(7)) for i in range(9)},
        "Class 'bees' has 9 pictures, only 1 of them different",
    ),
]


@pytest.mark.parametrize(("files", "words"), PROBLEMS)
def test_what_cannot_be_trained_on_is_said_and_not_kept(
    tmp_path: Path, home: Path, files: dict[str, bytes], words: str
) -> None:
    result = taken_in(zipped(tmp_path / "x.zip", files))
    assert result.dataset is None
    assert words in result.problem
    assert everything(home) == set()


def test_five_pictures_in_each_of_two_classes_are_enough(tmp_path: Path) -> None:
    made = mine(tmp_path, pictures("ants", "bees", each=5))
    assert made.test == {"ants": 1, "bees": 1}


def copies_of(image: Image.Image) -> dict[str, Image.Image]:
    return {
        "smaller": image.resize((image.width * 2 // 3, image.height * 2 // 3)),
        "brighter": ImageEnhance.Brightness(image).enhance(1.15),
        "grey": image.convert("L"),
        "mirrored": image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    }


@pytest.mark.parametrize("seed", range(5))
def test_copies_are_found_and_different_pictures_are_not(seed: int) -> None:
    original = photo(seed, (200, 160))
    alike = [original, *copies_of(original).values()]
    others = [photo(100 * (seed + 1) + i) for i in range(10)]
    marks = [mark(decode(encoded(image)).pixels) for image in [*alike, *others]]
    found = groups(marks).tolist()
    assert len(set(found[: len(alike)])) == 1
    assert len(set(found)) == 1 + len(others)


def test_plain_cards_of_different_colours_are_different() -> None:
    marks = [mark(np.full((SIDE, SIDE, 3), colour, np.uint8)) for colour in [(250, 0, 0), (0, 0, 250), (240, 8, 4)]]
    assert groups(marks).tolist() == [0, 1, 0]


def test_copies_are_told_and_stay_on_one_side(tmp_path: Path) -> None:
    files = pictures("ants", "bees", each=8)
    original = Image.open(io.BytesIO(files["ants/0.png"]))
    files |= {f"ants/0 {name}.png": encoded(image) for name, image in copies_of(original).items()}
    files["bees/also an ant.png"] = files["ants/1.png"]
    result = taken_in(zipped(tmp_path / "x.zip", files))
    assert result.dataset is not None
    across, within = result.report.copies
    assert (across.files, across.exact) == (("ants/1.png", "bees/also an ant.png"), True)
    assert (len(within.files), within.exact) == (5, False)
    rows = datasets.read_rows(result.dataset.id)
    sides = {group: {t for g, t in zip(rows.groups, rows.is_test, strict=True) if g == group} for group in rows.groups}
    assert all(len(side) == 1 for side in sides.values())
    assert not rows.is_test[rows.files.index("ants/1.png")]


@given(
    classes=some.lists(some.lists(some.integers(0, 12), min_size=1, max_size=25), min_size=2, max_size=4),
    seed=some.integers(0, 2**31),
)
def test_a_quarter_of_each_class_is_held_out_in_whole_groups(classes: list[list[int]], seed: int) -> None:
    labels = np.repeat(np.arange(len(classes)), [len(members) for members in classes])
    numbers = np.concatenate([100 * label + np.array(members) for label, members in enumerate(classes)])
    names = [f"class {label}" for label in range(len(classes))]
    digests = [f"{i:x}" for i in range(len(labels))]
    chosen = held_out(labels, names, numbers, digests, seed)
    for group in np.unique(numbers):
        assert len(set(chosen[numbers == group])) == 1
    for label in range(len(classes)):
        here = labels == label
        different, tested = len(np.unique(numbers[here])), np.count_nonzero(chosen & here)
        assert tested >= 1
        if different >= 3:
            assert len(np.unique(numbers[here & ~chosen])) >= 2
            smallest = np.unique(numbers[here], return_counts=True)[1].min()
            assert tested <= max(1, round(0.25 * here.sum()), smallest)
    alone = held_out(labels[labels == 0], names, numbers[labels == 0], digests, seed)
    assert alone.tolist() == chosen[labels == 0].tolist()


def test_what_a_careful_eye_sees_is_said(tmp_path: Path) -> None:
    files = pictures("many", each=40) | pictures("few", "other", each=6)
    files |= {"few/even.png": encoded(Image.new("RGB", (90, 90), "red")), "few/tiny.png": encoded(photo(5, (30, 30)))}
    said = " ".join(taken_in(zipped(tmp_path / "x.zip", files)).warnings)
    for words in (
        "'many' has 6.7 times the pictures of 'other'",
        "1 picture shows a single colour",
        "few/even.png",
        "1 picture is smaller than 64 pixels",
        "Only 14 pictures can be held out",
    ):
        assert words in said


def test_progress_is_told_and_a_stop_leaves_nothing(tmp_path: Path, home: Path) -> None:
    told: list[Progress] = []
    mine(tmp_path, emit=told.append)
    assert told[0] == Progress("Reading pictures", 0, 24, None)
    before = everything(home)
    looks = iter([False, False, True])
    with reader.opened(zipped(tmp_path / "x.zip", pictures("a", "b"))) as contents, pytest.raises(Stopped):
        intake(contents, "x", ME, ignore, lambda: next(looks))
    assert everything(home) == before
