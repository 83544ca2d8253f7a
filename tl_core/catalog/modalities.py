"""MODALITIES: what a data set holds and a backbone takes. One entry has the words of its examples and of their size.

What a worker does with the examples of each stands in `tl_core.ml.data.modalities`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

PICTURES = re.compile(r"\b([Aa]n? )?(image|picture)(s?)\b", re.IGNORECASE)


class Measure(NamedTuple):
    """A measure of the test by its name in a Summary. `head`: of a column."""

    name: str
    head: str
    help: str


@dataclass(frozen=True)
class Modality:
    """One kind of example. `extent` writes a size: "96×96 pixels" of 96. `sizes` are sensible ones."""

    one: str
    many: str
    size: str  # what the size of an example is called
    size_help: str
    extent: str
    sizes: tuple[int, ...]
    channels: str  # of what enters the network, beside its size; "": none
    shifts: bool  # whether examples can be changed on purpose, as `catalog.shifts` lists
    exports: bool  # whether a finished model can be taken home
    kept: bool  # whether the test examples that were called wrong are kept beside the result
    sources: tuple[str, ...]  # where examples of one's own come from: files, a camera, the keyboard
    augments: bool = True  # whether training examples can be changed at random
    per: str = "class"  # of what as many labels are drawn each, and of several
    pers: str = "classes"
    measures: tuple[Measure, ...] = ()  # the task's own, beside those of a classifier

    def of_size(self, size: int) -> str:
        return self.extent.format(size)

    def said(self, text: str) -> str:
        """A text about pictures in the words of this modality: "an image" becomes "a sentence"."""
        return text if self.one == "image" else PICTURES.sub(self._word, text).replace("per class", f"per {self.per}")

    def _word(self, found: re.Match[str]) -> str:
        article, noun, plural = found.groups()
        word = self.many if plural else self.one
        return (article[0] + " " if article else "") + (word.capitalize() if noun[0].isupper() else word)


MODALITIES: dict[str, Modality] = {
    "pictures": Modality(
        one="image",
        many="images",
        size="image size",
        size_help="Side in pixels: pictures are resized to it. Larger is slower, and often better.",
        extent="{0}×{0} pixels",
        sizes=(32, 48, 64, 96, 128, 160, 192, 224, 299),
        channels="3 colours",
        shifts=True,
        exports=True,
        kept=True,
        sources=("test", "files", "camera"),
    ),
    "sentences": Modality(
        one="sentence",
        many="sentences",
        size="number of tokens",
        size_help="Words or parts of words that are read of each sentence: longer ones are cut. More is slower.",
        extent="{0} tokens",
        sizes=(16, 24, 32, 48, 64, 96, 128, 192, 256),
        channels="",
        shifts=False,
        exports=False,
        kept=False,
        sources=("test", "typed"),
    ),
    "ratings": Modality(
        one="rating",
        many="ratings",
        size="size",
        size_help="Ratings have none.",
        extent="one film and one person",
        sizes=(),
        channels="",
        shifts=False,
        exports=False,
        kept=False,
        sources=("test",),
        augments=False,
        per="person",
        pers="people",
        measures=(
            Measure("rmse", "RMSE", "Root mean square error of the expected star, in stars: less is better."),
            Measure(
                "recall_at_10",
                "Recall at 10",
                "Of a person's test films with 8 stars or more, the share among the ten that are put first; mean over "
                "people. By chance: ten of their test films, half.",
            ),
        ),
    ),
}
