"""A zip archive of pictures, held against every limit by its directory first, and again by what comes out of it.

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
from tl_core.uploads.decode import Refused
from tl_core.uploads.labels import ARCHIVES, PICTURES, shown
from tl_core.uploads.limits import Entry, UploadError, bad_kind, entries_limit, limited, megabytes, too_big, too_many

RATIO, RATIO_BYTES = 100, 100 * 1024**2  # an archive that grows so many times, and to so much, is a bomb
NAME_BYTES = 512  # an archive's directory has so much room a file


@contextmanager
def entries(source: Path) -> Iterator[list[Entry]]:
    """The files in a zip archive; they can be read inside the `with`.

    Raises
    ------
    UploadError
        When the whole archive is refused: no zip archive, too much in it, a password, a bomb.
    """
    try:
        archive = _open(source)
    except UploadError:
        raise
    except (zipfile.BadZipFile, struct.error, ValueError, OSError, EOFError, NotImplementedError) as error:
        raise UploadError(f"{shown(source.name)} {_no_archive(source)}.") from error
    with archive:
        yield _entries(archive, source)


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


def _entries(archive: zipfile.ZipFile, source: Path) -> list[Entry]:
    name, infos = shown(source.name), [info for info in archive.infolist() if not info.filename.endswith("/")]
    if len(infos) > entries_limit():
        raise UploadError(too_many(name, f"{len(infos):,}"))
    if any(info.flag_bits & 0x1 for info in infos):
        raise UploadError(f"{name} is locked with a password: make an archive without one and upload it again.")
    unpacked, packed = sum(info.file_size for info in infos), source.stat().st_size
    if unpacked > RATIO_BYTES and unpacked > RATIO * packed:
        raise UploadError(
            f"{name} would grow {unpacked // packed:,} times when unpacked, to {megabytes(unpacked)}: that is how a "
            "zip bomb looks, so it is refused."
        )
    if unpacked > settings().upload_bytes:
        raise UploadError(too_big(name, unpacked))
    return [Entry(_path(info), _reader(archive, info), _problem(info)) for info in infos]


def _path(info: zipfile.ZipInfo) -> str:
    """An entry's name. Without the UTF-8 flag zipfile reads code page 437, where most programs mean UTF-8."""
    name = info.orig_filename.split("\0")[0]
    if not info.flag_bits & 0x800:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _problem(info: zipfile.ZipInfo) -> str:
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed by a method that is not read here: make an ordinary zip archive"
    if info.file_size > settings().image_bytes:
        return f"is larger than the limit of {megabytes(settings().image_bytes)} for one picture"
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
    if suffix in PICTURES:
        return "is a single file: upload a zip archive or a folder with a folder of pictures for each class"
    if suffix in ARCHIVES - {".zip"}:
        return "is not a zip archive: pack the pictures as an ordinary zip"
    if suffix == ".zip":
        return "is damaged, or not a zip archive: pack it again"
    return "is neither a zip archive nor a folder: upload one of them, with a folder of pictures for each class"
