"""What is in an upload, an archive, a folder or a table of sentences: every example with its class, one at a time.

Nothing is ever unpacked to the disk: names only become labels, so no name can lead anywhere.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tl_core.base.settings import settings
from tl_core.base.wording import listed
from tl_core.uploads import arranging, code_pages, sentences, tables, zip_archive
from tl_core.uploads.choices import Choice, Conclusion
from tl_core.uploads.decode import Refused
from tl_core.uploads.labels import TABLES, clean_label, shown, suffix
from tl_core.uploads.limits import Entry, Listing, UploadError, bad_kind, entries_limit, limited, too_big, too_many
from tl_core.uploads.records import Kind


class Rejected(NamedTuple):
    """One file that is not taken; `reason` ends a sentence that begins with the file's name."""

    file: str
    reason: str


class Found(NamedTuple):
    """One file that may be a picture or a recording, or one sentence. `read` gives its bytes, or raises Refused."""

    label: str
    file: str  # its path in the archive or folder, as it is shown
    read: Callable[[], bytes]
    held_out: bool = False  # in the test part as its publisher divided it, where that is wanted
    also: tuple[str, ...] = ()  # its other labels, where a picture can have several


@dataclass
class Contents:
    """What an upload holds, in the order of labels and names. `skipped` counts hidden and system files."""

    found: list[Found] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    skipped: int = 0
    conclusion: Conclusion = field(default_factory=Conclusion)
    modality: Kind = "pictures"

    def join(self, other: Contents) -> None:
        """Take in the contents of another upload, too."""
        self.found += other.found
        self.rejected += other.rejected
        self.skipped += other.skipped
        mine, its = self.conclusion, other.conclusion
        self.conclusion = Conclusion(
            choice=Choice(test_part=mine.choice.test_part or its.choice.test_part),
            together=mine.together or its.together,
            notes=tuple(dict.fromkeys((*mine.notes, *its.notes))),
        )


@contextmanager
def opened(source: Path, choice: Choice | None = None) -> Iterator[Contents]:
    """The contents of a zip archive, a folder, or a table of sentences; its files can be read inside the `with`.

    Raises
    ------
    UploadError
        When the whole of it is refused: no archive, too much in it, a password, a bomb; or when `choice` does not
        fit it.
    """
    choice = choice or Choice()
    if source.is_dir():
        yield arranged(_folder(source, choice), choice)
        return
    if not source.is_file():
        name = shown(source.name)
        there = f"{name} is a device or a pipe: name a zip archive, a folder or a table."
        raise UploadError(there if source.exists() else f"There is no file or folder {name}.")
    if suffix(source.name) in TABLES:
        yield _table(source, choice)
        return
    with zip_archive.entries(source, choice.encoding) as listing:
        yield arranged(listing, choice)


def of_files(files: Sequence[tuple[str, str, Path]], modality: Kind) -> Contents:
    """Files that lie on the disk already, each as (label, the name it is shown by, where it is)."""
    contents = Contents(modality=modality)
    for label, name, path in files:
        cleaned = clean_label(label)
        if cleaned:
            contents.found.append(Found(cleaned, shown(name), _file_reader(path)))
        else:
            contents.rejected.append(Rejected(shown(name), "belongs to no class: give its class a name"))
    contents.found.sort(key=lambda found: (found.label, found.file))
    return contents


def arranged(listing: Listing, choice: Choice | None = None) -> Contents:
    """Give every entry its class, by its folder or by a table. Raises UploadError as `opened` does."""
    whole = arranging.arranged(listing, choice or Choice())
    contents = Contents(skipped=whole.skipped, conclusion=whole.conclusion, modality=whole.kind)
    for entry, place in whole.placed:
        if place.reason:
            contents.rejected.append(Rejected(shown(entry.name), place.reason))
        else:
            held_out = bool(place.part) and place.part == whole.conclusion.choice.test_part
            label, *also = dict.fromkeys(clean_label(name) for name in (place.folder, *place.also))
            contents.found.append(Found(label, shown(entry.name), entry.read, held_out, tuple(also)))
    contents.found.sort(key=lambda found: (found.label, found.file))
    return contents


def _table(source: Path, choice: Choice) -> Contents:
    name, most = shown(source.name), settings().upload_images
    chosen = {"class level": choice.level is not None, "other table": choice.labels, "test part": choice.test_part}
    if idle := [f"no {what}" for what, wanted in chosen.items() if wanted]:
        raise UploadError(f"{name} is a table of sentences: it has {listed(idle)} to choose, so leave that out.")
    try:
        with source.open("rb") as file:
            table = sentences.read(name, file.read(tables.LARGEST + 1), most, choice.column, choice.encoding)
    except OSError as error:
        raise UploadError(f"{name} cannot be read ({error.strerror or error}).") from error
    except Refused as refusal:
        raise UploadError(f"{name} {refusal}.") from refusal
    how = code_pages.told(table.encoding)
    conclusion = Conclusion(
        choice=choice,
        notes=(f"The table does not say in which code page it is written. It was {how}.",) if how else (),
        encoding=table.encoding if how else "ascii",
        labels=name,
        column=table.column,
        columns=table.columns,
    )
    contents = Contents(conclusion=conclusion, modality="sentences")
    for row in table.rows:
        if row.reason:
            contents.rejected.append(Rejected(row.place, row.reason))
        else:
            contents.found.append(Found(row.label, row.place, partial(row.text.encode, errors="replace")))
    contents.found.sort(key=lambda found: found.label)
    return contents


def _folder(top: Path, choice: Choice) -> Listing:
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
    return _in_unicode(entries, choice.encoding)


def _in_unicode(entries: list[Entry], wanted: str) -> Listing:
    """The names that the system could not read as its own, which Python marks by surrogates (PEP 383), decoded."""
    raw = {entry.name: os.fsencode(entry.name) for entry in entries if shown(entry.name) != entry.name}
    names, encoding = code_pages.decoded(list(raw.values()), wanted)
    new = dict(zip(raw, names, strict=True))
    sure = code_pages.is_sure(list(raw.values()), encoding)
    return Listing([entry._replace(name=new.get(entry.name, entry.name)) for entry in entries], encoding, sure)


def _file_reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with path.open("rb") as stream:
                return limited(stream)
        except OSError as error:
            raise Refused(f"cannot be read ({error.strerror or error})") from error

    return read
