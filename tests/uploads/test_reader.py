"""What is in an archive or a folder: classes by folders, and everything hostile refused with a sentence."""

from __future__ import annotations

import io
import os
import stat
import struct
import sys
import unicodedata
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.uploading import encoded, photo, pictures, taken_in, zipped
from tl_core.base.settings import settings
from tl_core.uploads import reader as uploads
from tl_core.uploads.decode import Refused
from tl_core.uploads.labels import class_level, clean_label, shown
from tl_core.uploads.limits import Entry, UploadError
from tl_core.uploads.reader import Contents

PNG = encoded(photo(0))


def look(source: Path) -> Contents:
    with uploads.opened(source) as contents:
        for found in contents.found:
            found.read()
        return contents


def labels(*names: str) -> dict[str, str]:
    """file → class of files with these paths."""
    contents = uploads.arranged([Entry(name, lambda: PNG) for name in names])
    return {found.file: found.label for found in contents.found}


def reasons(contents: Contents) -> dict[str, str]:
    return dict(contents.rejected)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("ants/1.png", "bees/1.png"), {"ants", "bees"}),
        (("top/ants/1.png", "top/bees/1.png"), {"ants", "bees"}),
        (("a/b/c/ants/1.png", "a/b/c/bees/1.png", "readme.txt"), {"ants", "bees"}),
        (("top/ants/1.png", "top/bees/1.png", "top/cover.jpg"), {"ants", "bees"}),
        (("d/train/ants/1.png", "d/val/bees/1.png", "d/Test/bees/2.png"), {"ants", "bees"}),
        (("ants/2024/1.png", "bees/2.png"), {"ants", "bees"}),
        (("top/ants/1.png", "top/ants/2.png"), {"ants"}),
        (("train/1.png", "test/2.png"), {"train", "test"}),
        (("1.png", "2.png"), set()),
        (("./ants//1.png", "bees/./2.png"), {"ants", "bees"}),
    ],
)
def test_the_folder_is_the_class(names: tuple[str, ...], expected: set[str]) -> None:
    assert set(labels(*names).values()) == expected


def test_folders_of_a_division_are_put_together_and_told() -> None:
    contents = uploads.arranged([Entry(f"{p}/{c}/1.png", lambda: PNG) for p in ("train", "val") for c in "ab"])
    assert contents.parts == ("train", "val")
    assert [found.label for found in contents.found] == ["a", "a", "b", "b"]


NAMES = some.text(some.sampled_from("aäß./\\ :~\0\n\u202e漢,عCON\ud800"), min_size=1, max_size=8)


@given(some.lists(some.lists(NAMES, min_size=1, max_size=5).map("/".join), max_size=12))
def test_every_file_has_exactly_one_class_or_one_reason(names: list[str]) -> None:
    contents = uploads.arranged([Entry(name, lambda: PNG) for name in names])
    assert len(contents.found) + len(contents.rejected) + contents.skipped == len(names)
    for found in contents.found:
        assert found.label == clean_label(found.label)
        assert found.label
        assert (found.label + found.file).encode("utf-8")
    for file, reason in contents.rejected:
        assert file.encode("utf-8")
        assert reason


@given(some.lists(some.lists(some.sampled_from(["a", "b", "train", "val", "x"]), max_size=4).map(tuple), max_size=8))
def test_the_level_of_the_classes_lies_within_the_folders(folders: list[tuple[str, ...]]) -> None:
    level = class_level(folders)
    assert 0 <= level <= max((len(path) - 1 for path in folders if path), default=0)


@given(some.text(max_size=40))
def test_a_clean_label_can_be_listed_printed_and_compared(text: str) -> None:
    label = clean_label(text)
    assert label == clean_label(label) == unicodedata.normalize("NFC", label)
    assert "," not in label
    assert all(character == " " or unicodedata.category(character)[0] not in "CZ" for character in label)


def test_one_name_in_two_unicode_forms_is_one_class() -> None:
    assert len({clean_label(unicodedata.normalize(form, "Äpfel")) for form in ("NFC", "NFD")}) == 1


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


def test_names_without_the_unicode_flag_are_read_as_utf_8_where_they_are(tmp_path: Path) -> None:
    source = zipped(tmp_path / "x.zip", {"Aepfel/1.png": PNG, "Birnen/1.png": PNG})
    utf8, cp437 = "Äpfel".encode(), b"\x8epfel!"
    for name, raw in ((b"Aepfel", utf8), (b"Birnen", cp437)):
        source.write_bytes(source.read_bytes().replace(name, raw[:6]))
    assert {found.label for found in look(source).found} == {"Äpfel", "Äpfel!"}


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


def refused(source: Path, words: str) -> None:
    with pytest.raises(UploadError, match=words) as caught:
        look(source)
    assert source.name in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_bomb_is_refused_by_its_ratio_before_it_is_unpacked(tmp_path: Path) -> None:
    zeros = b"\0" * 50_000_000
    refused(zipped(tmp_path / "bomb.zip", {f"a/{i}.bmp": zeros for i in range(4)}), "zip bomb")


def test_an_archive_is_refused_by_the_total_it_unpacks_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, TL_UPLOAD_BYTES="50000")
    refused(zipped(tmp_path / "x.zip", pictures("a", "b", each=20)), "kB at once are the limit")
    refused(zipped(tmp_path / "y.zip", {"a/1.png": bytes(100_000)}), "100 kB of files; 50 kB")


def limited(monkeypatch: pytest.MonkeyPatch, **limits: str) -> None:
    for name, value in limits.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()


def test_a_size_that_lies_ends_where_it_said(tmp_path: Path) -> None:
    source = zipped(tmp_path / "x.zip", {"a/1.png": bytes(5_000_000), "b/1.png": PNG})
    content = source.read_bytes()
    source.write_bytes(content.replace(struct.pack("<L", 5_000_000), struct.pack("<L", 1000)))
    with uploads.opened(source) as contents, pytest.raises(Refused, match="damaged in the archive"):
        contents.found[0].read()


def test_a_file_larger_than_a_picture_may_be_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, TL_IMAGE_BYTES="20000")
    files = pictures("a", "b") | {"a/large.png": os.urandom(30_000)}
    assert "larger than the limit of 20 kB" in reasons(look(zipped(tmp_path / "x.zip", files)))["a/large.png"]


def test_a_hundred_thousand_entries_are_refused_before_they_are_listed(tmp_path: Path) -> None:
    source = tmp_path / "many.zip"
    with zipfile.ZipFile(source, "w") as archive:
        for i in range(100_000):
            archive.writestr(zipfile.ZipInfo(f"a/{i}.png"), b"")
    refused(source, "100,000 entries")
    content = bytearray(source.read_bytes())
    end = content.rfind(b"PK\x05\x06")
    content[end + 8 : end + 12] = struct.pack("<HH", 5, 5)  # a count that lies
    end64 = content.rfind(b"PK\x06\x06")
    content[end64 + 24 : end64 + 40] = struct.pack("<QQ", 5, 5)
    source.write_bytes(content)
    refused(source, "entries")


def test_an_end_record_elsewhere_cannot_hide_how_many_entries_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(65_600):  # more than fit into an end record without ZIP64
            archive.writestr(zipfile.ZipInfo(f"a/{number}.png"), b"")
    content = bytearray(path.read_bytes())
    locator, real = content.rfind(b"PK\x06\x07"), content.rfind(b"PK\x06\x06")
    bait = bytearray(content[real : real + 56])
    bait[24:48] = struct.pack("<QQQ", 2, 2, 100)
    struct.pack_into("<Q", content, locator + 8, len(content) + 4)  # after the archive's comment begins
    content[-2:] = struct.pack("<H", 60)
    path.write_bytes(bytes(content) + b"...." + bytes(bait))
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("all of its directory was read"))
    with pytest.raises(UploadError, match="65,600"):
        look(path)


def test_a_password_an_unknown_method_and_a_damaged_entry(tmp_path: Path) -> None:
    locked = zipped(tmp_path / "locked.zip", pictures("a", "b"))
    content = bytearray(locked.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(mark, at + 1)
    locked.write_bytes(content)
    refused(locked, "locked with a password")
    packed = zipped(tmp_path / "lzma.zip", pictures("a"), zipfile.ZIP_LZMA)
    assert {"make an ordinary zip" in reason for reason in reasons(look(packed)).values()} == {True}
    damaged = zipped(tmp_path / "damaged.zip", pictures("a", "b"))
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:60] + bytes(20) + whole[80:])
    result = taken_in(damaged)
    assert result.classes == {"a": 5, "b": 6}
    assert dict(result.report.rejected)["a/0.png"] == "is damaged in the archive"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("photo.jpg", PNG, "is a single file"),
        ("photos.tar.gz", b"\x1f\x8b", "is not a zip archive"),
        ("photos.zip", b"PK\x03\x04" + b"x" * 100, "is damaged, or not a zip"),
        ("notes.txt", b"hello", "neither a zip archive nor a folder"),
        ("empty.zip", b"", "is damaged, or not a zip"),
    ],
)
def test_what_is_no_upload_is_refused_with_its_name(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    refused(source, words)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    refused(tmp_path / "nothing", "There is no file or folder")


ARCHIVE = io.BytesIO()
with zipfile.ZipFile(ARCHIVE, "w", zipfile.ZIP_DEFLATED) as _archive:
    for _name, _content in pictures("ants", "bees", each=4).items():
        _archive.writestr(_name, _content)


@given(
    changes=some.lists(some.tuples(some.integers(0, 10**6), some.integers(0, 255)), min_size=1, max_size=30),
    tail=some.booleans(),
    cut=some.one_of(some.none(), some.floats(0, 1)),
)
def test_a_mutated_archive_is_read_or_refused(
    tmp_path: Path, changes: list[tuple[int, int]], tail: bool, cut: float | None
) -> None:
    damaged = bytearray(ARCHIVE.getvalue())
    span = 700 if tail else len(damaged)  # the archive's directory is at its end
    for place, value in changes:
        damaged[-1 - place % span] = value
    source = tmp_path / "x.zip"
    source.write_bytes(damaged if cut is None else damaged[: int(len(damaged) * cut)])
    with suppress(UploadError), uploads.opened(source) as contents:
        for found in contents.found:
            with suppress(Refused):
                assert len(found.read()) <= settings().image_bytes


def test_a_name_with_a_broken_character_can_be_shown() -> None:
    assert shown("a\ud800\nb") == "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b"
