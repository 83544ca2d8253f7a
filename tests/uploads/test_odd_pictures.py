"""Healthy pictures that something is odd about, and files of kinds that cannot be read, called by their names."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.uploading import encoded, photo, pictures, taken_in, zipped
from tl_core.uploads import signs, stored
from tl_core.uploads.decode import Depth, Refused, decode, full_scales

PHOTO = photo(4, (64, 64))
MUCH = zlib.compress(b"x" * 1_100_000)  # more than Pillow reads of a text or a profile
BAD_EXIF = b"\0\x08\0\2\1\x12\0\3\0\0\0\1"
TURNED = b"MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\3\0\0\0\0\0\0"  # orientation 3: upside down


def chunk(kind: bytes, body: bytes, wrong: bool = False) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body) ^ wrong)


def png(*chunks: bytes) -> bytes:
    data = encoded(PHOTO)
    return data[:33] + b"".join(chunks) + data[33:]


def jpeg(marker: int, body: bytes) -> bytes:
    data = encoded(PHOTO, "JPEG")
    return data[:2] + b"\xff" + bytes([marker]) + struct.pack(">H", len(body) + 2) + body + data[2:]


ODD = {
    "XMP over 1 MiB": png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + MUCH)),
    "comment over 1 MiB": png(chunk(b"zTXt", b"Comment\0\0" + MUCH)),
    "profile over 1 MiB": png(chunk(b"iCCP", b"profile\0\0" + MUCH)),
    "profile of nonsense": png(chunk(b"iCCP", b"profile\0\0nonsense")),
    "EXIF of nonsense": png(chunk(b"eXIf", BAD_EXIF)),
    "text with a wrong checksum": png(chunk(b"tEXt", b"a\0b", wrong=True)),
    "time with a wrong length": png(chunk(b"tIME", b"x")),
    "resolution with a wrong length": png(chunk(b"pHYs", b"xx")),
    "animation of nonsense": png(chunk(b"acTL", b"x")),
    "transparency of a wrong length": png(chunk(b"tRNS", b"x")),
    "transparency, wrong checksum": png(chunk(b"tRNS", b"\0" * 6, wrong=True)),
    "unknown chunk, wrong checksum": png(chunk(b"abCd", b"?", wrong=True)),
    "JPEG, EXIF of nonsense": jpeg(0xE1, b"Exif\0\0" + BAD_EXIF),
    "JPEG, empty profile": jpeg(0xE2, b"ICC_PROFILE\0"),
    "JPEG, damaged list of pictures": jpeg(0xE2, b"MPF\0II*\0\xff\xff\xff\xff"),
    "JPEG, Photoshop nonsense": jpeg(0xED, b"Photoshop 3.0\08BIM\4\4\xff\xff\xff"),
    "WebP, EXIF of nonsense": encoded(PHOTO, "WEBP", exif=BAD_EXIF, quality=95),
}


@pytest.mark.parametrize("name", ODD)
def test_metadata_that_is_dropped_keeps_no_pixel_from_being_read(name: str) -> None:
    plain = encoded(PHOTO, "JPEG") if name.startswith("JPEG") else encoded(PHOTO)
    off = np.abs(decode(ODD[name]).pixels.astype(int) - decode(plain).pixels)
    assert off.mean() < (8 if name.startswith("WebP") else 0.01)


def test_a_sound_orientation_is_kept_beside_a_bad_text() -> None:
    data = png(chunk(b"eXIf", TURNED), chunk(b"zTXt", b"Comment\0\0" + MUCH))
    assert np.array_equal(decode(data).pixels, decode(encoded(PHOTO)).pixels[::-1, ::-1])


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 30}])
def test_a_jpeg_without_its_end_is_taken_when_no_row_is_missing(options: dict[str, int]) -> None:
    data = encoded(PHOTO, "JPEG", **options)
    assert np.array_equal(decode(data[:-2]).pixels, decode(data).pixels)
    assert np.array_equal(decode(data[:-1]).pixels, decode(data).pixels)
    for cut in (30, len(data) // 3, len(data) // 2):
        with pytest.raises(Refused, match="is cut short"):
            decode(data[:-cut])


@pytest.mark.parametrize("form", ["AVIF", "HEIF", "ICO"])
def test_newer_and_older_formats_are_read(form: str) -> None:
    if form == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    off = np.abs(decode(encoded(PHOTO, form)).pixels.astype(int) - decode(encoded(PHOTO)).pixels)
    assert off.mean() < 8


FTYP = b"\0\0\0\x18ftyp"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\0" * 128 + b"DICM" + b"\0" * 400, "is a DICOM picture.*export it as PNG"),
        (b"II*\0\x10\0\0\0CR\x02\0" + b"\0" * 90, "is a RAW photo.*develop it"),
        (FTYP + b"crx \0\0\0\1", "is a RAW photo"),
        (b"FUJIFILMCCD-RAW 0201", "is a RAW photo"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- made --><svg xmlns="x"/>', "is an SVG drawing.*export it as PNG"),
        (b"<svg/>", "is an SVG drawing"),
        (b"<?xml version='1.0'?><!-- " + b"x" * 1200 + b" --><svg/>", "is an SVG drawing"),
        (b"<!-- saved from x --><HTML><body><svg>", "is a web page"),
        (b"<?xml version='1.0'?><!DOCTYPE html PUBLIC '-//W3C'>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "is a pointer of Git LFS.*git lfs pull"),
        (b"\x08\0\5\0CS\x0a\0ISO_IR 100\x08\0\x16\0UI", "is a DICOM picture"),
        (b"\0\0\0\x08wide\0\0\1\0mdat", "is a video"),
        (b"G@\0\x10" + b"\xff" * 184, "is a video"),
        (b"\xc5\xd0\xd3\xc6\x1e\0\0\0", "is a PostScript drawing"),
        (b"NRRD0004\ntype: short\n", "is an NRRD volume"),
        (b"%PDF-1.7", "is a PDF document.*as PNG"),
        (FTYP + b"isom\0\0\2\0", "is a video.*single frames"),
        (FTYP + b"qt  \0\0\2\0", "is a video"),
        (b"RIFF\0\0\0\0AVI LIST", "is a video"),
        (b"\x1aE\xdf\xa3\1\0", "is a video"),
        (b"\0\0\0\x18ftypavis\0\0\0\0avifmif1" + b"\0" * 400, "is an AVIF picture that is damaged"),
        (FTYP + b"hevc\0\0\0\0", "is a HEIC picture that is damaged"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "is a JPEG XL picture"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "is a JPEG 2000 picture"),
        (b"8BPS\0\1", "is a Photoshop document"),
        (b"P5\n8 8\n255\n" + b"\0" * 64, "is a Netpbm picture"),
        (b"\x89HDF\r\n\x1a\n", "is an HDF5 file"),
        (b"\0\1\0\2" * 99, "is not a picture in a known format"),
    ],
)
def test_a_kind_that_cannot_be_read_is_called_by_its_name(data: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        decode(data)


def tiff(values: np.ndarray, **tags: int) -> bytes:
    return encoded(Image.fromarray(values), "TIFF", tiffinfo={int(tag[1:]): value for tag, value in tags.items()})


def test_a_tiff_of_an_unknown_kind_and_a_raw_photo_in_tiff_are_not_called_damaged() -> None:
    data = bytearray(tiff(np.zeros((40, 40), np.uint8)))
    at = data.find(struct.pack("<HHI", 258, 3, 1))  # bits of one sample
    data[at + 8 : at + 10] = struct.pack("<H", 5)
    with pytest.raises(Refused, match="a kind of TIFF that cannot be read here: save it as PNG"):
        decode(bytes(data))
    with pytest.raises(Refused, match="RAW"):
        decode(tiff(np.zeros((40, 40), np.uint8), t50706=1))


def test_white_is_zero_in_sixteen_bits_too() -> None:
    values = np.full((40, 40), 6000, np.uint16)
    values[:, 20:] = 60000
    straight, turned = (decode(tiff(values, t262=photometric)).pixels.astype(int) for photometric in (1, 0))
    assert np.array_equal(turned, 255 - straight)


@pytest.mark.parametrize("missing", [np.nan, np.inf, -np.inf])
def test_a_missing_value_does_not_spread(missing: float) -> None:
    values = np.asarray(PHOTO.convert("L")).astype(np.float32) / 255
    whole, holed = decode(tiff(values)), values.copy()
    holed[::8, ::8] = missing
    decoded = decode(tiff(holed))
    assert np.abs(decoded.pixels.astype(int) - whole.pixels).mean() < 12
    assert decoded.depth == Depth("F", float(values.min()), float(values.max()))
    assert decode(tiff(np.full((40, 40), missing, np.float32))).pixels.max() == 0


def test_the_scale_is_the_smallest_usual_one_that_holds_all() -> None:
    whole = [Depth("I", 0, 900), Depth("I", 3, 4000)]
    assert full_scales(whole) == {"I": (0, 4095)}
    assert full_scales([*whole, Depth("I", 0, 4096), Depth("F", 0, 0.7)]) == {"I": (0, 8191), "F": (0, 1)}
    assert full_scales([Depth("F", -1, 3), Depth("F", 0, 9)]) == {"F": (-1, 9)}
    assert full_scales([]) == {}


@pytest.mark.parametrize("bits", range(9, 17))
def test_deep_grey_has_one_scale_for_the_whole_set(tmp_path: Path, bits: int) -> None:
    rng = np.random.default_rng(bits)
    levels = [rng.integers(0, int(share * 2**bits), (12, 12)).astype(np.uint16) for share in (0.25, 0.5, 0.75, 1) * 2]
    files = {
        f"{'ab'[i // 4]}/{i}.png": encoded(Image.fromarray(np.kron(level, np.ones((4, 4), np.uint16))))
        for i, level in enumerate(levels)
    }
    made = taken_in(zipped(tmp_path / "x.zip", files))
    assert made.dataset is not None
    assert made.dataset.scales == {"I": (0, 2**bits - 1)}
    assert any(f"{2**bits - 1:g} is white" in sentence for sentence in made.warnings)
    rows, found = stored.read_rows(made.dataset.id), stored.examples(made.dataset.id)
    for i, level in enumerate(levels):
        pixels = found[rows.files.index(f"{'ab'[i // 4]}/{i}.png")]
        assert pixels.mean() == pytest.approx(level.mean() / (2**bits - 1) * 255, abs=1.5)


def test_pictures_that_are_nearly_black_are_told(tmp_path: Path) -> None:
    files = pictures("a", "b", each=4)
    dark = {f"b/dark {i}.png": encoded(photo(70 + i).point([v // 10 for v in range(256)] * 3)) for i in range(3)}
    said = taken_in(zipped(tmp_path / "x.zip", files | dark)).warnings
    assert any("3 pictures are nearly black" in sentence for sentence in said)


def test_a_class_that_loses_all_its_pictures_says_why(tmp_path: Path) -> None:
    files = pictures("a", "b", each=4) | {f"scans/{i}.dcm": b"\0" * 128 + b"DICM" for i in range(3)}
    made = taken_in(zipped(tmp_path / "x.zip", files))
    assert "Class 'scans' lost all of its 3 files: scans/0.dcm is a DICOM picture" in " ".join(made.warnings)
    only = {name: data for name, data in files.items() if not name.startswith("b/")}
    assert "Class 'scans' lost all of its 3 files" in taken_in(zipped(tmp_path / "y.zip", only)).problem


def test_what_is_said_of_a_kind_ends_a_sentence() -> None:
    for _, _, said in signs.SIGNS:
        assert said.startswith("is ")
        assert not said.endswith(".")
