"""DATASETS: a plain dict, one entry adds a data set everywhere. Uploaded ones stand beside it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from tl_core.base.spec import SpecError
from tl_core.catalog.modalities import MODALITIES, Modality
from tl_core.uploads import stored
from tl_core.uploads.decode import SIDE
from tl_core.uploads.records import Manifest


class Published(NamedTuple):
    """What others measured on the published test part, in [0, 1]."""

    method: str
    accuracy: float
    roc_auc: float


@dataclass(frozen=True)
class Dataset:
    """One labelled set of pictures, or of what `modality` says. `pool` and `test` count examples per class that can be
    drawn on.

    Where classes differ in size, `pools` and `tests` have a number for each; `pool` is then the largest, of which
    smaller classes give what they have, and `test` the smallest. Where a picture has several labels, it is drawn for
    one of them, and counts for that one only.
    """

    title: str
    classes: tuple[str, ...]
    side: int  # native height and width in pixels; of other modalities, their size as it is proposed
    pool: int  # images per class for training and validation
    test: int  # images per class for testing
    flip: bool  # whether a mirrored picture keeps its label
    source: str
    licence: str
    download_mb: float = 0.0
    folder: str = ""  # or file, below the Keras home; "": bundled
    heard: str = ""  # where its pictures are made of sounds: a WAV file of each class, by {label}, below its folder
    caution: str = ""  # what may not be concluded from results on it
    published: tuple[Published, ...] = ()
    published_in: str = ""  # the paper, with its table, and what was trained on there
    pools: tuple[int, ...] = ()
    tests: tuple[int, ...] = ()
    own: bool = False  # uploaded by a student
    groups: str = "pictures and their copies"  # what its images come in where they do not stand alone
    intervals: str = ""  # what an interval of a test on it takes for granted
    multi_label: bool = False  # several labels at once
    modality: str = "pictures"
    strata: int = 0  # of as many, such as people, examples are drawn each; 0: of each class
    samples: tuple[tuple[str, str], ...] = ()  # of what can be read and comes by a download: some, with their class

    @property
    def holds(self) -> Modality:
        return MODALITIES[self.modality]

    @property
    def seen_as(self) -> str:
        """The modality that a backbone has to take."""
        return self.holds.seen_as or self.modality

    def pools_of(self, classes: Sequence[str] = ()) -> list[int]:
        """Images for training and validation of each of these classes; of every class when none is named.

        Where examples are drawn of each person, not of each class, so many of each person; so `tests_of`.
        """
        if self.strata:
            return [self.pool] * self.strata
        each = self.pools or (self.pool,) * len(self.classes)
        return [each[self.classes.index(name)] for name in classes or self.classes]

    def tests_of(self, classes: Sequence[str] = ()) -> list[int]:
        """Test images of each of these classes; of every class when none is named."""
        if self.strata:
            return [self.test] * self.strata
        each = self.tests or (self.test,) * len(self.classes)
        return [each[self.classes.index(name)] for name in classes or self.classes]


CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
PICTOGRAMS = ("anchor", "bell", "bicycle", "cup", "fish", "house", "key", "scissors", "tree", "umbrella")

DATASETS: dict[str, Dataset] = {
    "cifar10": Dataset(
        "CIFAR-10 photographs",
        CIFAR10_CLASSES,
        side=32,
        pool=5000,
        test=1000,
        flip=True,
        source="Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images",
        licence="no licence stated; free for research and teaching",
        download_mb=170.5,
        folder="datasets/cifar-10-batches-py-target/cifar-10-batches-py",
    ),
    "digits": Dataset(
        "Handwritten digits",
        tuple("0123456789"),
        side=8,
        pool=122,
        test=52,
        flip=False,
        source="Alpaydin and Kaynak 1998, Optical Recognition of Handwritten Digits (UCI), taken from scikit-learn",
        licence="CC BY 4.0",
        intervals="13 people wrote these digits, and who wrote which is not published: intervals take each digit for "
        "itself, and hold for these writers.",
    ),
    "pictograms": Dataset(
        "Pictograms",
        PICTOGRAMS,
        side=32,
        pool=320,
        test=100,
        flip=True,
        source="made for this app by tl_core.ml.drawn.pictograms from open icon sets (assets/stencils/README.md)",
        licence="icons under MIT, ISC, Apache 2.0, MPL 2.0, OFL 1.1, CC0, CC BY 3.0 and CC BY 4.0",
        groups="designs",
    ),
}
DATASETS["sst2"] = Dataset(
    "SST-2 film reviews",
    ("negative", "positive"),
    side=48,
    pool=4434,
    test=428,
    flip=False,
    source="Socher et al. 2013, Recursive Deep Models for Semantic Compositionality Over a Sentiment Treebank; of the "
    "version in GLUE (Wang et al. 2019) 8,000 phrases to train on, and the sentences to validate as the test part",
    licence="no licence stated; free for research and teaching",
    download_mb=7.4,
    folder="datasets/sst2",
    groups="reviews",
    pools=(3566, 4434),
    tests=(428, 444),
    modality="sentences",
    samples=(("one long string of cliches .", "negative"), ("life and small delights", "positive")),
)
DATASETS["movietweetings"] = Dataset(
    "Film ratings of MovieTweetings",
    tuple(map(str, range(1, 11))),
    side=8,
    pool=25,
    test=20,
    flip=False,
    source="Dooms, De Pessemier and Martens 2013, MovieTweetings: a Movie Rating Dataset Collected From Twitter, its "
    "snapshot of 100,000 ratings; 50 people of at least 45 ratings are new, and what is learned of films comes from "
    "all others",
    licence="MIT",
    download_mb=2.9,
    folder="datasets/movietweetings-100k/ratings.dat",
    groups="people",
    modality="ratings",
    strata=50,
    samples=(
        ("Grown Ups (2010), Comedy", "person 8: 7 stars"),
        ("The Bay (2012), Horror, Sci-Fi, Thriller", "person 27: 2 stars"),
        ("Goodfellas (1990), Biography, Crime, Drama, Thriller", "person 24: 9 stars"),
        ("MASH (1970), Comedy, War, Drama", "person 20: 7 stars"),
        ("The Three Musketeers (2011), Action, Adventure, Comedy, Romance", "person 16: 1 star"),
    ),
)
DATASETS["spoken_digits"] = Dataset(
    "Spoken digits, as pictures of sound",
    tuple("0123456789"),
    side=64,
    pool=270,
    test=30,
    flip=False,
    source="Jakobovski et al., Free Spoken Digit Dataset: six speakers, English; drawn here as log-mel spectrograms. "
    "Every speaker of its test part is heard in training, too",
    licence="CC BY-SA 4.0",
    download_mb=16,
    folder="datasets/free-spoken-digit-dataset",
    heard="{label}_*_5.wav",
    intervals="Intervals hold for new recordings of these six voices, all of which are heard in training, and not for "
    "others.",
    modality="sounds",
)
DATASETS["spoken_digits_speakers"] = replace(
    DATASETS["spoken_digits"],
    title="Spoken digits, voices never heard",
    pool=200,
    test=100,
    source="the spoken digits; the last two speakers, theo and yweweler, are heard in the test only",
    groups="digits by one speaker",
    intervals="Two voices are too few to be drawn again: what is drawn are the digits that each speaks, and the "
    "intervals hold for these two.",
    caution="Two voices cannot stand for all voices. With 20 recordings per class, accuracy was lower here than on "
    "voices that were heard: by 12 points on frozen features of generated sounds, by 22 from scratch, by 45 on those "
    "of photographs (assets/evidence/sounds.md).",
)
DATASETS["pneumonia"] = Dataset(
    "Chest X-rays, normal or pneumonia",
    ("normal", "pneumonia"),
    side=28,
    pool=3883,
    test=234,
    flip=True,
    source="PneumoniaMNIST: Yang et al. 2023, MedMNIST v2, of X-rays by Kermany et al. 2018, Identifying Medical "
    "Diagnoses and Treatable Diseases by Image-Based Deep Learning",
    licence="CC BY 4.0",
    download_mb=4.2,
    folder="datasets/pneumoniamnist.npz",
    pools=(1349, 3883),
    tests=(234, 390),
    intervals="These X-rays are published without patient numbers: intervals take each for a child of its own. Where "
    "several are of one child, they are too narrow.",
    caution="Pictures of 28 pixels, of children of one to five years in one hospital. What tells them apart here need "
    "not be the illness, and nothing here is a diagnosis.",
    published=(
        Published("ResNet-18 at 28 pixels", 0.854, 0.944),
        Published("ResNet-50 at 28 pixels", 0.854, 0.948),
        Published("ResNet-18 at 224 pixels", 0.864, 0.956),
        Published("ResNet-50 at 224 pixels", 0.884, 0.962),
        Published("auto-sklearn", 0.855, 0.942),
        Published("AutoKeras", 0.878, 0.947),
        Published("Google AutoML Vision", 0.946, 0.991),
    ),
    published_in="Yang et al. 2023, MedMNIST v2, table 3, trained on all 4,708 training pictures",
)
DATASETS["pictogram_pairs"] = replace(
    DATASETS["pictograms"],
    title="Pictograms in pairs",
    side=64,
    source="two pictograms of different classes in one picture, made by tl_core.ml.data.pairs",
    multi_label=True,
)


def dataset(name: str) -> Dataset:
    """The data set of this name, or the uploaded one with this id, whoever owns it.

    Raises
    ------
    SpecError
        When there is none. An uploaded one that was deleted has a title and no classes.
    """
    if name in DATASETS:
        return DATASETS[name]
    manifest = stored.find(name)
    if manifest is not None:
        return _own(manifest)
    if stored.ID.fullmatch(name):
        gone = "Data that were deleted"
        return Dataset(gone, (), SIDE, pool=0, test=0, flip=True, source="", licence="", own=True)
    raise SpecError(f"There is no data set called {name!r}. There are: {', '.join(DATASETS)}.")


def datasets(owner: str) -> dict[str, Dataset]:
    """Every data set that a student can train on: their own first, newest first."""
    return {manifest.id: _own(manifest) for manifest in stored.owned(owner)} | DATASETS


def _own(manifest: Manifest) -> Dataset:
    holds = MODALITIES[manifest.modality]
    tests = tuple(manifest.test[name] for name in manifest.classes)
    pools = tuple(images - test for images, test in zip(manifest.classes.values(), tests, strict=True))
    return Dataset(
        manifest.title,
        tuple(manifest.classes),
        holds.side,
        pool=max(pools),
        test=min(tests),
        flip=holds.flip,
        source=f"Your own {holds.many}, uploaded on {day(manifest.created_at)}",
        licence="yours",
        pools=pools,
        tests=tests,
        own=True,
        multi_label=manifest.multi_label,
        modality=manifest.modality,
    )


def day(seconds: float) -> str:
    return time.strftime("%d %B %Y", time.localtime(seconds)).lstrip("0")
