"""Sentences in a table: each row one, in a column of texts, with its class in a column of labels."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from tl_core.base.wording import listed
from tl_core.uploads import split_names, tables
from tl_core.uploads.decode import Refused
from tl_core.uploads.labels import LABEL_LENGTH, clean_label, shown

LONGEST = 5_000  # characters; no network here reads more than the first 2,000 or so
TEXTS = str.split("text sentence review comment message phrase content tweet title question")
NO_LABEL = "has no label"
UNSPACED = (  # scripts that set no space between words: Thai and Lao, Burmese, Khmer, kana, Chinese characters
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9f"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
PART = re.compile(rf"[{UNSPACED}]|[^\s{UNSPACED}]+")


class Row(NamedTuple):
    """One row of a table. `reason` ends a sentence about why it is not taken."""

    place: str
    label: str
    text: str
    reason: str = ""


class Table(NamedTuple):
    """The rows of a table, the column that their labels stand in, and those that could hold them."""

    rows: list[Row]
    column: str
    columns: tuple[str, ...]
    encoding: str = "utf-8"  # a key of CODE_PAGES


def read(name: str, data: bytes, most: int, column: str = "", encoding: str = "") -> Table:
    """The sentences of a CSV or Excel sheet. `column`: of the labels; "": the one that is called so.

    `encoding`, a key of CODE_PAGES: of a CSV file that is not in Unicode; "": the likeliest.

    Raises Refused when it cannot be read, has no such columns, or more than `most` rows.
    """
    encoding = tables.encoding(data, encoding)
    columns = tables.read(name, data, (), most + 1, encoding)
    texts = _named(columns, TEXTS)
    others = [title for title in columns if title != texts]
    labels = column if column in others else _named(others, tables.NAMED)
    if not texts or not labels or column not in ("", labels):
        there = listed([shown(title)[:LABEL_LENGTH] for title in columns]) or "nothing"
        wanted = f"labels called {column}" if column else "labels (label)"
        raise Refused(f"needs a column of texts (text) and one of {wanted} in its first row, which has {there}")
    if not columns[texts]:
        raise Refused("has no row below its first one, which names the columns")
    if len(columns[texts]) > most:
        raise Refused(f"has more than {most:,} sentences, which is the limit: leave some out")
    rows = [
        _row(f"row {i}", label, text)
        for i, (label, text) in enumerate(zip(columns[labels], columns[texts], strict=True), start=2)
    ]
    return Table(rows, labels, tuple(others), encoding)


def _named(titles: Iterable[str], names: Sequence[str]) -> str:
    """The title that is called as the first of these names that there is; "": none. Raises Refused when several are."""
    for name in names:
        called = [title for title in titles if "_".join(split_names.words(title)) == name]
        if len(called) > 1:
            raise Refused(f"has the columns {listed(called)}, which are called alike: rename all but one of them")
        if called:
            return called[0]
    return ""


def are_in(columns: Iterable[str]) -> bool:
    """Whether these titles of a table's columns are those of sentences and their labels."""
    called = {"_".join(split_names.words(title)) for title in columns}
    return not called.isdisjoint(TEXTS) and not called.isdisjoint(tables.NAMED)


def _row(place: str, label: str, text: str) -> Row:
    name = clean_label(label)
    if not name:
        return Row(place, "", "", NO_LABEL)
    if len(name) > LABEL_LENGTH:
        return Row(place, "", "", f"has a label of more than {LABEL_LENGTH} characters")
    return Row(place, name, text)


def cleaned(content: bytes) -> str:
    """A text in UTF-8 as one line, with single spaces.

    Raises Refused when it is none, is empty, or longer than LONGEST characters.
    """
    try:
        text = " ".join(content.decode().replace("\0", " ").split())
    except UnicodeDecodeError as error:
        raise Refused("is no text in UTF-8") from error
    if not text:
        raise Refused("is empty")
    if len(text) > LONGEST:
        raise Refused(f"is longer than {LONGEST:,} characters: shorten it")
    return text


def parts(text: str) -> list[tuple[int, int]]:
    """(start, end) of every word: what stands between spaces, and each character, with its marks, of UNSPACED."""
    found: list[tuple[int, int]] = []
    for start, end in (part.span() for part in PART.finditer(text)):
        if found and found[-1][1] == start and unicodedata.category(text[start]).startswith("M"):
            start = found.pop()[0]
        found.append((start, end))
    return found


def digest(text: str) -> str:
    """SHA-256 of a sentence."""
    return hashlib.sha256(text.encode()).hexdigest()


def groups(texts: Sequence[str]) -> np.ndarray:
    """(N,) int32: sentences with the same number have the same words, whatever their capitals and punctuation."""
    keys = [" ".join(re.findall(r"\w+", text.casefold())) or text for text in texts]
    return np.unique(keys, return_inverse=True)[1].astype(np.int32).ravel()
