"""REFERENCES: every paper that the Learn page cites, from assets/learn/references.toml."""

from __future__ import annotations

import tomllib
from typing import NamedTuple

from tl_core.base.settings import ASSETS

FILE = ASSETS / "learn" / "references.toml"


class Reference(NamedTuple):
    """One work as it is cited. `authors` are family names; `topic` is the heading it is listed under."""

    authors: tuple[str, ...]
    year: int
    title: str
    venue: str
    url: str
    topic: str
    why: str  # one sentence: what a reader finds there
    letter: str = ""  # tells works of the same names and year apart

    @property
    def short(self) -> str:
        """'Pan and Yang 2010', 'Yosinski et al. 2014'."""
        names = " and ".join(self.authors) if len(self.authors) < 3 else f"{self.authors[0]} et al."
        return f"{names} {self.year}{self.letter}"

    @property
    def by(self) -> str:
        """All authors in a row; beyond six, the first six and 'et al.'."""
        if len(self.authors) > 6:
            return f"{', '.join(self.authors[:6])} et al."
        return " and ".join(filter(None, (", ".join(self.authors[:-1]), self.authors[-1])))


def _read() -> dict[str, Reference]:
    entries = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {key: Reference(tuple(entry.pop("authors")), **entry) for key, entry in entries.items()}


REFERENCES = _read()


def by_topic() -> dict[str, list[Reference]]:
    """Topic → its references by year; topics in the order of the file."""
    topics: dict[str, list[Reference]] = {}
    for reference in REFERENCES.values():
        topics.setdefault(reference.topic, []).append(reference)
    return {topic: sorted(found, key=lambda entry: entry.year) for topic, found in topics.items()}
