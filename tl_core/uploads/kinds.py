"""KINDS: what a data set of one's own can be made of. One entry says how an example is read, stored and compared.

What is said and chosen of each stands in `tl_core.catalog.modalities`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from tl_core.base.wording import said_of
from tl_core.uploads import duplicates, quality, recordings, sentences, spectrograms
from tl_core.uploads.decode import SIDE, Depth, Scales, decode
from tl_core.uploads.labels import PICTURES, SOUNDS, UNHEARD, UNREADABLE, suffix
from tl_core.uploads.records import Kind

PICTURE = np.dtype((np.uint8, (SIDE, SIDE, 3)))
HEARD = int(spectrograms.SECONDS * spectrograms.RATE)  # samples
SOUND = np.dtype(
    [("picture", np.uint8, (spectrograms.SIDE, spectrograms.SIDE, 3)), ("heard", "<i2", HEARD)]  # silence at the end
)


class Opened(NamedTuple):
    """One example as it is stored, and what is kept in memory of it."""

    example: np.ndarray | str
    mark: Any  # what copies are found by
    digest: str  # SHA-256 of what was seen, heard or read
    size: tuple[int, int] | None = None  # of a picture: width, height of the file in pixels
    blank: bool | None = None  # of a picture: one even colour
    dark: bool = False
    depth: Depth | None = None


@dataclass(frozen=True)
class Handling:
    """How the examples of one kind are handled. `piece`: what is refused one by one; `meant`: endings of files that
    are meant as one, readable or not. `record`: of bytes, what an example is stored as in `file`; None: a line of JSON.
    """

    one: str
    many: str
    piece: str
    file: str
    record: np.dtype | None
    largest: int  # bytes of an example, stored
    opened: Callable[[bytes, Scales], Opened]  # raises Refused
    groups: Callable[[Sequence[Any]], np.ndarray]  # marks → (N,) int32, the same number for copies
    endings: frozenset[str] = frozenset()
    meant: frozenset[str] = frozenset()

    @property
    def unlike(self) -> str:
        """Why a file of another kind is refused, as the end of a sentence."""
        return f"is no {self.one}, unlike most files of the upload"

    def said(self, text: str) -> str:
        """A sentence about pictures, of what this is."""
        return text if self.one == "picture" else said_of(text, self.one, self.many)


def _picture(data: bytes, scales: Scales) -> Opened:
    found = decode(data, scales)
    mark, size = duplicates.mark(found.pixels), (found.width, found.height)
    dark, blank = quality.dark(found.pixels), quality.blank(found.pixels)
    return Opened(found.pixels, mark, mark.digest, size, blank, dark, found.depth)


def _sentence(data: bytes, scales: Scales) -> Opened:
    text = sentences.cleaned(data)
    return Opened(text, text, sentences.digest(text))


def _sound(data: bytes, scales: Scales) -> Opened:
    sound = recordings.read(data)
    (picture,) = spectrograms.pictures([sound])
    heard = np.zeros(HEARD, "<i2")
    heard[: len(sound)] = recordings.whole_numbers(sound)
    digest = hashlib.sha256(heard.tobytes()).hexdigest()
    return Opened(np.array((picture, heard), SOUND), duplicates.mark(picture)._replace(digest=digest), digest)


KINDS: dict[Kind, Handling] = {
    "pictures": Handling(
        one="picture",
        many="pictures",
        piece="file",
        file="pictures.u8",
        record=PICTURE,
        largest=PICTURE.itemsize,
        opened=_picture,
        groups=duplicates.groups,
        endings=frozenset(PICTURES),
        meant=frozenset(PICTURES | UNREADABLE),
    ),
    "sounds": Handling(
        one="recording",
        many="recordings",
        piece="file",
        file="sounds.bin",
        record=SOUND,
        largest=SOUND.itemsize,
        opened=_sound,
        groups=partial(duplicates.groups, near_bits=duplicates.NEAR_BITS_OF_SOUNDS, mirrors=False),
        endings=frozenset(SOUNDS),
        meant=frozenset(SOUNDS | UNHEARD),
    ),
    "sentences": Handling(
        one="sentence",
        many="sentences",
        piece="row",
        file="sentences.jsonl",
        record=None,
        largest=4 * sentences.LONGEST,
        opened=_sentence,
        groups=sentences.groups,
    ),
}


def most(names: Iterable[str]) -> Kind:
    """What most of these files are, by the endings of their names; pictures where none says more."""
    times = Counter(suffix(name) for name in names)
    return max(KINDS, key=lambda kind: sum(times[ending] for ending in KINDS[kind].meant))


def other(name: str, kind: Kind) -> bool:
    """Whether a file is of another kind, by the ending of its name."""
    return any(suffix(name) in how.endings for its, how in KINDS.items() if its != kind)
