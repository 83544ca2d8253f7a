"""Every file of an upload with the class that it belongs to, by the folders or by a table, and what was concluded."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tl_core.base.wording import listed, many
from tl_core.uploads import code_pages, layout, sheets, split_names
from tl_core.uploads.choices import FOLDERS, Choice, Conclusion
from tl_core.uploads.kinds import KINDS, most, other
from tl_core.uploads.labels import (
    LABEL_LENGTH,
    TABLES,
    bad_path,
    bad_suffix,
    clean_label,
    escaped,
    hidden,
    shown,
    suffix,
)
from tl_core.uploads.layout import Layout, Place
from tl_core.uploads.limits import Entry, Listing, UploadError
from tl_core.uploads.records import Kind
from tl_core.uploads.sheets import Sheet

SHOWN = 12  # folders of one depth that are named
OUTSIDE = 3  # pictures per class that a part must leave to train and to validate on
Path = tuple[str, ...]


class Arranged(NamedTuple):
    """Every file with its place, but for those that a system keeps for itself, which are `skipped`."""

    placed: list[tuple[Entry, Place]]
    skipped: int
    conclusion: Conclusion
    kind: Kind  # what most files are; the others are left out


def arranged(listing: Listing, choice: Choice) -> Arranged:
    """Conclude what is in an upload, or read it as somebody chose.

    Raises
    ------
    UploadError
        When the choice does not fit the upload.
    """
    refused, kept, skipped = _sorted_out(listing.entries)
    kind = most(path[-1] for path, _ in kept)
    others = [path for path, _ in kept if other(path[-1], kind)]
    seen = [path for path, _ in kept if suffix(path[-1]) in KINDS[kind].meant] or [path for path, _ in kept]
    folders = [path[:-1] for path in seen]
    by_folder = layout.concluded(folders) if choice.level is None else layout.at_level(folders, choice.level)
    entries = dict(kept)
    notes: list[str] = []
    in_tables = {"/".join(path): entry for path, entry in entries.items() if suffix(path[-1]) in TABLES}
    in_folders = choice.labels == FOLDERS or (not choice.labels and _classes(seen, by_folder) > 1)
    sheet = None if in_folders else sheets.found(in_tables, seen, choice, notes)
    by_table = {path: sheet.place(i) for i, path in enumerate(seen)} if sheet else {}
    places = {path: _checked(by_table.get(path) or _by_folder(path, by_folder, sheet)) for path in entries}
    places |= {path: Place(reason=KINDS[kind].unlike) for path in others}
    parts = _testable([places[path] for path in seen])
    if choice.test_part and choice.test_part not in parts:
        raise UploadError(
            f"There is no part {choice.test_part} to test on, with pictures of each class and enough of them outside: "
            f"there is {listed(list(parts)) or 'none'}."
        )
    written = [listing.encoding, *([sheet.encoding] if sheet else [])]
    together = () if sheet else tuple(map(shown, dict.fromkeys(by_folder.together)))
    conclusion = Conclusion(
        choice=choice,
        together=together if len(together) > 1 else (),
        notes=(
            *_names(listing, places),
            *_unlike(others, kind),
            *notes,
            *([] if sheet else by_folder.notes),
            *_merged(places),
        ),
        encoding=next(filter(code_pages.told, written), listing.encoding),
        levels=tuple(tuple(map(shown, names[:SHOWN])) for names in layout.names_at(folders)),
        parts=parts,
        tables=tuple(map(shown, in_tables)),
        columns=sheet.says.columns if sheet else (),
        labels=sheet.names[0] if sheet else "",
        column=sheet.says.column if sheet else "",
    )
    placed = refused + [(entry, places[path]) for path, entry in kept]
    return Arranged(placed, skipped, conclusion, kind)


def _unlike(others: Sequence[Path], kind: Kind) -> list[str]:
    """That files of another kind are left out."""
    if not others:
        return []
    endings = listed(sorted({suffix(path[-1]) for path in others}))
    return [f"Most files are {KINDS[kind].many}. Left out: {many(len(others), 'other file')} ({endings})."]


def _sorted_out(entries: Sequence[Entry]) -> tuple[list[tuple[Entry, Place]], list[tuple[Path, Entry]], int]:
    """(refused by name or kind, the others with their paths, how many are passed over)."""
    refused: list[tuple[Entry, Place]] = []
    kept: list[tuple[Path, Entry]] = []
    skipped = 0
    for entry in entries:
        path = tuple(part for part in entry.name.split("/") if part not in ("", "."))
        problem = bad_path(entry.name) or ("" if path else "has no name")
        if not problem and hidden(path):
            skipped += 1
        elif problem := problem or entry.problem or bad_suffix(entry.name):
            refused.append((entry, Place(reason=problem)))
        else:
            kept.append((path, entry))
    return refused, kept, skipped


def _classes(pictures: Sequence[Path], by_folder: Layout) -> int:
    return len({place.folder for path in pictures if not (place := by_folder.place(path[:-1])).reason})


def _by_folder(path: Path, by_folder: Layout, sheet: Sheet | None) -> Place:
    if suffix(path[-1]) in TABLES:
        used = sheet is not None and "/".join(path) in sheet.names
        return Place(reason="is a table of the labels" if used else "is a table, and is not used for the labels")
    return Place(reason=sheet.lacking) if sheet else by_folder.place(path[:-1])


def _checked(place: Place) -> Place:
    """With the reason why its class can have no such name."""
    labels = [clean_label(name) for name in (place.folder, *place.also)]
    if place.reason:
        return place
    if not all(labels):
        return Place(reason="is in a class whose name has no character that can be seen: rename the folder")
    if max(map(len, labels)) > LABEL_LENGTH:
        return Place(reason=f"is in a class whose name is longer than {LABEL_LENGTH} characters: shorten the name")
    return place


def _testable(places: Sequence[Place]) -> dict[str, int]:
    """The parts to test on, with their pictures, those for the test first: each has pictures of every class."""
    taken = [(clean_label(place.folder), place.part) for place in places if not place.reason]
    classes = Counter(label for label, _ in taken)
    inside = {
        part: Counter(label for label, its in taken if its == part) for part in {part for _, part in taken} - {""}
    }
    fitting = [
        part
        for part, its in inside.items()
        if not split_names.trains(part) and all(0 < its[label] <= whole - OUTSIDE for label, whole in classes.items())
    ]
    return {part: inside[part].total() for part in sorted(fitting, key=lambda part: (-split_names.tests(part), part))}


def _names(listing: Listing, places: Mapping[Path, Place]) -> list[str]:
    """How names were read that did not say their encoding."""
    if listing.encoding == "ascii" or listing.sure:
        return []
    example = next((place.folder for place in places.values() if not place.folder.isascii()), "")
    example = example or next((part for path in places for part in path if not part.isascii()), "")
    return [
        "The names do not say in which code page they are written. They were read as "
        f"{code_pages.CODE_PAGES[listing.encoding].title}, such as {shown(example)}: choose another if that is wrong."
    ]


def _merged(places: Mapping[Path, Place]) -> list[str]:
    """Folders that differ only in what the name of a class cannot keep."""
    folders: dict[str, set[str]] = {}
    for place in places.values():
        if not place.reason:
            folders.setdefault(clean_label(place.folder), set()).add(unicodedata.normalize("NFC", place.folder))
    return [
        f"{listed([escaped(name) for name in sorted(names)])} became one class, {label}: their names look the same."
        for label, names in folders.items()
        if len(names) > 1
    ]
