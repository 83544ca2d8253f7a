"""What is written down beside the pictures of an uploaded data set."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from tl_core.uploads.decode import Scales

Kind = Literal["pictures", "sounds", "sentences"]  # what a data set holds: a name in `tl_core.catalog.MODALITIES`


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Manifest(_Stored):
    """What a data set is. Times are UTC seconds since the epoch."""

    id: str
    title: str
    owner: str  # signed (tl_core.base.signing)
    created_at: float
    expires_at: float
    split_seed: int
    classes: dict[str, int]  # name → images, in the order of the labels
    test: dict[str, int]  # name → images in the test part
    scales: Scales = {}  # of grey pictures of more than 8 bits
    modality: Kind = "pictures"
    multi_label: bool = False  # a picture can have several labels; `classes` and `test` count it for one of them
    gone: bool = False  # expired: only this manifest is left, so that results keep their names


class Rows(_Stored):
    """Columns of equal length, in the order of the examples; only pictures have `sizes` and `blank`."""

    files: tuple[str, ...]  # of sentences, their rows in the table
    labels: tuple[int, ...]
    groups: tuple[int, ...]  # pictures with the same number are copies
    is_test: tuple[bool, ...]
    sizes: tuple[tuple[int, int], ...]  # width, height of the file in pixels
    digests: tuple[str, ...]  # SHA-256 of the pixels, the samples or the text
    blank: tuple[bool, ...]  # one even colour
    also: tuple[tuple[int, ...], ...] = ()  # the other labels of each, where a picture can have several

    def labels_of(self, i: int) -> tuple[int, ...]:
        """Every label of a picture, the one that it is drawn for first."""
        return (self.labels[i], *(self.also[i] if self.also else ()))


class Copies(_Stored):
    """Pictures that are the same, exactly or nearly."""

    exact: bool
    files: tuple[str, ...]
    classes: tuple[str, ...]  # of each file


class Report(_Stored):
    """What an upload left out, and what is in it twice."""

    rejected: tuple[tuple[str, str], ...] = ()  # file, reason
    skipped: int = 0
    parts: tuple[str, ...] = ()
    test_part: str = ""  # the part that is tested on as its publisher divided it; "": drawn here
    notes: tuple[str, ...] = ()  # how it was read, and what may be wrong about that
    copies: tuple[Copies, ...] = ()
