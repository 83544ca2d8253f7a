"""`python -m tl_core import`, as a teacher runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sounding import recorded
from tests.uploading import encoded, photo, pictures, zipped
from tl_core.__main__ import main
from tl_core.cli.follow import owner
from tl_core.uploads import stored


def imported(source: Path, tmp_path: Path, *arguments: str) -> tuple[int, dict[str, object]]:
    out = tmp_path / "out.json"
    status = main(["import", str(source), "--json", str(out), *arguments])
    return status, json.loads(out.read_text(encoding="utf-8"))


def test_a_zip_becomes_a_data_set_of_the_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = pictures("ants", "bees") | {"ants/note.txt": b"a note", "bees/again.png": pictures("bees")["bees/0.png"]}
    status, told = imported(zipped(tmp_path / "x.zip", files), tmp_path, "--name", "Insects")
    assert status == 0
    assert told["classes"] == {"ants": 6, "bees": 7}
    assert told["refused"] == [{"file": "ants/note.txt", "reason": "is a text file, not a picture"}]
    assert told["duplicates"] == [
        {
            "exact": True,
            "across_classes": False,
            "files": [{"file": "bees/0.png", "class": "bees"}, {"file": "bees/again.png", "class": "bees"}],
        }
    ]
    (made,) = stored.owned(owner())
    assert (made.id, made.title) == (told["dataset"], "Insects")
    said = capsys.readouterr().out
    assert f"race --dataset {made.id}" in said
    assert "Refused: ants/note.txt is a text file" in said
    assert main(["datasets"]) == 0
    assert made.id in capsys.readouterr().out


def test_recordings_become_a_data_set_that_is_called_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = recorded("yes", "no", kind="MP3") | {"yes/cover.jpg": b"x", "no/notes.wav": b"milk"}
    status, told = imported(zipped(tmp_path / "sounds.zip", files), tmp_path, "--name", "Words")
    assert (status, told["title"], told["classes"]) == (0, "Words", {"no": 6, "yes": 6})
    assert told["refused"] == [
        {"file": "no/notes.wav", "reason": "is no sound that can be read: WAV, FLAC, OGG or MP3"},
        {"file": "yes/cover.jpg", "reason": "is no recording, unlike most files of the upload"},
    ]
    said = capsys.readouterr().out
    assert "yes: 6 recordings, 2 of them for the test" in said
    assert "Most files are recordings. Left out: 1 other file (.jpg)." in said


def test_a_folder_gives_the_same_data_set_as_its_archive(tmp_path: Path) -> None:
    files = pictures("ants", "bees")
    for name, content in files.items():
        path = tmp_path / "My insects.v2" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    status, told = imported(tmp_path / "My insects.v2", tmp_path)
    assert (status, told["title"]) == (0, "My insects.v2")
    assert imported(zipped(tmp_path / "x.zip", files), tmp_path)[1]["dataset"] == told["dataset"]
    assert imported(zipped(tmp_path / "x.zip", files), tmp_path, "--split-seed", "3")[1]["dataset"] != told["dataset"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (pictures("ants"), "only one class, 'ants'"),
        ({}, "There is no picture in it"),
        ({"a/1.png": b"x", "b/2.png": b"y"}, "None of its 2 files"),
    ],
)
def test_an_unusable_upload_is_one_sentence_and_status_two(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str], files: dict[str, bytes], words: str
) -> None:
    status, told = imported(zipped(tmp_path / "x.zip", files), tmp_path)
    assert (status, told["dataset"]) == (2, None)
    said = capsys.readouterr()
    assert words in said.err
    assert words in str(told["problem"])
    assert said.err.count("\n") == 1
    assert said.out == ""
    assert list((home / "datasets").iterdir()) == []


def test_a_refused_archive_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "one.png"
    picture.write_bytes(encoded(photo(1)))
    status, told = imported(picture, tmp_path)
    assert status == 2
    assert told["refused"] == [{"file": "one.png", "reason": told["problem"]}]
    assert "one.png is a single file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("--json", "/no/such/folder/x.json"), "does not exist"), (("--split-seed", "-1"), "at least 0")],
)
def test_bad_options_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert main(["import", str(zipped(tmp_path / "x.zip", pictures("a", "b"))), *arguments]) == 2
    assert words in capsys.readouterr().err
    assert stored.owned(owner()) == []


PARTED = pictures("train/cats", "train/dogs", "test/cats", "test/dogs")


@pytest.mark.parametrize(
    ("arguments", "classes", "tested"),
    [
        ((), {"cats": 12, "dogs": 12}, {"cats": 3, "dogs": 3}),
        (("--test-part", "test"), {"cats": 12, "dogs": 12}, {"cats": 6, "dogs": 6}),
        (("--class-level", "0"), {"test": 12, "train": 12}, {"test": 3, "train": 3}),
        (("--labels", "labels.csv"), {"a": 6, "b": 6}, {"a": 2, "b": 2}),
    ],
)
def test_the_conclusion_is_told_and_can_be_changed(
    tmp_path: Path, arguments: tuple[str, ...], classes: dict[str, int], tested: dict[str, int]
) -> None:
    rows = "".join(f"train/{kind}/{i}.png,{'a' if i % 2 else 'b'}\n" for kind in ("cats", "dogs") for i in range(6))
    table = {"labels.csv": b"file,label\n" + rows.encode()}
    status, told = imported(zipped(tmp_path / "x.zip", PARTED | table), tmp_path, *arguments)
    assert (status, told["classes"], told["test"]) == (0, classes, tested)
    if not arguments:
        assert told["parts"] == {"test": 12}
        assert "The folders train and test were put together" in " ".join(told["warnings"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--test-part", "holdout"), "There is no part holdout to test on"),
        (("--labels", "no.csv"), "There is no table no.csv in it: there is none"),
        (("--class-level", "-1"), "at least 0"),
    ],
)
def test_a_choice_that_does_not_fit_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert main(["import", str(zipped(tmp_path / "x.zip", PARTED)), *arguments]) == 2
    assert words in capsys.readouterr().err
    assert stored.owned(owner()) == []
