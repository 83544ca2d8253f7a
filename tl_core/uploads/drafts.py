"""What a student has collected for a data set that is not made yet: pictures by class, and archives.

A folder of `drafts` in the data home holds one student's: `index.json` and a file for each item, under a name made
here. It survives a refresh and a restart, and is deleted once the data set is made, or when it is left lying.
"""

from __future__ import annotations

import secrets
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from tl_core.base.settings import settings
from tl_core.uploads import quality, reader, stored
from tl_core.uploads.decode import Refused, decode
from tl_core.uploads.labels import ARCHIVES, LABEL_LENGTH, PICTURES, clean_label, shown
from tl_core.uploads.limits import Entry, UploadError, megabytes, too_big
from tl_core.uploads.reader import Contents, Rejected

INDEX = "index.json"
_LOCK = threading.Lock()


class Item(BaseModel):
    """One file of a draft: a picture of a class, an archive, or one that was refused before it was kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str  # as it is shown; never a path that is opened
    size: int  # bytes
    file: str = ""  # in the draft's folder; "": refused, nothing was kept
    label: str = ""  # of a picture
    counts: dict[str, int] = {}  # class → pictures of an archive
    problem: str = ""  # why it was refused


class Upload(NamedTuple):
    """A file as the browser sent it. `name` may have folders in it."""

    name: str
    data: bytes


_ITEMS = TypeAdapter(tuple[Item, ...])


def folder(owner: str) -> Path:
    """The draft's place: nobody can guess it from a student's key without the key of this installation."""
    return settings().drafts / mark(owner)


def mark(owner: str) -> str:
    """A name for a student's work in progress."""
    return stored.signed_owner(owner)[:32]


def items(owner: str) -> tuple[Item, ...]:
    """What has been collected so far, oldest first."""
    with suppress(OSError, ValidationError):
        return _ITEMS.validate_json((folder(owner) / INDEX).read_bytes())
    return ()


def counts(found: Sequence[Item]) -> dict[str, int]:
    """Class → files that may be pictures of it."""
    total: Counter[str] = Counter()
    for item in found:
        total.update({item.label: 1} if item.label else item.counts)
    return dict(sorted(total.items()))


def amount(found: Sequence[Item]) -> tuple[int, int]:
    """(files that may be pictures, their bytes; of an archive its own)."""
    return sum(counts(found).values()), sum(item.size for item in found)


def add_pictures(owner: str, label: str, files: Sequence[Upload]) -> int:
    """Collect files of one class; how many were added.

    Raises
    ------
    UploadError
        When the class has no usable name, or a limit would be passed. Nothing is added then.
    """
    name = clean_label(label)
    if not name:
        raise UploadError("Give the class a name first: it is what the network will answer.")
    if len(name) > LABEL_LENGTH:
        raise UploadError(f"The name of the class is longer than {LABEL_LENGTH} characters: shorten it.")
    return _add(owner, [(name, file) for file in files])


def add_photo(owner: str, label: str, photo: bytes) -> int:
    """Collect a photo that was just taken, under a name with its number in the class; how many were added: 1.

    Raises
    ------
    UploadError
        When it is all one colour, as a camera sends before it is on, or as for `add_pictures`.
    """
    try:
        if quality.blank(decode(photo).pixels):
            raise UploadError(
                "The camera showed nothing yet. Wait until you see its picture, then take the photo again."
            )
    except Refused as refusal:
        raise UploadError(f"The photo {refusal}. Take it again.") from refusal
    taken = counts(items(owner)).get(clean_label(label), 0)
    return add_pictures(owner, label, [Upload(f"{label} {taken + 1}.jpg", photo)])


def add_folder(owner: str, files: Sequence[Upload]) -> int:
    """Collect a folder of the browser, a folder for each class, by the paths of its files; how many were added.

    Raises
    ------
    UploadError
        When there is no picture in a class folder, or a limit would be passed. Nothing is added then.
    """
    contents = reader.arranged([Entry(file.name, partial(bytes, file.data)) for file in files])
    if not contents.found:
        raise UploadError(_nothing("this folder", contents))
    refused = [Item(name=file, size=0, problem=reason) for file, reason in contents.rejected]
    taken = [(found.label, Upload(found.file, found.read())) for found in contents.found]
    return _add(owner, taken, refused)


def add_archive(owner: str, file: Upload) -> int:
    """Collect a zip archive, held against every limit by its directory; how many pictures it promises.

    Raises
    ------
    UploadError
        When it is refused as a whole, or a limit would be passed. Nothing is kept then.
    """
    _check_room(owner, 0, len(file.data))
    home = _home(owner)
    arriving = home / f"{secrets.token_hex(8)}{_suffix(file.name)}"
    with _all_or_nothing([arriving]):
        arriving.write_bytes(file.data)
        found = _counted(arriving, file.name)
        _check_room(owner, sum(found.values()), 0)
        item = Item(name=shown(file.name), size=len(file.data), file=arriving.name, counts=found)
        with _LOCK:
            _write(home, (*items(owner), item))
    return sum(found.values())


def _suffix(name: str) -> str:
    """The ending of an archive's name where it is a usual one: what is refused is told by it."""
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if suffix in PICTURES | ARCHIVES else ""


@contextmanager
def _all_or_nothing(files: Sequence[Path]) -> Iterator[None]:
    """Remove these files when anything goes wrong; a full disk becomes an UploadError."""
    try:
        yield
    except BaseException as error:
        for path in files:
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise UploadError(f"The files could not be kept ({error.strerror or error}): free some room.") from error
        raise


def _counted(archive: Path, name: str) -> dict[str, int]:
    with _opened(archive, name) as contents:
        found = Counter(one.label for one in contents.found if _suffix(one.file) in PICTURES)
    if not found:
        raise UploadError(_nothing(shown(name), contents))
    return dict(sorted(found.items()))


@contextmanager
def _opened(archive: Path, name: str) -> Iterator[Contents]:
    """The archive's contents; a refusal calls it by the name it came with."""
    with ExitStack() as stack:
        try:
            contents = stack.enter_context(reader.opened(archive))
        except UploadError as error:
            raise UploadError(str(error).replace(archive.name, shown(name))) from error
        yield contents


def _nothing(where: str, contents: Contents) -> str:
    file, reason = contents.rejected[0] if contents.rejected else ("it", "holds no pictures")
    return f"No picture of {where} could be taken: {file} {reason}."


def _add(owner: str, taken: Sequence[tuple[str, Upload]], refused: Sequence[Item] = ()) -> int:
    _check_room(owner, len(taken), sum(len(upload.data) for _, upload in taken))
    home = _home(owner)
    paths = [home / secrets.token_hex(8) for _ in taken]
    with _all_or_nothing(paths):
        for path, (_, upload) in zip(paths, taken, strict=True):
            path.write_bytes(upload.data)
        kept = [
            Item(name=shown(upload.name), size=len(upload.data), file=path.name, label=label)
            for path, (label, upload) in zip(paths, taken, strict=True)
        ]
        with _LOCK:
            _write(home, (*items(owner), *kept, *refused))
    return len(kept)


def _check_room(owner: str, images: int, size: int) -> None:
    limits, there = settings(), items(owner)
    whole = images + sum(counts(there).values())
    if whole > limits.upload_images:
        raise UploadError(
            f"That would make {whole:,} pictures; {limits.upload_images:,} at once are the limit. Nothing was added."
        )
    total = size + sum(item.size for item in there)
    if total > limits.upload_bytes:
        raise UploadError(too_big("The collection", total))
    free = shutil.disk_usage(limits.home).free - limits.disk_spare_bytes
    if size > free:
        raise UploadError(
            f"There is not enough room on the server for {megabytes(size)}. Delete data sets that are no longer needed."
        )


def remove(owner: str, doomed: Iterable[Item]) -> None:
    """Take these items out again, and delete their files."""
    gone, home = {item.file for item in doomed}, folder(owner)
    with _LOCK:
        left = [item for item in items(owner) if item.file not in gone]
        if left:
            _write(home, left)
        else:
            (home / INDEX).unlink(missing_ok=True)
    for file in gone - {""}:
        (home / file).unlink(missing_ok=True)


def clear(owner: str) -> None:
    """Delete everything that was collected."""
    remove(owner, items(owner))


@contextmanager
def contents(owner: str, there: Sequence[Item]) -> Iterator[Contents]:
    """These items of the draft, ready for the intake; they can be read inside the `with`.

    Raises
    ------
    UploadError
        When an archive is refused as a whole.
    """
    home = folder(owner)
    with ExitStack() as stack:
        whole = reader.of_files([(item.label, item.name, home / item.file) for item in there if item.label])
        whole.rejected += [Rejected(item.name, item.problem) for item in there if item.problem]
        for item in there:
            if item.counts:
                part = stack.enter_context(_opened(home / item.file, item.name))
                whole.found += part.found
                whole.rejected += part.rejected
                whole.skipped += part.skipped
                whole.parts = whole.parts or part.parts
        whole.found.sort(key=lambda found: (found.label, found.file))
        yield whole


def remove_abandoned() -> None:
    """Delete drafts that nothing was added to for longer than the settings say."""
    with suppress(FileNotFoundError):
        for path in settings().drafts.iterdir():
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > settings().drafts_days * 86400:
                    shutil.rmtree(path, ignore_errors=True)


def endings() -> list[str]:
    """The endings of picture files, without the dot, for a file dialog."""
    return sorted(suffix[1:] for suffix in PICTURES)


def _home(owner: str) -> Path:
    path = folder(owner)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _write(home: Path, found: Iterable[Item]) -> None:
    fresh = home / f"{INDEX}.{secrets.token_hex(4)}.partial"
    fresh.write_bytes(_ITEMS.dump_json(tuple(found)))
    fresh.replace(home / INDEX)
