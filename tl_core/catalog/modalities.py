"""MODALITIES: what a data set holds and a backbone takes. One entry has the words of its examples and of their size.

What a worker does with the examples of each stands in `tl_core.ml.data.modalities`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tl_core.base.wording import said_of
from tl_core.uploads import spectrograms
from tl_core.uploads.decode import SIDE
from tl_core.uploads.kinds import KINDS


class Measure(NamedTuple):
    """A measure of the test by its name in a Summary. `head`: of a column."""

    name: str
    head: str
    help: str


@dataclass(frozen=True)
class Modality:
    """One kind of example. `extent` writes a size: "96×96 pixels" of 96. `sizes` are sensible ones.

    `shown` says how a network sees one of one's own, of a size as `extent` writes it. `seen_as` names the modality as
    which a network takes it, where that is another. `endings`: of files with one.
    """

    one: str
    many: str
    size: str  # what the size of an example is called
    size_help: str
    unit: str  # of a size
    extent: str
    sizes: tuple[int, ...]
    side: int  # the size of one's own examples
    channels: str  # of what enters the network, beside its size; "": none
    shifts: bool  # whether examples can be changed on purpose, as `catalog.shifts` lists
    beside: str  # what goes home with a model, in a sentence; "": nothing
    sources: tuple[str, ...]  # where examples of one's own come from: files, a camera, the keyboard, a microphone
    shown: str
    like: str = ""  # how one is written, of what can be typed
    endings: tuple[str, ...] = ()
    seen_as: str = ""
    kept: bool = True  # whether the test examples that were called wrong are kept beside the result
    augments: bool = True  # whether training examples can be changed at random
    flip: bool = True  # whether one of one's own keeps its label in a mirror
    per: str = "class"  # of what as many labels are drawn each, and of several
    pers: str = "classes"
    measures: tuple[Measure, ...] = ()  # the task's own, beside those of a classifier
    source_untested: str = "its test images are not on this machine"  # why a source task may go without a test
    references: Mapping[str, str] = field(default_factory=dict)  # what predicts without a network, and how

    def of_size(self, size: int) -> str:
        return self.extent.format(size)

    def said(self, text: str) -> str:
        """A text about pictures in the words of this modality: "an image" becomes "a sentence"."""
        if self.per != "class":
            for labels, many in (("labels", self.many), ("Labels", self.many.capitalize())):
                text = text.replace(f"{labels} per class", f"{many} per {self.per}")
            text = text.replace("per class", f"per {self.per}")
        return text if self.one == "image" else said_of(text, self.one, self.many)


MODALITIES: dict[str, Modality] = {
    "pictures": Modality(
        one="image",
        many="images",
        size="image size",
        size_help="Side in pixels: pictures are resized to it. Larger is slower, and often better.",
        unit="px",
        extent="{0}×{0} pixels",
        sizes=(32, 48, 64, 96, 128, 160, 192, 224, 299),
        side=SIDE,
        channels="3 colours",
        shifts=True,
        beside="",
        sources=("test", "files", "camera"),
        shown="The networks see the middle square, at {0} as in training.",
        endings=tuple(sorted(KINDS["pictures"].endings)),
    ),
    "sentences": Modality(
        one=KINDS["sentences"].one,
        many=KINDS["sentences"].many,
        size="number of tokens",
        size_help="Words or parts of words that are read of each sentence: longer ones are cut. More is slower.",
        unit="tokens",
        extent="{0} tokens",
        sizes=(16, 24, 32, 48, 64, 96, 128, 192, 256),
        side=48,
        channels="",
        shifts=False,
        beside="Takes tokens. A zip with the tokenizer, and a script that answers sentences with both.",
        sources=("test", "typed"),
        like="a wonderful film",
        shown="The networks read the first {0} of each.",
        source_untested="its test sentences are not on this machine",
        references={"a bag of words": "tf-idf weights and logistic regression, fitted on the same training sentences"},
    ),
    "ratings": Modality(
        one="rating",
        many="ratings",
        size="size",
        size_help="Ratings have none.",
        unit="",
        extent="one film and one person",
        sizes=(),
        side=8,
        channels="",
        shifts=False,
        kept=False,
        beside="Takes a film and a person by number. A zip with the list of films, and a script that answers ratings.",
        sources=("test", "typed"),
        like="Alien (1979), Horror, Sci-Fi · person 7",
        shown="The networks are given {0}.",
        augments=False,
        source_untested="every rating of its source was used to learn it, and none was kept for a test",
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
        references={
            "the person's own mean": "of their training ratings",
            "the film's mean": "as other people found it",
            "the film's mean and the person's leniency": "by which their training ratings lie above those",
        },
    ),
}
MODALITIES["sounds"] = replace(
    MODALITIES["pictures"],
    one=KINDS["sounds"].one,
    many=KINDS["sounds"].many,
    side=spectrograms.SIDE,
    sources=("test", "files", "microphone"),
    shown="The networks see the loudest second, without the silence around it, as a picture of {0}: pitch upwards, "
    "time to the right.",
    endings=tuple(sorted(KINDS["sounds"].endings)),
    seen_as="pictures",
    beside="Takes the picture of a recording. A zip with the code that draws it, and a script that answers recordings.",
    flip=False,
)
