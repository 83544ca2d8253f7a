"""Classes renamed, merged and dropped, and another split: a new data set of the stored pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.uploading import ME, ignore, never, pictures, taken_in, zipped
from tl_core.base.events import Stopped
from tl_core.base.settings import settings
from tl_core.uploads import editing, quality, reader, stored
from tl_core.uploads.choices import Choice
from tl_core.uploads.intake import Intake, intake
from tl_core.uploads.limits import UploadError
from tl_core.uploads.records import Manifest


@pytest.fixture
def made(tmp_path: Path) -> Manifest:
    files = pictures("ants", "bees", "wasps", each=6)
    files |= {"bees/again.png": files["bees/0.png"], "ants/wasp.png": files["wasps/1.png"], "ants/note.txt": b"a note"}
    found = taken_in(zipped(tmp_path / "x.zip", files))
    assert found.dataset is not None
    return found.dataset


def edit(made: Manifest, owner: str = ME, seed: int = 0, **classes: str) -> Intake:
    return editing.edited(made.id, owner, classes, "Edited", seed, ignore, never)


def of_class(name: str, label: str) -> set[bytes]:
    manifest, rows, pixels = stored.find(name), stored.read_rows(name), stored.examples(name)
    assert manifest is not None
    wanted = list(manifest.classes).index(label)
    return {pixels[i].tobytes() for i, found in enumerate(rows.labels) if found == wanted}


def test_a_renamed_class_keeps_its_pictures_and_the_old_set_stays(made: Manifest) -> None:
    new = edit(made, ants="Zebra ants").dataset
    assert new is not None
    assert new.classes == {"Zebra ants": 7, "bees": 7, "wasps": 6}
    assert of_class(new.id, "Zebra ants") == of_class(made.id, "ants")
    assert new.expires_at == made.expires_at
    assert {manifest.id for manifest in stored.owned(ME)} == {made.id, new.id}
    assert stored.read_report(new.id).rejected == (("ants/note.txt", "is a text file, not a picture"),)
    assert stored.read_rows(new.id).files == tuple(
        sorted(
            stored.read_rows(made.id).files,
            key=lambda file: (
                list(new.classes).index({"ants": "Zebra ants"}.get(file.split("/")[0], file.split("/")[0])),
                file,
            ),
        )
    )


def test_merged_classes_are_one_and_their_shared_picture_is_no_longer_in_doubt(made: Manifest) -> None:
    assert any(len(set(copies.classes)) > 1 for copies in stored.read_report(made.id).copies)
    new = edit(made, ants="insects", wasps="insects").dataset
    assert new is not None
    assert new.classes == {"bees": 7, "insects": 13}
    assert of_class(new.id, "insects") == of_class(made.id, "ants") | of_class(made.id, "wasps")
    assert all(len(set(copies.classes)) == 1 for copies in stored.read_report(new.id).copies)
    rows = stored.read_rows(new.id)
    for group in quality.copies(rows):
        assert len({rows.is_test[i] for i in group}) == 1


def test_a_dropped_class_is_gone(made: Manifest) -> None:
    new = edit(made, wasps="").dataset
    assert new is not None
    assert new.classes == {"ants": 7, "bees": 7}
    assert stored.examples(new.id).shape[0] == 14


def test_another_split_seed_holds_out_other_pictures(made: Manifest) -> None:
    new = edit(made, seed=3).dataset
    assert new is not None
    assert (new.id != made.id, new.split_seed) == (True, 3)
    assert np.array_equal(stored.examples(new.id), stored.examples(made.id))
    assert stored.read_rows(new.id).is_test != stored.read_rows(made.id).is_test


def test_an_edit_is_the_data_set_that_an_upload_would_have_been(made: Manifest, tmp_path: Path) -> None:
    files = {name.replace("ants", "formica"): data for name, data in pictures("ants", "bees", each=6).items()}
    first = taken_in(zipped(tmp_path / "a.zip", pictures("ants", "bees", each=6))).dataset
    assert first is not None
    edited = edit(first, ants="formica").dataset
    again = taken_in(zipped(tmp_path / "b.zip", files)).dataset
    assert edited is not None
    assert again is not None
    assert (edited.id, edited.test) == (again.id, again.test)


@pytest.mark.parametrize(
    ("classes", "words"),
    [({"ants": "", "bees": ""}, "only one class"), ({"ants": "a", "bees": "a", "wasps": "a"}, "only one class")],
)
def test_an_edit_that_cannot_be_trained_on_is_said_and_not_kept(
    made: Manifest, classes: dict[str, str], words: str
) -> None:
    result = edit(made, **classes)
    assert result.dataset is None
    assert words in result.problem
    assert [manifest.id for manifest in stored.owned(ME)] == [made.id]


def test_another_student_cannot_edit_it(made: Manifest, home: Path) -> None:
    before = set((home / "datasets").iterdir())
    with pytest.raises(UploadError, match="no such data set of yours"):
        edit(made, owner="somebody else", ants="mine now")
    assert set((home / "datasets").iterdir()) == before


def test_a_name_too_long_a_stop_and_the_limit(made: Manifest, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UploadError, match="'ants' is longer than 60"):
        edit(made, ants="x" * 61)
    with pytest.raises(Stopped):
        editing.edited(made.id, ME, {}, "x", 1, ignore, lambda: True)
    monkeypatch.setenv("TL_DATASETS_EACH", "1")
    settings.cache_clear()
    with pytest.raises(UploadError, match="You have 1 data sets"):
        edit(made, seed=1)
    replaced = editing.edited(made.id, ME, {}, "x", 1, ignore, never, replace=True)
    assert replaced.dataset is not None
    assert not list(settings().datasets.glob(f"{stored.UNFINISHED}*"))


def test_what_an_edit_does_is_said(made: Manifest) -> None:
    assert editing.changes(made, {}, 0) == ""
    said = editing.changes(made, {"ants": "insects", "bees": "insects", "wasps": ""}, 4)
    assert said == ("Ants, bees become one class, insects; wasps is dropped; other pictures are held out for the test.")
    assert editing.changes(made, {"ants": "formica"}, 0) == "Ants is called formica."
    assert editing.counts(made, {"ants": "insects", "bees": "insects", "wasps": ""}) == {"insects": 14}


def test_a_test_part_as_it_came_stays_over_an_edit_until_another_split_is_asked_for(tmp_path: Path) -> None:
    files = pictures("train/cats", "train/dogs", each=9) | pictures("test/cats", "test/dogs", each=2)
    files["test/cats/copy.png"] = files["train/cats/0.png"]
    with reader.opened(zipped(tmp_path / "x.zip", files), Choice(test_part="test")) as contents:
        made = intake(contents, "Pets", ME, ignore, never).dataset
    assert made.test == {"cats": 2, "dogs": 2}  # what was trained on is never tested on
    renamed = editing.edited(made.id, ME, {"cats": "kittens"}, "Pets", made.split_seed, ignore, never).dataset
    assert renamed.test == {"kittens": 2, "dogs": 2}
    redrawn = editing.edited(made.id, ME, {}, "Pets", 5, ignore, never).dataset
    assert redrawn.test == {"cats": 3, "dogs": 3}
    assert len({made.id, renamed.id, redrawn.id}) == 3
