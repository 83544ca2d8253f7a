"""Zip archives with names as the systems of the world write them."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path


class Raw(zipfile.ZipInfo):
    """An entry whose name stands in the archive as these bytes, without the flag for UTF-8."""

    raw = b""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.raw, self.flag_bits & ~0x800


def coded(path: Path, files: Mapping[str, bytes], encoding: str, unicode_path: str = "") -> Path:
    """An archive with names in a code page. `unicode_path`: "right", or "wrong" with a checksum that does not fit."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            info = Raw(name)
            info.raw = name.encode(encoding)
            if unicode_path:  # APPNOTE 4.6.9
                text, check = name.encode(), zlib.crc32(info.raw) ^ (unicode_path == "wrong")
                info.extra = struct.pack("<HHBI", 0x7075, 5 + len(text), 1, check) + text
            archive.writestr(info, content)
    return path
