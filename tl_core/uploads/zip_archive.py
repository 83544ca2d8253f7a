"""A zip archive, held against every limit by its directory first, and again by what comes out of it.

Nothing is unpacked to the disk.
"""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tl_core.base.settings import settings
from tl_core.uploads import code_pages
from tl_core.uploads.decode import Refused
from tl_core.uploads.labels import ARCHIVES, PICTURES, SOUNDS, shown
from tl_core.uploads.limits import (
    Entry,
    Listing,
    UploadError,
    bad_kind,
    entries_limit,
    limited,
    megabytes,
    too_big,
    too_many,
)

RATIO, RATIO_BYTES = 100, 100 * 1024**2  # an archive that grows so many times, and to so much, is a bomb
UTF_8, UNICODE_PATH = 0x800, 0x7075
NAME_BYTES = 512  # an archive's directory has so much room a file


@contextmanager
def entries(source: Path, encoding: str = "") -> Iterator[Listing]:
    """The files in a zip archive; they can be read inside the `with`.

    `encoding`, a key of CODE_PAGES: of the names that do not say theirs; "" for the likeliest.

    Raises
    ------
    UploadError
        When the whole archive is refused: no zip archive, too much in it, a password, a bomb; or when its names are
        not in that encoding.
    """
    try:
        archive = _open(source)
    except UploadError:
        raise
    except (zipfile.BadZipFile, struct.error, ValueError, OSError, EOFError, NotImplementedError) as error:
        raise UploadError(f"{shown(source.name)} {_no_archive(source)}.") from error
    with archive:
        yield _entries(archive, source, encoding)


def _open(source: Path) -> zipfile.ZipFile:
    size = source.stat().st_size
    if size > settings().upload_bytes:
        raise UploadError(too_big(shown(source.name), size))
    count, directory_bytes = _directory(source)
    if count > entries_limit() or directory_bytes > entries_limit() * NAME_BYTES:
        raise UploadError(too_many(shown(source.name), f"{count:,}" if count > entries_limit() else "too many"))
    return zipfile.ZipFile(source)


def _directory(source: Path) -> tuple[int, int]:
    """(entries, bytes) of a zip archive's central directory, as its end record states them (APPNOTE 4.3.14, 4.3.16).

    Python's zipfile reads the whole directory into memory before anything can be counted.
    """
    with source.open("rb") as file:
        start = max(0, file.seek(0, os.SEEK_END) - 65_557)
        file.seek(start)
        tail = file.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) < at + 22:
            raise zipfile.BadZipFile("no end record")
        count, directory_bytes = struct.unpack_from("<HL", tail, at + 10)
        locator = tail[at - 20 : at] if at >= 20 else b""
        if locator.startswith(b"PK\x06\x07"):
            file.seek(max(0, start + at - 20 - 56))  # where zipfile looks; the place that the locator names may be bait
            record = file.read(56)
            if not record.startswith(b"PK\x06\x06"):
                raise zipfile.BadZipFile("no ZIP64 end record before its locator")
            count, directory_bytes = struct.unpack_from("<QQ", record, 32)
    return count, directory_bytes


def _entries(archive: zipfile.ZipFile, source: Path, encoding: str) -> Listing:
    name, infos = shown(source.name), [info for info in archive.infolist() if not info.filename.endswith("/")]
    if len(infos) > entries_limit():
        raise UploadError(too_many(name, f"{len(infos):,}"))
    if any(info.flag_bits & 0x1 for info in infos):
        raise UploadError(f"{name} is locked with a password: make an archive without one and upload it again.")
    unpacked, packed = sum(info.file_size for info in infos), source.stat().st_size
    if unpacked > RATIO_BYTES and unpacked > RATIO * packed:
        raise UploadError(
            f"{name} would grow {unpacked // packed:,} times when unpacked, to {megabytes(unpacked)}: that is what a "
            "zip bomb looks like, so it is refused."
        )
    if unpacked > settings().upload_bytes:
        raise UploadError(too_big(name, unpacked))
    return _listing(archive, infos, encoding)


def _listing(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], wanted: str) -> Listing:
    """Every entry under its name. Names that do not say their encoding are read in one and the same.

    A backslash divides folders only once the bytes are characters: in some code pages it is half of one.
    """
    known = {info: name for info in infos if (name := _said(info))}
    raw = [_raw(info) for info in infos if info not in known]
    names, encoding = code_pages.decoded(raw, wanted)
    others = iter(names)
    paths = [(known.get(info) or next(others)).replace("\\", "/") for info in infos]
    entries = [Entry(path, _reader(archive, info), _problem(info)) for path, info in zip(paths, infos, strict=True)]
    return Listing(entries, encoding, code_pages.is_sure(raw, encoding))


def _said(info: zipfile.ZipInfo) -> str:
    """The name in Unicode, where the archive gives it (APPNOTE 4.4.4, bit 11, and 4.6.9); else ""."""
    if info.flag_bits & UTF_8:
        return info.orig_filename.split("\0")[0]
    extra = info.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        body, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == UNICODE_PATH and body[1:5] == struct.pack("<L", zlib.crc32(_raw(info))):
            with suppress(UnicodeError):
                return body[5:].decode("utf-8").split("\0")[0]
    return ""


def _raw(info: zipfile.ZipInfo) -> bytes:
    """The name as it stands in the archive: zipfile reads it in code page 437, which has a character for every byte."""
    return info.orig_filename.split("\0")[0].encode("utf-8" if info.flag_bits & UTF_8 else "cp437")


def _problem(info: zipfile.ZipInfo) -> str:
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed by a method that cannot be read here: make an ordinary zip archive"
    if info.file_size > settings().image_bytes:
        return f"is larger than the limit of {megabytes(settings().image_bytes)} for one file"
    return bad_kind(info.external_attr >> 16)


def _reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with archive.open(info) as stream:
                return limited(stream)
        except Refused:
            raise
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, struct.error) as error:
            raise Refused("is damaged in the archive") from error

    return read


def _no_archive(source: Path) -> str:
    suffix = source.suffix.lower()
    if suffix in PICTURES | SOUNDS:
        return "is a single file: upload a zip archive or a folder, with a folder for each class"
    if suffix in ARCHIVES - {".zip"}:
        return "is not a zip archive: pack the files as an ordinary zip"
    if suffix == ".zip":
        return "is damaged, or not a zip archive: pack it again"
    return (
        "is neither a zip archive, nor a folder, nor a table of a known kind: upload an archive or a folder, with a "
        "folder for each class, or a table of sentences as CSV, TSV or XLSX"
    )
