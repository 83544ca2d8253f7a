"""The tables of an upload that give the classes: one that was chosen, or all that tell of its pictures alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from tl_core.base.wording import listed, many
from tl_core.uploads import code_pages, sentences, split_names, tables
from tl_core.uploads.choices import Choice
from tl_core.uploads.decode import Refused
from tl_core.uploads.labels import shown
from tl_core.uploads.layout import Place
from tl_core.uploads.limits import Entry, UploadError
from tl_core.uploads.tables import Labelled, Path

EXPLAINED = 3  # tables without labels that are named
INVENTED = {"submission", "sample"}  # tables that show how an answer is written, with labels that are none


class Sheet(NamedTuple):
    """Tables that name pictures of the upload, and what they say together."""

    names: tuple[str, ...]
    titles: tuple[str, ...]
    says: Labelled
    encoding: str  # a key of CODE_PAGES

    def place(self, picture: int) -> Place:
        """The class and the part of a picture, by its place."""
        if picture in self.says.labels:
            label, *also = self.says.labels[picture]
            return Place(label, self.says.parts.get(picture, ""), also=tuple(also))
        return Place(reason=self.says.refused.get(picture, self.lacking))

    @property
    def lacking(self) -> str:
        """Why a file that is in no table has no class, as the end of a sentence."""
        return f"stands in no row of {listed([shown(name) for name in self.names])}"


def found(entries: Mapping[str, Entry], pictures: Sequence[Path], choice: Choice, notes: list[str]) -> Sheet | None:
    """What the tables among these files say of the pictures; None when nothing. `notes` takes what there is to tell.

    Raises
    ------
    UploadError
        When the table that was chosen is missing, or says nothing.
    """
    if choice.labels and choice.labels not in entries:
        raise UploadError(
            f"There is no table {shown(choice.labels)} in it: there is {listed(list(entries)) or 'none'}."
        )
    names = [choice.labels] if choice.labels else sorted(entries, key=lambda name: (_is_invented(name), name))
    read = [sheet for name in names if (sheet := _read(name, entries[name], pictures, choice, notes))]
    if not read and choice.labels:
        raise UploadError(" ".join(notes) or _says_nothing(choice.labels))
    if not read:
        silent = [name for name in names if not any(note.startswith(shown(name)) for note in notes)]
        notes += map(_says_nothing, silent[:EXPLAINED])
        return None
    whole = max(read, key=lambda sheet: len(sheet.says.labels))
    for other in read:
        if _goes_on(other, whole):
            whole = _together(whole, other)
    notes.append(_told(whole))
    return whole


def _is_invented(name: str) -> bool:
    return not INVENTED.isdisjoint(split_names.words(name))


def _says_nothing(name: str) -> str:
    return (
        f"{shown(name)} does not say which picture has which label: it needs a column with the names of the files and "
        "one with their labels, or one of zeros and ones for each label."
    )


def _read(name: str, entry: Entry, pictures: Sequence[Path], choice: Choice, notes: list[str]) -> Sheet | None:
    try:
        data = entry.read()
        encoding = tables.encoding(data, choice.encoding)
        columns = tables.read(name, data, pictures, encoding=encoding)
    except Refused as refusal:
        notes.append(f"{shown(name)} {refusal}.")
        return None
    says = tables.labelled(shown(name), columns, pictures, choice.column)
    if not says and sentences.are_in(columns):
        notes.append(
            f"{shown(name)} looks like a table of sentences: upload such a table alone, not in an archive or a folder."
        )
    return Sheet((name,), tuple(columns), says, encoding) if says else None


def _goes_on(other: Sheet, whole: Sheet) -> bool:
    """Whether a table tells of further pictures what the whole tells of its own, as one table for each part does."""
    mine, its = whole.says.labels, other.says.labels
    agree = all(set(mine.get(i, labels)) == set(labels) for i, labels in its.items())
    return other.titles == whole.titles and bool(its.keys() - mine) and agree and not _is_invented(other.names[0])


def _together(whole: Sheet, other: Sheet) -> Sheet:
    mine, its = (_parted(sheet) for sheet in (whole, other))
    labels = mine.labels | its.labels
    says = mine._replace(
        labels=labels,
        parts=mine.parts | its.parts,
        refused={i: why for i, why in (its.refused | mine.refused).items() if i not in labels},
        columns=tuple(dict.fromkeys(mine.columns + its.columns)),
        unused=mine.unused + its.unused,
    )
    return whole._replace(names=whole.names + other.names, says=says)


def _parted(sheet: Sheet) -> Labelled:
    """With the part that the table is called by, or lies in the folder of, where it says none itself."""
    path = PurePosixPath(sheet.names[0])
    part = next(filter(split_names.is_plain_part, (path.stem, path.parent.name)), "")
    if sheet.says.parts or not part or len(sheet.names) > 1:
        return sheet.says
    return sheet.says._replace(parts=dict.fromkeys(sheet.says.labels, part))


def _told(sheet: Sheet) -> str:
    says = sheet.says
    many_tables = len(sheet.names) > 1
    table = f"the table{'s' if many_tables else ''} {listed([shown(name) for name in sheet.names])}"
    column = f"{'their' if many_tables else 'its'} column{f' {says.column}' if says.column else 's of zeros and ones'}"
    unused = f"; {many(says.unused, 'row')} without a picture here" if says.unused else ""
    written = f", {how}" if (how := code_pages.told(sheet.encoding)) else ""
    several = " A picture can have several labels; where pictures are counted, it counts for one of them."
    have_several = any(len(labels) > 1 for labels in says.labels.values())
    return (
        f"The classes come from {table}{written}, {column}, not from the folders{unused}."
        f"{several if have_several else ''}"
    )
