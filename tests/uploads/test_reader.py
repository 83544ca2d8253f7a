"""What is in an archive or a folder: classes by folders, and everything hostile refused with a sentence."""

from __future__ import annotations

import os
import stat
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.uploading import pictures, taken_in, zipped
from tests.uploads.reading import ARCHIVE, PNG, look, reasons
from tl_core.uploads import reader
from tl_core.uploads.labels import clean_label, shown
from tl_core.uploads.limits import Entry, Listing

NAMES = some.text(some.sampled_from("aäß./\\ :~\0\n\u202e漢,عCON\ud800"), min_size=1, max_size=8)


@given(some.lists(some.lists(NAMES, min_size=1, max_size=5).map("/".join), max_size=12))
def test_every_file_has_exactly_one_class_or_one_reason(names: list[str]) -> None:
    contents = reader.arranged(Listing([Entry(name, lambda: PNG) for name in names]))
    assert len(contents.found) + len(contents.rejected) + contents.skipped == len(names)
    for found in contents.found:
        assert found.label == clean_label(found.label)
        assert found.label
        assert (found.label + found.file).encode("utf-8")
    for file, reason in contents.rejected:
        assert file.encode("utf-8")
        assert reason


HOSTILE = {
    "../../evil.png": "leads out of the archive",
    "ants/../../../evil.png": "leads out of the archive",
    "..\\..\\worse.png": "leads out of the archive",
    "/etc/evil.png": "absolute path",
    "C:\\Windows\\evil.png": "absolute path",
    "C:/evil.png": "absolute path",
    "\\\\server\\share\\evil.png": "absolute path",
    "ants/more.zip": "archive inside",
    "ants/more.tar.gz": "archive inside",
    "lonely.png": "lies in no class folder",
    "a" * 61 + "/1.png": "longer than 60",
}


def test_hostile_names_are_refused_one_by_one_and_nothing_is_written(tmp_path: Path, home: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    source = zipped(inside / "x.zip", pictures("ants", "bees") | dict.fromkeys(HOSTILE, PNG))
    before = sorted(tmp_path.rglob("*"))
    result = taken_in(source)
    assert result.classes == {"ants": 6, "bees": 6}
    told = dict(result.report.rejected)
    assert len(told) == len(HOSTILE)
    for name, words in HOSTILE.items():
        assert words in told[name.replace("\\", "/")]
    there = {path for path in tmp_path.rglob("*") if home not in (path, *path.parents)}
    assert there == set(before)
    assert not list(home.rglob("*e.png"))


def test_names_of_any_script_reserved_names_and_names_alike_are_only_labels(tmp_path: Path) -> None:
    names = ("蚂蚁", "пчёлы", "نمل", "CON", "nul", "Bees", "bees", "emoji 🐝", "white  space", "back\\slash")
    result = taken_in(zipped(tmp_path / "x.zip", pictures(*names, each=4)))
    wanted = {*names, "white space", "back"} - {"white  space", "back\\slash"}
    assert result.classes == dict.fromkeys(sorted(wanted), 4)
    assert any("'Bees' and 'bees' differ only" in sentence for sentence in result.warnings)


def test_hidden_and_system_files_are_passed_over(tmp_path: Path) -> None:
    litter = ("__MACOSX/ants/._1.png", "ants/.DS_Store", ".git/config", "ants/Thumbs.db", "bees/desktop.ini")
    contents = look(zipped(tmp_path / "x.zip", pictures("ants", "bees") | dict.fromkeys(litter, b"x")))
    assert contents.skipped == len(litter)
    assert len(contents.found) == 12
    assert not contents.rejected


def linked(name: str, target: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def test_links_and_pipes_in_an_archive_are_refused(tmp_path: Path) -> None:
    source = zipped(tmp_path / "x.zip", pictures("ants", "bees"))
    with zipfile.ZipFile(source, "a") as archive:
        archive.writestr(linked("ants/link.png", "/etc/passwd"), "/etc/passwd")
        pipe = zipfile.ZipInfo("ants/pipe.png")
        pipe.external_attr = stat.S_IFIFO << 16
        archive.writestr(pipe, "")
    told = reasons(look(source))
    assert "is a link" in told["ants/link.png"]
    assert "a pipe" in told["ants/pipe.png"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside" / "secret"
    outside.mkdir(parents=True)
    (outside / "1.png").write_bytes(PNG)
    top = tmp_path / "top"
    for name, content in pictures("ants", "bees").items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(content)
    (top / "ants" / "link.png").symlink_to(outside / "1.png")
    (top / "secret").symlink_to(outside)
    (top / "ants" / "loop").symlink_to(top)
    os.mkfifo(top / "ants" / "pipe.png")
    contents = look(top)
    assert {found.label for found in contents.found} == {"ants", "bees"}
    assert len(contents.found) == 12
    assert len(contents.rejected) == 4


with zipfile.ZipFile(ARCHIVE, "w", zipfile.ZIP_DEFLATED) as _archive:
    for _name, _content in pictures("ants", "bees", each=4).items():
        _archive.writestr(_name, _content)


def test_a_name_with_a_broken_character_can_be_shown() -> None:
    assert shown("a\ud800\nb") == "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b"
