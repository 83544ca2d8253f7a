"""What a student has collected for a data set that is not made yet: examples by class, archives and tables.

A folder of `drafts` in the data home holds one student's: `index.json` and a file for each item, under a name made
here. It survives a refresh and a restart, and is deleted once the data set is made, or when it is left lying.
"""

from __future__ import annotations

import secrets
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from tl_core.base.settings import settings
from tl_core.uploads import reader
from tl_core.uploads.choices import Choice
from tl_core.uploads.collected import Item, Upload, concluded, opened, pack, usual_suffix
from tl_core.uploads.kinds import KINDS, most, other
from tl_core.uploads.labels import LABEL_LENGTH, PICTURES, SOUNDS, TABLES, clean_label, shown
from tl_core.uploads.limits import UploadError, megabytes, too_big
from tl_core.uploads.reader import Contents
from tl_core.uploads.records import Kind

INDEX = "index.json"
_LOCK = threading.Lock()


_ITEMS = TypeAdapter(tuple[Item, ...])


def folder(owner: str) -> Path:
    """The draft's place."""
    return settings().drafts / mark(owner)


def mark(owner: str) -> str:
    """A name for a student's work in progress."""
    return owner[:32]


def items(owner: str) -> tuple[Item, ...]:
    """What has been collected so far, oldest first."""
    with suppress(OSError, ValidationError):
        return _ITEMS.validate_json((folder(owner) / INDEX).read_bytes())
    return ()


def counts(found: Sequence[Item]) -> dict[str, int]:
    """Class → files that may be examples of it."""
    total: Counter[str] = Counter()
    for item in found:
        total.update({item.label: 1} if item.label else item.counts)
    return dict(sorted(total.items()))


def amount(found: Sequence[Item]) -> tuple[int, int]:
    """(files that may be examples, their bytes; of an archive its own)."""
    return sum(counts(found).values()), sum(item.size for item in found)


def add_files(owner: str, label: str, files: Sequence[Upload]) -> int:
    """Collect files of one class, pictures or recordings; how many were added.

    Raises
    ------
    UploadError
        When the class has no usable name, they are not of one kind, or a limit would be passed. Nothing is added then.
    """
    kind = most(file.name for file in files)
    if unlike := [file.name for file in files if other(file.name, kind)]:
        raise UploadError(f"{shown(unlike[0])} {KINDS[kind].unlike}: choose files of one kind. Nothing was added.")
    return add_of(owner, label, files, kind)


def add_of(owner: str, label: str, files: Sequence[Upload], kind: Kind) -> int:
    """Collect files of one class and one kind. Raises as `add_files` does."""
    _check_alike(owner, kind)
    name = clean_label(label)
    if not name:
        raise UploadError("Give the class a name first: it is what the network will answer.")
    if len(name) > LABEL_LENGTH:
        raise UploadError(f"The name of the class is longer than {LABEL_LENGTH} characters: shorten it.")
    return _add(owner, name, files, kind)


def add_folder(owner: str, files: Sequence[Upload]) -> int:
    """Collect a folder of the browser, a folder for each class, as one archive; how many examples it promises.

    Raises
    ------
    UploadError
        When it is refused as a whole, or a limit would be passed. Nothing is kept then.
    """
    top, _, inside = shown(files[0].name).strip("/").partition("/")
    return _add_archive(
        owner, top if inside else "this folder", sum(len(file.data) for file in files), partial(pack, files)
    )


def add_archive(owner: str, file: Upload) -> int:
    """Collect a zip archive, held against every limit by its directory, or a table; how many examples it promises.

    Raises
    ------
    UploadError
        When it is refused as a whole, or a limit would be passed. Nothing is kept then.
    """
    return _add_archive(owner, shown(file.name), len(file.data), lambda path: path.write_bytes(file.data))


def _add_archive(owner: str, name: str, size: int, write: Callable[[Path], object]) -> int:
    _check_room(owner, 0, size)
    home = _home(owner)
    arriving = home / f"{secrets.token_hex(8)}{usual_suffix(name)}"
    with _all_or_nothing([arriving]):
        write(arriving)
        item = concluded(arriving, name, size, Choice())
        how = KINDS[item.modality]
        if not item.counts and not any(item.conclusion.levels):
            reason, (_, file) = next(iter(item.left_out.items()), (f"holds no {how.many}", (1, "it")))
            raise UploadError(
                " ".join([f"No {how.one} of {name} could be taken: {file} {reason}.", *item.conclusion.notes])
            )
        _check_alike(owner, item.modality)
        _check_room(owner, sum(item.counts.values()), 0, item.modality)
        with _LOCK:
            _write(home, (*items(owner), item))
    return sum(item.counts.values())


def read_again(owner: str, item: Item, choice: Choice) -> None:
    """Have an archive of the draft read as somebody says.

    Raises UploadError when that does not fit it; it stays as it was then.
    """
    home = folder(owner)
    new = concluded(home / item.file, item.name, item.size, choice)
    with _LOCK:
        _write(home, [new if one.file == item.file else one for one in items(owner)])


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


def _add(owner: str, label: str, files: Sequence[Upload], kind: Kind) -> int:
    _check_room(owner, len(files), sum(len(file.data) for file in files), kind)
    home = _home(owner)
    paths = [home / secrets.token_hex(8) for _ in files]
    with _all_or_nothing(paths):
        for path, file in zip(paths, files, strict=True):
            path.write_bytes(file.data)
        kept = [
            Item(name=shown(file.name), size=len(file.data), file=path.name, label=label, modality=kind)
            for path, file in zip(paths, files, strict=True)
        ]
        with _LOCK:
            _write(home, (*items(owner), *kept))
    return len(kept)


def holds(found: Sequence[Item]) -> Kind:
    """What these items are."""
    return found[0].modality if found else "pictures"


def _check_alike(owner: str, modality: Kind) -> None:
    there = items(owner)
    if there and holds(there) != modality:
        raise UploadError(
            "A data set holds pictures, recordings or sentences, not several of them: make one of the "
            f"{KINDS[holds(there)].many} that you have collected, or clear them first."
        )


def _check_room(owner: str, images: int, size: int, kind: Kind = "pictures") -> None:
    limits, there = settings(), items(owner)
    whole = images + sum(counts(there).values())
    if whole > limits.upload_images:
        raise UploadError(
            f"That would make {whole:,} {KINDS[kind].many}; the limit is {limits.upload_images:,} at once. Nothing was "
            "added."
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
        labelled = [(item.label, item.name, home / item.file) for item in there if item.label]
        whole = reader.of_files(labelled, holds(there))
        for item in there:
            if not item.label:
                whole.join(stack.enter_context(opened(home / item.file, item.name, item.conclusion.choice)))
        whole.found.sort(key=lambda found: (found.label, found.file))
        yield whole


def remove_abandoned() -> None:
    """Delete drafts that nothing was added to for longer than the settings say."""
    with suppress(FileNotFoundError):
        for path in settings().drafts.iterdir():
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > settings().drafts_days * 86400:
                    shutil.rmtree(path, ignore_errors=True)


def endings(tables: bool = False) -> list[str]:
    """The endings of pictures and recordings, and of tables if wanted, without the dot, for a file dialog."""
    return sorted(suffix[1:] for suffix in PICTURES | SOUNDS | (TABLES if tables else set()))


def _home(owner: str) -> Path:
    path = folder(owner)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _write(home: Path, found: Iterable[Item]) -> None:
    fresh = home / f"{INDEX}.{secrets.token_hex(4)}.partial"
    fresh.write_bytes(_ITEMS.dump_json(tuple(found)))
    fresh.replace(home / INDEX)
