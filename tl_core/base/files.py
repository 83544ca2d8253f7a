"""Files that are either whole or not there, whether one can be written at all, and who may see them."""

from __future__ import annotations

import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

PRIVATE = 0o700


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


def own_folder(folder: Path, mark: str) -> None:
    """Make a folder that only this account may open; one that is there, empty or with `mark` in it, becomes such a one.

    A folder of something else, or one that all accounts share, such as /tmp, stays as it is. Raises OSError when it
    cannot be made.
    """
    try:
        folder.mkdir(mode=PRIVATE, parents=True)
    except FileExistsError:
        mode = folder.stat().st_mode
        if mode & stat.S_IRWXO and not mode & stat.S_ISVTX and ((folder / mark).exists() or not any(folder.iterdir())):
            with suppress(PermissionError):  # another account's, which lets us in
                folder.chmod(stat.S_IMODE(mode) & ~stat.S_IRWXO)
