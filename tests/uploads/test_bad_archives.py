from __future__ import annotations

import os
import struct
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.uploading import pictures, taken_in, zipped
from tests.uploads.reading import ARCHIVE, PNG, look, reasons
from tl_core.base.settings import settings
from tl_core.uploads import reader
from tl_core.uploads.decode import Refused
from tl_core.uploads.limits import UploadError


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
    refused(zipped(tmp_path / "x.zip", pictures("a", "b", each=20)), "kB at once")
    refused(zipped(tmp_path / "y.zip", {"a/1.png": bytes(100_000)}), "100 kB of files; the limit is 50 kB")


def limited(monkeypatch: pytest.MonkeyPatch, **limits: str) -> None:
    for name, value in limits.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()


def test_a_size_that_lies_ends_where_it_said(tmp_path: Path) -> None:
    source = zipped(tmp_path / "x.zip", {"a/1.png": bytes(5_000_000), "b/1.png": PNG})
    content = source.read_bytes()
    source.write_bytes(content.replace(struct.pack("<L", 5_000_000), struct.pack("<L", 1000)))
    with reader.opened(source) as contents, pytest.raises(Refused, match="damaged in the archive"):
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
        ("notes.txt", b"hello", "neither a zip archive, nor a folder, nor a table .* as CSV, TSV or XLSX"),
        ("empty.zip", b"", "is damaged, or not a zip"),
    ],
)
def test_what_is_no_upload_is_refused_with_its_name(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    source = tmp_path / name
    source.write_bytes(content)
    refused(source, words)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    refused(tmp_path / "nothing", "There is no file or folder")


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
    with suppress(UploadError), reader.opened(source) as contents:
        for found in contents.found:
            with suppress(Refused):
                assert len(found.read()) <= settings().image_bytes
