"""A picture file without its metadata: what is dropped anyway shall not keep the pixels from being read."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

PNG, LARGEST_PROFILE = b"\x89PNG\r\n\x1a\n", 1024**2
TRANSPARENCY = {0: (2,), 2: (6,), 3: range(1, 257)}  # colour type → bytes that its tRNS may have (PNG 11.3.2.1)
KEPT_SEGMENTS = {0xE0, 0xEE}  # JFIF; Adobe's, which says how colours are coded
WEBP_DROPPED = {b"EXIF", b"XMP ", b"ICCP"}


def dropped(data: bytes) -> bytes:
    """The same picture without texts and the like; a PNG keeps what is sound of the rest. Else `data` itself."""
    try:
        if data.startswith(PNG):
            return PNG + b"".join(_png(data))
        if data.startswith(b"\xff\xd8"):
            return b"".join(_jpeg(data))
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            body = b"WEBP" + b"".join(_webp(data))
            return b"RIFF" + struct.pack("<L", len(body)) + body
    except (struct.error, IndexError):
        pass
    return data


def _png(data: bytes) -> Iterator[bytes]:
    at = len(PNG)
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">L", data, at)
        kind, chunk = data[at + 4 : at + 8], data[at : at + 12 + size]
        body = chunk[8:-4]
        sound = chunk[-4:] == struct.pack(">L", zlib.crc32(kind + body))
        if kind[:1].isupper() or (sound and _is_sound(kind, body, colours=data[25])):
            yield chunk
        at += 12 + size


def _is_sound(kind: bytes, body: bytes, colours: int) -> bool:
    """Whether a transparency, an EXIF block or a colour profile can be read; what else there is counts for nothing."""
    if kind == b"tRNS":
        return len(body) in TRANSPARENCY.get(colours, ())
    if kind == b"eXIf":
        return body[:4] in (b"II*\0", b"MM\0*")
    if kind == b"iCCP":
        unpacker = zlib.decompressobj()
        try:
            unpacker.decompress(body.partition(b"\0")[2][1:], LARGEST_PROFILE)
        except zlib.error:
            return False
        return unpacker.eof
    return False


def _jpeg(data: bytes) -> Iterator[bytes]:
    yield data[:2]
    at = 2
    while data[at] == 0xFF and data[at + 1] != 0xDA:
        if data[at + 1] in (0xFF, 0x01, *range(0xD0, 0xD9)):  # without a body
            at += 1 if data[at + 1] == 0xFF else 2
            continue
        (size,) = struct.unpack_from(">H", data, at + 2)
        kind = data[at + 1]
        if kind in KEPT_SEGMENTS or not (0xE0 <= kind <= 0xEF or kind == 0xFE):
            yield data[at : at + 2 + size]
        at += 2 + size
    yield data[at:]


def _webp(data: bytes) -> Iterator[bytes]:
    at = 12
    while at + 8 <= len(data):
        kind, (size,) = data[at : at + 4], struct.unpack_from("<L", data, at + 4)
        whole = 8 + size + size % 2
        if kind == b"VP8X":  # bits that announce what is dropped: profile, EXIF, XMP
            yield data[at : at + 8] + bytes([data[at + 8] & ~0x2C]) + data[at + 9 : at + whole]
        elif kind not in WEBP_DROPPED:
            yield data[at : at + whole]
        at += whole
