"""Labels in a table beside the pictures: a CSV or Excel sheet with a column of files and one or more of labels."""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tl_core.base.wording import listed
from tl_core.uploads import code_pages, split_names, subsets
from tl_core.uploads.decode import Refused
from tl_core.uploads.labels import PICTURES, shown, suffix
from tl_core.uploads.limits import UploadError, megabytes

LARGEST = 16 * 1024**2  # bytes of one table
WIDEST = 1000  # columns
NAMED = str.split(
    "label labels class classes category target breed species diagnosis dx variety disease sentiment emotion type tag "
    "tags name class_name label_name classname"
)
YES, NO = {"1", "1.0", "true", "yes", "x"}, {"0", "0.0", "-1", "-1.0", "false", "no", ""}
MARKS = {"utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE), "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)}
NULS = {"x0x0x0x0": "utf-16-le", "0x0x0x0x": "utf-16-be", "x000x000": "utf-32-le", "000x000x": "utf-32-be"}
SEPARATORS = "|;,"
SEVERAL = 0.02  # of the pictures have more than one label: then that is meant

Columns = Mapping[str, Sequence[str]]
Path = tuple[str, ...]


class Labelled(NamedTuple):
    """What a table says of the pictures, by their places."""

    labels: dict[int, tuple[str, ...]]  # the one that it is drawn for first (`subsets.drawn_for`)
    parts: dict[int, str]
    refused: dict[int, str]  # the end of a sentence
    column: str
    columns: tuple[str, ...]  # that could hold the labels
    unused: int  # rows that name no picture of the upload


def read(
    name: str, data: bytes, pictures: Sequence[Path], most: int | None = None, encoding: str = "utf-8"
) -> dict[str, list[str]]:
    """The columns of a table, every cell as text; of its rows the first `most`. `encoding`: of a CSV file.

    Raises Refused when it cannot be read. A first row that names a picture is no heading.
    """
    import pandas as pd

    if len(data) > LARGEST:
        raise Refused(f"is a table of more than {megabytes(LARGEST)}")
    options: dict[str, Any] = {"dtype": str, "keep_default_na": False, "header": None}
    if most is not None:
        options["nrows"] = most + 1  # with the heading
    try:
        if name.lower().endswith(".xlsx"):
            with zipfile.ZipFile(io.BytesIO(data)) as sheet:
                if sum(info.file_size for info in sheet.infolist()) > 4 * LARGEST:
                    raise Refused(f"is a table of more than {megabytes(4 * LARGEST)} when unpacked")
            in_sheets = pd.read_excel(io.BytesIO(data), sheet_name=None, engine="openpyxl", **options)
            cells = max(in_sheets.values(), key=lambda sheet: sheet.size)
        else:
            lines = io.StringIO(_text(data, encoding), newline=None)
            cells = pd.read_csv(lines, **_dialect(data, encoding), engine="python", **options)
    except Refused:
        raise
    except pd.errors.EmptyDataError:
        return {}
    except pd.errors.ParserError as error:
        why = str(error).partition(". Error")[0]
        raise Refused(
            f"is a table that cannot be read ({why}): put cells that hold commas or quotes in quotes"
        ) from error
    except Exception as error:  # pandas and its readers raise almost any type on damaged bytes
        raise Refused("is a table that cannot be read: save it as a CSV file in UTF-8") from error
    rows = [[str(cell).strip() for cell in row] for row in cells.fillna("").to_numpy().tolist()]
    if not rows:
        return {}
    places = _places(pictures)
    bare = any("." in cell and _folded(cell) in places for cell in rows[0])
    heading = [""] * len(rows[0]) if bare else rows.pop(0)
    twice = [title for title, times in Counter(filter(None, heading)).items() if times > 1]
    if twice:
        raise Refused(f"has several columns called {shown(twice[0])}: rename all but one of them")
    return {title or f"number {i + 1}": [row[i] for row in rows] for i, title in enumerate(heading)}


def encoding(data: bytes, wanted: str = "") -> str:
    """The key of CODE_PAGES that a CSV file is written in: Unicode, or `wanted`, or else the likeliest."""
    if _wide(data) or data.startswith(b"PK") or code_pages.fits([data], "utf-8"):
        return "utf-8"
    cells = re.split(rb"[\r\n,;\t\"]+", data)
    return wanted if wanted and code_pages.fits(cells, wanted) else code_pages.likeliest(cells, code_pages.IN_TABLES)


def _wide(data: bytes) -> str:
    """The Unicode of two or four bytes a character that this is: by its mark, or as it begins with ASCII; else ""."""
    marked = (name for name, marks in MARKS.items() if data.startswith(marks))
    return next(marked, NULS.get("".join("x" if byte else "0" for byte in data[:8]), ""))


def _text(data: bytes, encoding: str) -> str:
    text = data.decode(_wide(data) or encoding, "replace")
    return re.sub(r"^\ufeff?(sep=.\s+)?", "", text)  # Excel's word on what divides the cells


def _dialect(data: bytes, encoding: str) -> dict[str, Any]:
    """What stands between the cells and around them, as pandas calls it, by the first row."""
    first = _text(data[:65536], encoding).partition("\n")[0]
    if "\0" in first:
        raise Refused("begins with NUL characters, as no text does in UTF-8: save it as a CSV file in UTF-8")
    separator = max(",;\t|", key=first.count)
    if first.count(separator) >= WIDEST:
        raise Refused(f"is a table of more than {WIDEST:,} columns")
    return {"sep": separator, "quotechar": "'" if first.startswith("'") else '"', "skipinitialspace": True}


def labelled(table: str, columns: Columns, pictures: Sequence[Path], wanted: str = "") -> Labelled | None:
    """The labels of pictures by a table; None when it does not name them.

    `wanted`: the column of the labels; else the one that is called so, or whose values repeat, or the columns of
    noughts and ones, one for each label.

    Raises
    ------
    UploadError
        When it has no such column.
    """
    places = _places(pictures)
    matched = {title: [_match(cell, places, pictures, table) for cell in cells] for title, cells in columns.items()}
    files = max(matched, key=lambda title: len({i for i in matched[title] if i is not None}), default="")
    rows = matched.get(files, [])
    named = len({i for i in rows if i is not None})
    if named < 2 or 2 * named < min(len(rows), len(pictures)):
        return None
    others = {title: cells for title, cells in columns.items() if title != files}
    candidates = _candidates(others)
    if wanted and wanted not in others:
        raise UploadError(f"{table} has no column {wanted}: it has {listed(list(others))}.")
    several = [title for title, cells in others.items() if _is_binary(cells)]
    column = wanted or _label_column(candidates, several)
    found: list[list[str]]
    if column:
        found = [[label] if label else [] for label in others[column]]
        found = _divided(found)
    else:
        if len(several) < 2:
            return None
        found = [[title for title in several if others[title][i].lower() in YES] for i in range(len(rows))]
    divided = next((cells for cells in others.values() if _divides(cells)), None)
    parts = {i: part for i, part in zip(rows, divided or [], strict=False) if i is not None and part}
    return _joined(table, rows, found, parts)._replace(column=column, columns=tuple(candidates))


def _joined(table: str, rows: Sequence[int | None], found: Sequence[list[str]], parts: dict[int, str]) -> Labelled:
    its: dict[int, list[str]] = {}
    for i, labels in zip(rows, found, strict=True):
        if i is not None:
            its[i] = list(dict.fromkeys(its.get(i, []) + labels))
    several = {i: labels for i, labels in its.items() if len(labels) > 1}
    refused = {i: f"has no label in {table}" for i, labels in its.items() if not labels}
    if len(several) <= SEVERAL * len(its):
        refused |= {i: f"has the labels {listed(labels)} in {table}" for i, labels in several.items()}
    taken = {i: labels for i, labels in sorted(its.items()) if i not in refused}
    ordered = dict(zip(taken, subsets.drawn_for(list(taken.values())), strict=True))
    return Labelled(ordered, parts, refused, "", (), sum(i is None for i in rows))


def _places(pictures: Sequence[Path]) -> dict[str, list[int]]:
    """Every way to name a picture: its path or the end of it, with and without the file's ending."""
    places: dict[str, list[int]] = {}
    for i, path in enumerate(pictures):
        for start in range(len(path)):
            name = _folded("/".join(path[start:]))
            for key in {name, _without_ending(name)}:
                places.setdefault(key, []).append(i)
    return places


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _without_ending(name: str) -> str:
    """A name without a picture's ending. Tables often name the pictures that these were made of."""
    return name.rpartition(".")[0] if suffix(name) in PICTURES else name


def _match(cell: str, places: Mapping[str, list[int]], pictures: Sequence[Path], table: str) -> int | None:
    """The picture that a cell names; None when it names none, or several that not even the table's name tells apart."""
    path = _folded(cell.replace("\\", "/").strip("/ ").removeprefix("./"))
    while path:
        there = places.get(path) or places.get(_without_ending(path), [])
        if len(there) > 1:  # train.csv speaks of the pictures in train
            said = set(split_names.words(table))
            there = [i for i in there if said & {folder.casefold() for folder in pictures[i][:-1]}]
        if len(there) == 1:
            return there[0]
        path = path.partition("/")[2]
    return None


def _candidates(columns: Columns) -> dict[str, Sequence[str]]:
    """The columns whose values repeat, as labels do."""
    return {title: cells for title, cells in columns.items() if 1 < len(set(cells) - {""}) <= max(2, len(cells) // 2)}


def _label_column(candidates: Columns, several: Sequence[str]) -> str:
    for name in NAMED:
        for title in candidates:
            if "_".join(split_names.words(title)) == name:
                return title
    if len(several) > 1:
        return ""
    left = {title: cells for title, cells in candidates.items() if not _divides(cells)}
    words = [title for title, cells in left.items() if not all(_is_number(cell) for cell in cells)]
    return next(iter(words or (list(left) if len(left) == 1 else [])), "")


def _is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).removeprefix("-").isdigit() or not cell


def _is_binary(cells: Sequence[str]) -> bool:
    found = {cell.lower() for cell in cells}
    return found <= YES | NO and bool(found & YES)


def _divides(cells: Sequence[str]) -> bool:
    """Whether a column says which part of the data set a picture is in."""
    found = set(cells) - {""}
    return len(found) > 1 and all(split_names.is_plain_part(cell) for cell in found)


def _divided(found: list[list[str]]) -> list[list[str]]:
    """Several labels in one cell. A comma divides only labels that occur apart from each other, too."""
    for sign in SEPARATORS:
        joined = Counter(labels[0] for labels in found if labels)
        pieces = {cell: [piece.strip() for piece in cell.split(sign) if piece.strip()] for cell in joined}
        times = Counter(piece for parts in pieces.values() for piece in parts)
        several = [parts for parts in pieces.values() if len(parts) > 1]
        if several and (sign != "," or all(times[piece] > 1 for parts in several for piece in parts)):
            return [pieces[labels[0]] if labels else [] for labels in found]
    return found
