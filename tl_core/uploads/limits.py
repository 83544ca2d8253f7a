"""How much one upload may hold, said in sentences."""

from __future__ import annotations

import stat
from collections.abc import Callable
from typing import IO, NamedTuple

from tl_core.base.settings import settings
from tl_core.uploads.decode import Refused

ENTRIES_PER_IMAGE = 4  # folders, hidden files and refused ones count, too


class UploadError(ValueError):
    """Why a whole upload is refused, as one sentence."""


class Entry(NamedTuple):
    """One file of an upload. `read` gives its bytes or raises Refused."""

    name: str  # with "/" between folders
    read: Callable[[], bytes]
    problem: str = ""  # why it is refused before it is read


class Listing(NamedTuple):
    """The files of an upload, and how their names were read."""

    entries: list[Entry]
    encoding: str = "ascii"  # a key of CODE_PAGES, of the names that do not say theirs
    sure: bool = True


def entries_limit() -> int:
    return settings().upload_images * ENTRIES_PER_IMAGE


def limited(stream: IO[bytes]) -> bytes:
    """All of a file, or Refused when it is larger than one file may be, whatever its directory entry said."""
    limit = settings().image_bytes
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise Refused(f"is larger than the limit of {megabytes(limit)} for one file")
    return data


def bad_kind(mode: int) -> str:
    """Why a file of this type (stat's st_mode) is refused, as the end of a sentence; "" when it is not."""
    if stat.S_ISLNK(mode):
        return "is a link to another file: put the file itself there"
    kind = stat.S_IFMT(mode)
    return "" if kind in (0, stat.S_IFREG, stat.S_IFDIR) else "is a device or a pipe, not a file"


def too_many(name: str, count: str) -> str:
    return (
        f"{name} has {count} entries; the limit is {settings().upload_images:,} examples at once. Leave some out, "
        "or divide it."
    )


def too_big(name: str, size: int) -> str:
    limit = megabytes(settings().upload_bytes)
    return f"{name} has {megabytes(size)} of files; the limit is {limit} at once. Leave some out."


def megabytes(size: int) -> str:
    if size >= 1e9:
        return f"{size / 1e9:.3g} GB"
    return f"{size / 1e6:,.0f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"
