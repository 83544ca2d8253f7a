"""Pictures and archives that the tests of uploads are made of."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from tl_core.base.events import Emit, Event
from tl_core.uploads import reader
from tl_core.uploads.intake import Intake, intake

ME = "the student of these tests"


def ignore(event: Event) -> None:
    pass


def never() -> bool:
    return False


def photo(seed: int, size: tuple[int, int] = (90, 70)) -> Image.Image:
    """A picture of coarse and fine clouds that no other seed resembles, (width, height) as asked for."""
    rng = np.random.default_rng(seed)
    layers = [
        np.asarray(Image.fromarray(rng.integers(0, 256, (n, n, 3), np.uint8)).resize(size, Image.Resampling.BICUBIC))
        for n in (4, 9, 20, 45)
    ]
    mixed = sum(layer.astype(np.float32) * weight for layer, weight in zip(layers, (0.3, 0.2, 0.15, 0.1), strict=True))
    return Image.fromarray((mixed + 10).astype(np.uint8))


def encoded(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def pictures(*classes: str, each: int = 6) -> dict[str, bytes]:
    """{path: bytes} of a folder for each class with so many different pictures."""
    return {f"{name}/{i}.png": encoded(photo(zlib.crc32(name.encode()) + i)) for name in classes for i in range(each)}


def zipped(path: Path, files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def taken_in(source: Path, owner: str = ME, title: str = "Mine", split_seed: int = 0, emit: Emit = ignore) -> Intake:
    with reader.opened(source) as contents:
        return intake(contents, title, owner, emit, never, split_seed)
