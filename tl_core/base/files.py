"""Files that are either whole or not there, and whether one can be written at all."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write into, which takes the place of `path` at the end of the block, or is gone when that fails."""
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write(path: Path, content: bytes) -> None:
    """Make this the content of `path`, at once for whoever reads it meanwhile."""
    with replacing(path) as file:
        file.write(content)


def try_writing(folder: Path) -> None:
    """Raise OSError unless a file can be made in this folder: rights do not tell it of every file system."""
    with TemporaryFile(dir=folder):
        pass
