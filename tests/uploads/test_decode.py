"""One image file → pixels: every format and colour mode, and everything that is no picture."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image, ImageCms

from tests.uploading import encoded, photo
from tl_core.base.settings import settings
from tl_core.uploads.decode import SIDE, Refused, decode

RED, BLUE = (200, 30, 40), (20, 40, 210)


def halves(mode: str = "RGB", size: tuple[int, int] = (60, 60)) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (size[0] // 2, 0, size[0], size[1]))
    return image.convert(mode)


def left_and_right(data: bytes) -> tuple[np.ndarray, np.ndarray]:
    pixels = decode(data).pixels
    assert pixels.shape == (SIDE, SIDE, 3)
    assert pixels.dtype == np.uint8
    return pixels[SIDE // 2, SIDE // 4], pixels[SIDE // 2, 3 * SIDE // 4]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_format_shows_its_colours(form: str) -> None:
    left, right = left_and_right(encoded(halves(), form))
    assert np.abs(left.astype(int) - RED).max() < 12
    assert np.abs(right.astype(int) - BLUE).max() < 12


@pytest.mark.parametrize(
    ("mode", "form"),
    [
        ("RGBA", "PNG"),
        ("P", "PNG"),
        ("P", "GIF"),
        ("CMYK", "JPEG"),
        ("CMYK", "TIFF"),
        ("YCbCr", "JPEG"),
        ("YCbCr", "TIFF"),
        ("LAB", "TIFF"),
    ],
)
def test_every_mode_of_colour_is_converted(mode: str, form: str) -> None:
    image = halves()
    if mode == "LAB":
        to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
        image = ImageCms.applyTransform(image, to_lab) or image
    else:
        image = image.convert(mode)
    left, right = left_and_right(encoded(image, form))
    assert np.abs(left.astype(int) - RED).max() < 16
    assert np.abs(right.astype(int) - BLUE).max() < 16


def grey(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return left_and_right(encoded(Image.fromarray(values), "TIFF"))


@pytest.mark.parametrize(
    ("dtype", "low", "high"),
    [
        ("uint8", 64, 192),
        ("uint16", 64 * 257, 192 * 257),
        ("int32", 64 * 257, 192 * 257),
        ("int32", 64, 192),
        ("float32", 64 / 255, 192 / 255),
        ("float32", 64.0, 192.0),
    ],
)
def test_grey_of_any_depth_keeps_its_brightness(dtype: str, low: float, high: float) -> None:
    values = np.full((40, 40), low, dtype)
    values[:, 20:] = high
    left, right = grey(values)
    assert np.abs(left.astype(int) - 64).max() <= 1
    assert np.abs(right.astype(int) - 192).max() <= 1


def test_values_beyond_any_known_scale_run_from_black_to_white() -> None:
    values = np.full((40, 40), -3.0, np.float32)
    values[:, 20:] = 700.0
    left, right = grey(values)
    assert left.tolist() == [0, 0, 0]
    assert right.tolist() == [255, 255, 255]


def test_sixteen_bit_png_and_one_bit_pictures() -> None:
    deep = np.full((40, 40), 50 * 257, np.uint16)
    deep[:, 20:] = 200 * 257
    left, right = left_and_right(encoded(Image.fromarray(deep)))
    assert (left[0], right[0]) == (50, 200)
    bits = Image.new("1", (40, 40))
    bits.paste(1, (20, 0, 40, 40))
    left, right = left_and_right(encoded(bits))
    assert (left[0], right[0]) == (0, 255)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_parts_are_white_whatever_colour_they_hide(mode: str) -> None:
    image = Image.new("RGBA", (60, 60), (*RED, 255))
    image.paste((0, 0, 0, 0), (30, 0, 60, 60))
    options = {}
    if mode == "LA":
        image = image.convert("LA")
    if mode == "P":
        palette = Image.new("P", (60, 60), 0)
        palette.putpalette([*RED, 0, 0, 0])
        palette.paste(1, (30, 0, 60, 60))
        image, options = palette, {"transparency": 1}
    left, right = left_and_right(encoded(image, "PNG", **options))
    assert right.tolist() == [255, 255, 255]
    assert left.max() < 210


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_turned_photo_stands_upright(orientation: int, form: str) -> None:
    upright = Image.new("RGB", (64, 64), "black")
    upright.paste((250, 250, 250), (0, 0, 32, 32))  # white at the top left
    stored = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    turned = upright.transpose(stored[orientation]) if orientation in stored else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = decode(encoded(turned, form, exif=exif)).pixels
    quarter = SIDE // 4
    corners = [pixels[y, x, 0] > 128 for y in (quarter, -quarter) for x in (quarter, -quarter)]
    assert corners == [True, False, False, False]


@pytest.mark.parametrize("profile", [ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), b"nothing"])
def test_a_colour_profile_of_srgb_and_a_damaged_one_change_nothing(profile: bytes) -> None:
    assert np.array_equal(decode(encoded(halves(), icc_profile=profile)).pixels, decode(encoded(halves())).pixels)


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in (RED, BLUE)]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert np.abs(left_and_right(data)[0].astype(int) - RED).max() < 12


def test_the_centre_is_kept_and_the_file_size_told() -> None:
    wide = Image.new("RGB", (300, 100), RED)
    wide.paste(BLUE, (100, 0, 200, 100))
    picture = decode(encoded(wide))
    assert (picture.width, picture.height) == (300, 100)
    assert np.abs(picture.pixels[:, 8:-8].astype(int) - BLUE).max() <= 2
    whole = decode(encoded(wide), whole=True).pixels
    assert whole.shape == (75, 224, 3)
    assert np.abs(whole[:, :70].astype(int) - RED).max() <= 2


@pytest.mark.parametrize("size", [(8, 5000), (9, 9), (500, 400)])
def test_the_whole_picture_keeps_its_shape_and_is_never_enlarged(size: tuple[int, int]) -> None:
    height, width, _ = decode(encoded(Image.new("RGB", size)), whole=True).pixels.shape
    assert max(height, width) == min(224, max(size))
    assert min(height, width) == max(1, round(min(size) * max(height, width) / max(size)))


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


def test_a_header_that_promises_too_many_pixels_is_not_believed() -> None:
    for side in (50_000, 12_000, 8_000, 2**31 - 1):
        with pytest.raises(Refused, match="pixels, more than the limit of 50 million"):
            decode(png_header(side, side))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"hello, I am a note\n", "is a text file"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "is a web page"),
        (b'<?xml version="1.0"?><svg/>', "is an SVG drawing, which has no pixels"),
        (b"PK\x03\x04 and so on", "is an archive inside"),
        (b"%PDF-1.7", "is a PDF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "is a HEIC"),
        (b"\x89PNG\r\n\x1a\n", "is damaged"),
        (bytes(range(128, 256)), "is not a picture in a known format"),
        (encoded(photo(1, (400, 300)), "JPEG")[:6000], "is cut short"),
        (encoded(Image.new("RGB", (7, 300))), "only 7×300 pixels"),
    ],
)
def test_what_is_no_picture_is_refused_with_its_reason(data: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        decode(data)


def test_a_large_photo_is_decoded_small() -> None:
    before = photo(5, (2400, 1800))
    small = np.asarray(before.crop((300, 0, 2100, 1800)).resize((SIDE, SIDE), Image.Resampling.LANCZOS))
    pixels = decode(encoded(before, "JPEG", quality=95)).pixels
    assert np.abs(pixels.astype(int) - small).mean() < 2


SEEDS = [encoded(photo(2, (48, 40)), form) for form in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")]


@given(
    data=some.sampled_from(SEEDS),
    changes=some.lists(some.tuples(some.integers(0, 10**6), some.integers(0, 255)), max_size=12),
    cut=some.floats(0, 1),
    cuts=some.booleans(),
)
def test_damaged_bytes_end_in_a_picture_or_a_reason(
    data: bytes, changes: list[tuple[int, int]], cut: float, cuts: bool
) -> None:
    damaged = bytearray(data)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    damaged = damaged[: int(len(damaged) * cut)] if cuts else damaged
    with suppress(Refused):
        picture = decode(bytes(damaged))
        assert picture.pixels.shape == (SIDE, SIDE, 3)
        assert picture.width * picture.height <= settings().image_pixels
