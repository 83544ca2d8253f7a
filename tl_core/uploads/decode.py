"""One image file → one square of pixels at training size. Hostile bytes end in `Refused`, never in a crash.

Pictures are cut to their central square and brought to SIDE × SIDE pixels, as ImageNet's own evaluation does it
(Krizhevsky et al. 2012, section 2) and as a webcam's picture is framed. Padding would add bars whose width tells a
network which camera was used, and stretching would change shapes. Logistic regression on MobileNet 0.75 features of
ants_bees (5 × 4-fold cross-validation) reached 0.931 on central squares, 0.919 on padded and 0.927 on stretched
pictures, with a standard deviation over folds of 0.02 to 0.03: no choice is measurably better.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageCms, TiffImagePlugin, UnidentifiedImageError

from tl_core.base.settings import settings
from tl_core.uploads import metadata, signs

SIDE = 224  # pixels; what most backbones were pretrained at
SMALLEST = 8  # pixels; nothing can be learned from less
FORMATS = ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "ICO"]
KNOWN = signs.READ
CUT_SHORT = "is cut short: part of the picture is missing"
ORIENTATION = 0x0112
WHITE_IS_ZERO = (262, 0)  # TIFF 6.0, PhotometricInterpretation
SUBFILE, SUB_IFDS, DNG_VERSION = 254, 330, 50706  # tags of TIFF
ODD_TAIL = bytes(range(254, 0, -1)) * 8  # what no picture goes on with
TRANSPOSED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
Scales = dict[str, tuple[float, float]]  # kind of number → (black, white)

logging.getLogger("PIL").setLevel(logging.CRITICAL)  # what it complains of is said in a refusal


class Refused(Exception):
    """Why a file is not taken, as the end of a sentence that begins with its name."""


class Damaged(Refused):
    """The same, of a file that might be read without its metadata."""


class Depth(NamedTuple):
    """The values in a grey picture of more than 8 bits."""

    kind: str  # "I" for whole numbers, "F" for others
    low: float
    high: float


class Picture(NamedTuple):
    """One picture as it is stored; `width` and `height` are those of the file, before the cut."""

    pixels: np.ndarray  # (SIDE, SIDE, 3) uint8 [0, 255], sRGB; the whole picture may have shorter sides
    width: int
    height: int
    depth: Depth | None = None


def full_scales(depths: Sequence[Depth]) -> Scales:
    """One scale for all pictures with whole numbers, and one for all others: the smallest usual one that holds them.

    Usual are 2ⁿ − 1 from 8 to 16 bits, and 1 for numbers that are not whole; else it is their own extremes.
    """
    scales: Scales = {}
    for kind in {depth.kind for depth in depths}:
        low = min(depth.low for depth in depths if depth.kind == kind)
        high = max(depth.high for depth in depths if depth.kind == kind)
        usual = [1.0] * (kind == "F") + [2.0**bits - 1 for bits in range(8, 17)]
        full = next((scale for scale in usual if low >= 0 and high <= scale), None)
        scales[kind] = (low, high) if full is None else (0.0, full)
    return scales


def decode(data: bytes, scales: Mapping[str, tuple[float, float]] | None = None, whole: bool = False) -> Picture:
    """Decode one image file: first frame, EXIF orientation applied, metadata dropped, transparency over white.

    `scales`: what is black and what is white in grey of more than 8 bits (see `full_scales`); else its own values say.
    `whole`: all of the picture, to be looked at, with no side above SIDE; else its central square, to be learned from.

    Raises
    ------
    Refused
        When the file is no picture, too large, too small, cut short or damaged.
    """
    if not data:
        raise Refused("is empty")
    scales = scales or {}
    try:
        return _decoded(data, scales, whole)
    except Damaged as damage:
        bare = metadata.dropped(data)
        with suppress(Refused):
            if bare != data:
                return _decoded(bare, scales, whole)
        if str(damage) == CUT_SHORT and data.startswith(b"\xff\xd8"):
            return _without_end(bare, scales, whole)
        raise


def _without_end(data: bytes, scales: Mapping[str, tuple[float, float]], whole: bool) -> Picture:
    """A JPEG that lacks its end marker but no row: whatever comes after its last byte changes no pixel."""
    try:
        picture, other = (
            _decoded(data.rstrip(b"\xff") + tail + b"\xff\xd9", scales, whole) for tail in (b"", ODD_TAIL)
        )
    except Refused:
        raise Refused(CUT_SHORT) from None
    if not np.array_equal(picture.pixels, other.pixels):
        raise Refused(CUT_SHORT)
    return picture


def _decoded(data: bytes, scales: Mapping[str, tuple[float, float]], whole: bool) -> Picture:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data), formats=_formats()) as image:
                return _picture(image, scales, whole)
        except Refused:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise Refused(_too_large()) from None
        except UnidentifiedImageError:
            raise Damaged(_unknown_tiff(data) or signs.what_else(data)) from None
        except MemoryError:
            raise Refused("does not fit into memory") from None
        except Exception as error:  # Pillow's decoders raise almost any type on damaged bytes
            raise Damaged(_damage(error)) from error


@cache
def _formats() -> list[str]:
    """What Pillow reads, and HEIC where its plug-in is installed."""
    with suppress(ImportError):
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
        return [*FORMATS, "HEIF"]
    return FORMATS


def _unknown_tiff(data: bytes) -> str:
    """That a TIFF is sound but of a kind that Pillow has no mode for; "" for anything else."""
    try:
        TiffImagePlugin.TiffImageFile(io.BytesIO(data))
    except SyntaxError as error:
        if "unknown pixel mode" in str(error):
            return "is a kind of TIFF that cannot be read here: save it as PNG"
    except Exception:
        return ""
    return ""


def _picture(image: Image.Image, scales: Mapping[str, tuple[float, float]], whole: bool) -> Picture:
    width, height = image.size
    if width * height > settings().image_pixels:
        raise Refused(_too_large(width, height))
    if min(width, height) < SMALLEST:
        raise Refused(f"has only {width}×{height} pixels, too few to learn from")
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
    if DNG_VERSION in tags or (tags.get(SUBFILE) == 1 and SUB_IFDS in tags):
        raise Refused(signs.RAW)
    if image.format in ("JPEG", "MPO") and image.mode in ("L", "RGB"):
        image.draft(image.mode, (2 * SIDE, 2 * SIDE))  # decodes a large photo at 1/2, 1/4 or 1/8
    image.load()
    orientation, profile = _orientation(image), image.info.get("icc_profile")
    image = _finite(image)
    depth = _depth(image)
    small = _small(_plain(image), whole)
    if depth:
        low, high = scales.get(depth.kind) or full_scales([depth])[depth.kind]
        inverted = WHITE_IS_ZERO in tags.items()
        small = _eight_bits(small, *((high, low) if inverted else (low, high)))
    if orientation in TRANSPOSED:
        small = small.transpose(TRANSPOSED[orientation])
    return Picture(np.asarray(_srgb(small, profile), np.uint8), width, height, depth)


def _orientation(image: Image.Image) -> int | None:
    try:
        return image.getexif().get(ORIENTATION)
    except Exception:  # what Pillow raises on an EXIF block that it cannot read is as open as that block
        return None


def _finite(image: Image.Image) -> Image.Image:
    """With what stands for a missing value made black: resized, it would spread over its whole surroundings."""
    if image.mode != "F" or np.isfinite(values := np.asarray(image)).all():
        return image
    known = values[np.isfinite(values)]
    low, high = (known.min(), known.max()) if len(known) else (0, 0)
    return Image.fromarray(np.nan_to_num(values, nan=low, posinf=high, neginf=low))


def _depth(image: Image.Image) -> Depth | None:
    if image.mode != "F" and not image.mode.startswith("I"):
        return None
    values = np.asarray(image)
    return Depth(image.mode[0], float(values.min()), float(values.max()))


def _plain(image: Image.Image) -> Image.Image:
    """In a mode that can be resized without loss of meaning: L, LA, RGB, RGBA, CMYK, YCbCr, LAB, HSV or F."""
    if image.mode.startswith("I"):
        return image.convert("F")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA")
    if "transparency" in image.info and image.mode in ("1", "L", "RGB"):
        return image.convert("RGBA")
    return image.convert("L") if image.mode == "1" else image


def _eight_bits(grey: Image.Image, low: float, high: float) -> Image.Image:
    scaled = np.clip((np.asarray(grey) - low) / ((high - low) or 1e-12), 0, 1) * 255
    return Image.fromarray(np.round(scaled).astype(np.uint8))


def _small(image: Image.Image, whole: bool) -> Image.Image:
    width, height = image.size
    if whole:
        across, down = width, height
        shrink = min(1.0, SIDE / max(width, height))
        size = (max(1, round(shrink * width)), max(1, round(shrink * height)))
    else:
        across = down = min(width, height)
        size = (SIDE, SIDE)
    left, top = (width - across) / 2, (height - down) / 2
    small = image.resize(size, Image.Resampling.LANCZOS, (left, top, left + across, top + down), reducing_gap=3.0)
    if small.mode in ("LA", "RGBA", "La", "RGBa"):
        small = small.convert("RGBA")
        white = Image.new("RGBA", small.size, "white")
        small = Image.alpha_composite(white, small).convert("RGB")
    return small


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """In sRGB, by the picture's own colour profile where it has a usable one."""
    if profile and image.mode in ("RGB", "CMYK", "L", "LAB"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            found = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            if found is not None:
                return found
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a damaged profile, or one for other colours: the plain conversion is close
    if image.mode == "LAB":
        to_srgb = ImageCms.buildTransform(ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB")
        return ImageCms.applyTransform(image, to_srgb) or image.convert("RGB")
    return image.convert("RGB")


def _too_large(width: int = 0, height: int = 0) -> str:
    size = f"{width:,}×{height:,}" if width else "far too many"
    return f"has {size} pixels, more than the limit of {settings().image_pixels / 1e6:g} million"


def _damage(error: Exception) -> str:
    if "truncated" in str(error).lower() or isinstance(error, EOFError):
        return CUT_SHORT
    return signs.DAMAGED
