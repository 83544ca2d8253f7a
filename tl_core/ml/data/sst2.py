"""SST-2 (Socher et al. 2013) as GLUE publishes it (Wang et al. 2019): phrases of film reviews, negative or positive.

`train.tsv` and `dev.tsv` hold a label and a text in each line. GLUE keeps the labels of its own test part to itself, so
its validation sentences are what is tested on, as in most papers.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from tl_core.base.events import Emit, RunError, ShouldStop
from tl_core.catalog import DATASETS
from tl_core.ml.data import archives

URL = "https://dl.fbaipublicfiles.com/glue/data/SST-2.zip"
MD5 = "9f81648d4199384278b86e315dac217c"
PARTS = ("train", "dev")
HEADER = "label\ttext"
IN_A_ROW, WHOLE = 6, 4  # words that two phrases of one review share; words of a phrase that lies inside another
Rows = list[tuple[int, str]]


def read(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N,) str objects, (N,) int32 labels [0, 2), (N,) bool: for testing only. RunError: a file is amiss."""
    try:
        parts = [_rows(folder / f"{part}.tsv") for part in PARTS]
    except (OSError, ValueError) as error:
        raise RunError(
            f"SST-2 is damaged or incomplete ({error}). Delete the folder {folder}, and the next run downloads it "
            "again."
        ) from error
    labels, texts = zip(*(row for part in parts for row in part), strict=True)
    is_test = np.repeat([False, True], [len(part) for part in parts])
    return np.array(texts, object), np.array(labels, np.int32), is_test


def reviews(phrases: Sequence[str]) -> np.ndarray:
    """(N,) int32, the same number for phrases that were cut from one review, as far as their words tell.

    Nothing published says which review a phrase is from. Two are taken together when they share IN_A_ROW words in a
    row, or when one of WHOLE words or more lies inside the other: of the 8,000 phrases that ties 3,099 to others, and
    of the 872 test sentences, whose reviews none of them is from, 8.
    """
    first: dict[tuple[str, ...], int] = {}
    words = [tuple(phrase.split()) for phrase in phrases]
    for i, its in enumerate(words):
        if WHOLE <= len(its) < IN_A_ROW:
            first.setdefault(its, i)
        for run in _runs(its, IN_A_ROW):
            first.setdefault(run, i)
    pairs = [
        (i, first[run])
        for i, its in enumerate(words)
        for length in range(WHOLE, IN_A_ROW + 1)
        for run in _runs(its, length)
        if run in first
    ]
    here, there = np.array(pairs, np.int32).reshape(-1, 2).T
    tied = coo_array((np.ones(len(here), bool), (here, there)), shape=(len(words), len(words)))
    return connected_components(tied, directed=False)[1].astype(np.int32)


def _runs(words: tuple[str, ...], length: int) -> Iterable[tuple[str, ...]]:
    """Every so many words in a row."""
    return (words[start : start + length] for start in range(len(words) - length + 1))


def _rows(file: Path) -> Rows:
    header, *lines = file.read_text(encoding="utf-8").splitlines()
    if header != HEADER:
        raise ValueError(f"{file.name} does not begin with label and text")
    rows = [line.split("\t") for line in lines]
    return [(("0", "1").index(label), text) for label, text in rows]


def fetch(folder: Path, emit: Emit, should_stop: ShouldStop) -> None:
    """Download SST-2, and keep of its 67,349 phrases to train on as many of each class as the catalogue says."""
    archives.fetch(URL, folder, "SST-2", emit, should_stop, _unpack, md5=MD5)


def _unpack(archive: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    with zipfile.ZipFile(archive) as files:
        for part in PARTS:
            rows = list(_published(files.read(f"SST-2/{part}.tsv").decode()))
            lines = [HEADER, *(f"{label}\t{text}" for label, text in (_some(rows) if part == "train" else rows))]
            (folder / f"{part}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def _published(content: str) -> Iterator[tuple[int, str]]:
    """GLUE's columns are sentence and label."""
    for line in content.splitlines()[1:]:
        text, label = line.split("\t")
        yield ("0", "1").index(label), text.strip()


def _some(rows: Rows) -> Rows:
    """As many of each class as the catalogue says, the same on every machine, in their order."""
    labels, rng = np.array([label for label, _ in rows]), np.random.default_rng(2013)
    kept = [
        rng.permutation(np.flatnonzero(labels == label))[:pool] for label, pool in enumerate(DATASETS["sst2"].pools)
    ]
    return [rows[i] for i in np.sort(np.concatenate(kept))]
