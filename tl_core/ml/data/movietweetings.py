"""MovieTweetings (Dooms et al. 2013), its snapshot of 100,000 ratings: stars that people gave to films on Twitter.

Some people are new: what is learned of the films comes from the ratings of all others, and none of theirs.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tl_core.base.events import Emit, RunError, ShouldStop
from tl_core.catalog import DATASETS
from tl_core.ml.data.downloads import download

URL = "https://raw.githubusercontent.com/sidooms/MovieTweetings/master/snapshots/100K/"
FILES = {  # → SHA-256; the last one is there when all are
    "movies.dat": "e63fb84bc734e3c574f135634a40d3cbafab22b8f94f5fc0b80f80d1d2076efc",
    "ratings.dat": "c0dd868c2632d10002ebc928ddc5345f33adeaa59eca52c2941c26a2c5e36fd6",
}
STARS = 10  # a few ratings have none of them: those are left out
BY = " · person "  # between a film and who rated it


class Ratings(NamedTuple):
    """All ratings. `films` are titles with year and genres, each once."""

    films: tuple[str, ...]
    film: np.ndarray  # (N,) int32, an index into `films`
    person: np.ndarray  # (N,) int32
    stars: np.ndarray  # (N,) int32 [1, 10]


class NewPeople(NamedTuple):
    """As many ratings of each new person, one person after the other, drawn at random."""

    rows: np.ndarray  # (M,) int64, places in Ratings
    person: np.ndarray  # (M,) int32, counted from 0
    is_test: np.ndarray  # (M,) bool


@lru_cache(maxsize=1)
def read(folder: Path) -> Ratings:
    """Raises RunError when a file is amiss."""
    try:
        films = dict(map(_film, (folder / "movies.dat").read_text(encoding="utf-8").splitlines()))
        names = tuple(sorted(set(films.values())))
        place = {name: i for i, name in enumerate(names)}
        given = [_parts(line, 4) for line in (folder / "ratings.dat").read_text(encoding="utf-8").splitlines()]
        rows = [(place[films[film]], int(person), int(stars)) for person, film, stars, _ in given]
        film, person, stars = np.array(rows, np.int32).reshape(-1, 3).T
        if not ((stars >= 0) & (stars <= STARS)).all():
            raise ValueError("ratings.dat has stars above ten")
    except (OSError, ValueError, KeyError) as error:
        raise RunError(
            f"MovieTweetings is damaged or incomplete ({error}). Delete the folder {folder}, and the next run "
            "downloads it again."
        ) from error
    kept = stars > 0
    return Ratings(names, film[kept], person[kept], stars[kept])


def _parts(line: str, count: int) -> list[str]:
    parts = line.split("::")
    if len(parts) != count:
        raise ValueError(f"a line has {len(parts)} fields in place of {count}")
    return parts


def _film(line: str) -> tuple[str, str]:
    film, title, genres = _parts(line, 3)
    return film, ", ".join(filter(None, (title, *genres.split("|"))))


def new_people(ratings: Ratings) -> NewPeople:
    """As many people as the catalogue says, of those with enough ratings, the same on every machine.

    Raises RunError when there are too few.
    """
    entry, rng = DATASETS["movietweetings"], np.random.default_rng(2013)
    wanted = entry.pool + entry.test
    enough = np.flatnonzero(np.bincount(ratings.person) >= wanted)
    if len(enough) < entry.strata:
        raise RunError(f"MovieTweetings has too few people with {wanted} ratings: delete it and load it again.")
    people = np.sort(rng.permutation(enough)[: entry.strata])
    rows = [rng.permutation(np.flatnonzero(ratings.person == person))[:wanted] for person in people]
    is_test = np.tile(np.arange(wanted) < entry.test, len(people))
    return NewPeople(np.concatenate(rows), np.repeat(np.arange(len(people), dtype=np.int32), wanted), is_test)


def examples(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The new people's ratings: (M,) str objects "Alien (1979), Horror, Sci-Fi · person 7", (M,) int32 stars - 1, (M,)
    bool: for testing only, and (M,) int32: by which person, from 0.
    """
    ratings = read(folder)
    rows, person, is_test = new_people(ratings)
    texts = [f"{ratings.films[film]}{BY}{i + 1}" for film, i in zip(ratings.film[rows], person, strict=True)]
    return np.array(texts, object), ratings.stars[rows] - 1, is_test, person


def fetch(folder: Path, emit: Emit, should_stop: ShouldStop) -> None:
    """Download the files that are not there. Raises as `download` does."""
    try:
        for name, digest in FILES.items():
            download(URL + name, folder / name, emit, should_stop, "Downloading MovieTweetings", sha256=digest)
    except RunError as error:
        raise RunError(f"{error} Data sets that are on this machine work now.") from error
