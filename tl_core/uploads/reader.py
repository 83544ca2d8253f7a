"""What is in an upload, an archive or a folder of pictures: each file with its class, read one at a time.

Nothing is ever unpacked to the disk: names only become labels, so no name can lead anywhere.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from tl_core.base.settings import settings
from tl_core.uploads import zip_archive
from tl_core.uploads.decode import Refused
from tl_core.uploads.labels import LABEL_LENGTH, PICTURES, bad_path, bad_suffix, class_level, clean_label, hidden, shown
from tl_core.uploads.limits import Entry, UploadError, bad_kind, entries_limit, limited, too_big, too_many


class Rejected(NamedTuple):
    """One file that is not taken; `reason` ends a sentence that begins with the file's name."""

    file: str
    reason: str


class Found(NamedTuple):
    """One file that may be a picture. `read` gives its bytes, or raises Refused."""

    label: str
    file: str  # its path in the archive or folder, as it is shown
    read: Callable[[], bytes]


@dataclass
class Contents:
    """What an upload holds, in the order of labels and names. `skipped` counts hidden and system files."""

    found: list[Found] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    skipped: int = 0
    parts: tuple[str, ...] = ()  # the folders train, val, test that were put together


@contextmanager
def opened(source: Path) -> Iterator[Contents]:
    """The contents of a zip archive or a folder; its files can be read inside the `with`.

    Raises
    ------
    UploadError
        When the whole of it is refused: no archive, too much in it, a password, a bomb.
    """
    if source.is_dir():
        yield arranged(_folder(source))
        return
    if not source.is_file():
        raise UploadError(f"There is no file or folder {shown(source.name)}.")
    with zip_archive.entries(source) as entries:
        yield arranged(entries)


def of_files(files: Sequence[tuple[str, str, Path]]) -> Contents:
    """Files that lie on the disk already, each as (label, the name it is shown by, where it is)."""
    contents = Contents()
    for label, name, path in files:
        cleaned = clean_label(label)
        if cleaned:
            contents.found.append(Found(cleaned, shown(name), _file_reader(path)))
        else:
            contents.rejected.append(Rejected(shown(name), "belongs to no class: give its class a name"))
    contents.found.sort(key=lambda found: (found.label, found.file))
    return contents


def arranged(entries: list[Entry]) -> Contents:
    """Give every entry its class by its folder."""
    contents = Contents()
    kept: list[tuple[tuple[str, ...], Entry]] = []
    for entry in entries:
        path = tuple(part for part in entry.name.split("/") if part not in ("", "."))
        problem = bad_path(entry.name) or ("" if path else "has no name")
        if problem:
            contents.rejected.append(Rejected(shown(entry.name), problem))
        elif hidden(path):
            contents.skipped += 1
        elif entry.problem or bad_suffix(entry.name):
            contents.rejected.append(Rejected(shown(entry.name), entry.problem or bad_suffix(entry.name)))
        else:
            kept.append((path, entry))
    pictures = [path[:-1] for path, _ in kept if PurePosixPath(path[-1]).suffix.lower() in PICTURES]
    level = class_level(pictures or [path[:-1] for path, _ in kept])
    if level:
        above = {path[level - 1] for path in pictures if len(path) > level}
        contents.parts = tuple(sorted(above)) if len(above) > 1 else ()
    for path, entry in kept:
        _place(contents, path, entry, level)
    contents.found.sort(key=lambda found: (found.label, found.file))
    return contents


def _place(contents: Contents, path: tuple[str, ...], entry: Entry, level: int) -> None:
    label = clean_label(path[level]) if len(path) > level + 1 else ""
    if not label:
        reason = "lies in no class folder: put every picture into a folder with the name of its class"
    elif len(label) > LABEL_LENGTH:
        reason = f"is in a class whose name is longer than {LABEL_LENGTH} characters: shorten the folder's name"
    else:
        contents.found.append(Found(label, shown("/".join(path)), entry.read))
        return
    contents.rejected.append(Rejected(shown(entry.name), reason))


def _folder(top: Path) -> list[Entry]:
    limit, title = entries_limit(), shown(top.name or str(top))
    entries: list[Entry] = []
    seen = total = 0
    for folder, names, files in os.walk(top):
        seen += len(names) + len(files)
        if seen > limit:
            raise UploadError(too_many(title, "more than " + f"{limit:,}"))
        linked = [name for name in names if Path(folder, name).is_symlink()]
        names[:] = sorted(set(names) - set(linked))
        for name in [*linked, *sorted(files)]:
            path = Path(folder, name)
            try:
                status = path.lstat()
            except FileNotFoundError:  # gone since its folder was listed
                continue
            inside = path.relative_to(top).as_posix()
            total += status.st_size if stat.S_ISREG(status.st_mode) else 0
            entries.append(Entry(inside, _file_reader(path), bad_kind(status.st_mode)))
    if total > settings().upload_bytes:
        raise UploadError(too_big(title, total))
    return entries


def _file_reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with path.open("rb") as stream:
                return limited(stream)
        except OSError as error:
            raise Refused(f"cannot be read ({error.strerror or error})") from error

    return read
