"""What is collected before a data set is made: on the disk, the student's own, within the limits."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from PIL import Image

from tests.uploading import ME, encoded, photo, pictures, zipped
from tl_core.base.settings import settings
from tl_core.processes import removal
from tl_core.uploads import drafts, on_the_spot, quality
from tl_core.uploads.drafts import Upload
from tl_core.uploads.limits import UploadError

PNG = encoded(photo(0))


def archive(tmp_path: Path, files: dict[str, bytes]) -> Upload:
    path = zipped(tmp_path / "x.zip", files)
    return Upload("insects.zip", path.read_bytes())


def limited(monkeypatch: pytest.MonkeyPatch, **limits: str) -> None:
    for name, value in limits.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()


def test_files_a_folder_and_an_archive_become_one_collection(tmp_path: Path) -> None:
    drafts.add_files(ME, "ants", [Upload("a.png", PNG), Upload("../../b.png", PNG)])
    drafts.add_folder(
        ME,
        [
            Upload("top/bees/1.png", PNG),
            Upload("top/ants/2.png", PNG),
            Upload("top/.DS_Store", b"x"),
            Upload("top/bees/more.zip", b"PK"),
        ],
    )
    drafts.add_archive(ME, archive(tmp_path, pictures("bees", "wasps", each=4) | {"bees/notes.txt": b"a note"}))
    assert drafts.counts(drafts.items(ME)) == {"ants": 3, "bees": 5, "wasps": 4}
    with drafts.contents(ME, drafts.items(ME)) as contents:
        assert [found.label for found in contents.found] == ["ants"] * 3 + ["bees"] * 6 + ["wasps"] * 4
        assert all(found.read() for found in contents.found)
        assert dict(contents.rejected) == {"top/bees/more.zip": "is an archive inside the upload: unpack it first"}


def test_photos_are_numbered_and_a_camera_that_is_not_on_yet_is_told(home: Path) -> None:
    on_the_spot.add_photo(ME, "ants", PNG)
    on_the_spot.add_photo(ME, "ants", PNG)
    assert [item.name for item in drafts.items(ME)] == ["ants 1.jpg", "ants 2.jpg"]
    for bad, words in ((encoded(Image.new("RGB", (64, 48))), "showed nothing yet"), (b"\xff\xd8", "Take it again")):
        with pytest.raises(UploadError, match=words):
            on_the_spot.add_photo(ME, "ants", bad)
    assert drafts.counts(drafts.items(ME)) == {"ants": 2}


def test_no_name_of_an_upload_is_ever_a_path(home: Path) -> None:
    for name in ("../../evil.png", "/etc/evil.png", "CON.png", "a\0b.png", "x" * 500 + ".png"):
        drafts.add_files(ME, "ants", [Upload(name, PNG)])
    there = [path for path in home.rglob("*") if path.is_file() and path.name != "secret"]
    assert {path.parent for path in there} == {drafts.folder(ME)}
    assert not [path for path in there if "evil" in path.name]
    assert len(drafts.items(ME)) == 5


def test_a_collection_belongs_to_one_student(home: Path) -> None:
    drafts.add_files(ME, "ants", [Upload("a.png", PNG)])
    assert drafts.items("somebody else") == ()
    assert drafts.folder(ME) != drafts.folder("somebody else")


def test_taking_out_and_clearing_leave_nothing(tmp_path: Path) -> None:
    drafts.add_files(ME, "ants", [Upload("a.png", PNG), Upload("b.png", PNG)])
    drafts.add_archive(ME, archive(tmp_path, pictures("bees", each=4)))
    ants = [item for item in drafts.items(ME) if item.label == "ants"]
    drafts.remove(ME, ants)
    assert drafts.counts(drafts.items(ME)) == {"bees": 4}
    assert len(list(drafts.folder(ME).iterdir())) == 2
    drafts.clear(ME)
    assert list(drafts.folder(ME).iterdir()) == []


@pytest.mark.parametrize("label", ["", "  ", "\u200b", "x" * 61])
def test_a_class_needs_a_usable_name(label: str) -> None:
    with pytest.raises(UploadError, match="name"):
        drafts.add_files(ME, label, [Upload("a.png", PNG)])


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"TL_UPLOAD_IMAGES": "3"}, "4 pictures; the limit is 3 at once"),
        ({"TL_UPLOAD_BYTES": str(len(PNG) * 3)}, "at once"),
        ({"TL_DISK_SPARE_BYTES": str(10**15)}, "not enough room on the server"),
    ],
)
def test_limits_are_kept_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch, limits: dict[str, str], words: str
) -> None:
    drafts.add_files(ME, "ants", [Upload("a.png", PNG), Upload("b.png", PNG)])
    limited(monkeypatch, **limits)
    before = sorted(drafts.folder(ME).iterdir())
    with pytest.raises(UploadError, match=words):
        drafts.add_files(ME, "bees", [Upload("c.png", PNG), Upload("d.png", PNG)])
    assert sorted(drafts.folder(ME).iterdir()) == before


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("notes.zip", b"hello", "notes.zip is damaged, or not a zip"),
        ("photo.jpg", PNG, "photo.jpg is a single file"),
        ("flat.zip", None, "No picture of flat.zip could be taken: 1.png lies in no class folder"),
    ],
)
def test_a_refused_archive_leaves_nothing(tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    data = content or zipped(tmp_path / "x.zip", {"1.png": PNG}).read_bytes()
    with pytest.raises(UploadError, match=words):
        drafts.add_archive(ME, Upload(name, data))
    assert list(drafts.folder(ME).iterdir()) == []


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = archive(tmp_path, pictures("ants", "bees"))

    def full(home: Path, found: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(drafts, "_write", full)
    for add in (lambda: drafts.add_archive(ME, upload), lambda: drafts.add_files(ME, "ants", [Upload("a", PNG)])):
        with pytest.raises(UploadError, match="No space left on device"):
            add()
    assert list(drafts.folder(ME).iterdir()) == []


def test_a_folder_without_class_folders_is_refused() -> None:
    with pytest.raises(UploadError, match=r"No picture of this folder .* lies in no class folder"):
        drafts.add_folder(ME, [Upload("1.png", PNG), Upload("2.png", PNG)])


def test_a_collection_that_is_left_lying_goes_and_a_young_one_stays() -> None:
    for owner in (ME, "somebody else"):
        drafts.add_files(owner, "ants", [Upload("a.png", PNG)])
    os.utime(drafts.folder(ME), (time.time() - 3 * 86400,) * 2)
    removal.expire()
    assert drafts.items(ME) == ()
    assert drafts.items("somebody else")


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({}, "Add a second class"),
        ({"ants": 9}, "Add a second class"),
        ({"ants": 9, "bees": 3}, "Add pictures of 'bees': at least 4"),
        ({"ants": 4, "bees": 4}, ""),
    ],
)
def test_what_is_missing_is_said_beforehand(counts: dict[str, int], words: str) -> None:
    assert quality.missing(counts).startswith(words)
    assert bool(quality.missing(counts)) == bool(words)
