"""What a run says while it goes on, and what it says at its end. `emit` takes any of the four events."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from zlib import compress, decompress

from pydantic import BaseModel, ConfigDict

from tl_core.base.spec import ShiftKind

if TYPE_CHECKING:
    import numpy as np


class Metric(NamedTuple):
    """One measured value. Rows at whole epochs are epoch ends; those between are running values."""

    phase: int  # 0-based
    epoch: float  # epochs completed over all phases: 2.5 is the middle of the third
    step: int  # optimiser steps since the start
    elapsed_s: float  # since the run began, the prefix pass included, the queue not
    images: int  # training images seen
    split: Literal["train", "val"]
    name: Literal["accuracy", "loss", "learning_rate"]
    value: float


class Progress(NamedTuple):
    """How far the present piece of work is: a download, the prefix pass, training, evaluation."""

    label: str
    done: float
    total: float
    images_per_s: float | None = None


TESTING = "Testing"  # how the label of a Progress begins once nothing trains any more


class Note(NamedTuple):
    """One sentence the student should read, such as why no activations are cached."""

    text: str


class Resumed(NamedTuple):
    """The first event of every attempt: it goes on after this epoch (0: from the beginning), later rows are void."""

    epoch: float


Event = Metric | Progress | Note | Resumed
Emit = Callable[[Event], None]
ShouldStop = Callable[[], bool]


class Stopped(Exception):
    """Raised inside a run when `should_stop` said so before anything could be measured."""


class RunError(Exception):
    """Ends a run as failed, with one sentence for the student: what happened, why, what to do."""


class ClassScore(BaseModel):
    """Test scores of one class, in [0, 1]; `support` is its number of test images. None: not defined.

    `average_precision` and `roc_auc` are of its probabilities, the class against the rest.
    """

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int
    average_precision: float | None = None
    roc_auc: float | None = None


class Roc(BaseModel):
    """ROC curves on test images, each class against the rest: the true positive rates at these false positive rates.

    `tpr` has one list a class; None where the class has no test image, or every test image. At a false positive rate
    of 0 it is the highest rate that is reached there.
    """

    fpr: list[float]
    tpr: list[list[float] | None]


WANTED = (0.5, 0.8, 0.9, 0.95, 0.99)  # shares of a class that a threshold is to find


class Operating(BaseModel):
    """A class called from `threshold` on, a probability: shares of test images, in [0, 1].

    `recall`: of those that show it, how many are called; `false_alarms`: of those that do not; `precision`: of those
    called, how many show it, None where none is called.
    """

    threshold: float
    recall: float
    false_alarms: float
    precision: float | None


class Reliability(BaseModel):
    """Forecasts by their probability, in bins of equal width from 0 to 1: what was said, and what came true.

    `confidence` is the mean probability of a bin's `counts` forecasts, `accuracy` the share of them that came true;
    None where a bin is empty. With one label per picture, a forecast is its answer; with several, each class is one.
    """

    counts: list[int]
    confidence: list[float | None]
    accuracy: list[float | None]


class SourceTask(BaseModel):
    """How well a backbone does on the task it was pretrained on, with its own old head: before a run and after it.

    Top-1 accuracies in [0, 1] with their 95 % Wilson intervals, on the same `images` pictures; `data` says which.
    """

    before: float
    before_low: float
    before_high: float
    after: float
    after_low: float
    after_high: float
    images: int
    data: str


class Answers(BaseModel):
    """Which test images a run called right. `images` names them: their set, their order and their labels."""

    images: str
    bits: str  # base64, a bit per image, the first one highest
    count: int
    groups: str | None = None  # base64 of the deflated number of each image's group, "<i4"; None: each stands alone

    @classmethod
    def of(cls, ids: np.ndarray, labels: np.ndarray, right: np.ndarray, groups: np.ndarray | None = None) -> Answers:
        """From (N,) int ids, labels as in a Split, (N,) bool, and (N,) int where images come in groups."""
        import numpy as np

        digest = sha256(np.concatenate([ids, labels.ravel()]).astype("<i8").tobytes()).hexdigest()[:16]
        bits = b64encode(np.packbits(right).tobytes()).decode()
        together = None if groups is None else b64encode(compress(groups.astype("<i4").tobytes())).decode()
        return cls(images=digest, bits=bits, count=len(right), groups=together)

    def right(self) -> np.ndarray:
        """(N,) bool."""
        import numpy as np

        return np.unpackbits(np.frombuffer(b64decode(self.bits), np.uint8), count=self.count).astype(bool)

    def group_numbers(self) -> np.ndarray | None:
        """(N,) int32; None where each image stands alone."""
        import numpy as np

        return None if self.groups is None else np.frombuffer(decompress(b64decode(self.groups)), "<i4")


class Accuracy(BaseModel):
    """The share of test images called right, in [0, 1], with its 95 % interval as in Summary, and which they were."""

    value: float
    low: float
    high: float
    answers: Answers


class Reference(BaseModel):
    """What predicts without a network, after the same training images: scores by their names in a Summary.

    None: not measured, in a run from before it was.
    """

    test_accuracy: float | None = None
    test_accuracy_low: float | None = None
    test_accuracy_high: float | None = None
    macro_f1: float | None = None
    macro_f1_low: float | None = None
    macro_f1_high: float | None = None
    answers: Answers | None = None
    measures: dict[str, float | None] = {}


class ShiftScore(BaseModel):
    """The test images once more, changed on purpose in one way (`tl_core.catalog.shifts`).

    `adapted`: with the statistics of batch normalisation re-estimated on them; None: the network has none.
    """

    kind: ShiftKind
    plain: Accuracy
    adapted: Accuracy | None


class Summary(BaseModel):
    """The result of a run. Scores are on test images that no step and no choice has seen, in [0, 1].

    `test_accuracy_low` and `_high` are the 95 % Wilson interval (Wilson 1927); where the test images come in
    `test_groups` groups, that of the cluster bootstrap (`base.clusters`). `roc_auc` is one-vs-rest, macro, and so is
    `mean_average_precision`. Where a picture has several labels, it counts as right when all of them are. The
    intervals of macro F1 and ROC AUC are of the bootstrap over test images, or over their groups; None where they are
    not defined.
    `prefix_s` is the time spent in the frozen prefix, `train_s` in training and validation, `total_s` from start
    to end, the tests on shifted images and on the source task excepted. `confusion[i][j]` counts test images of class i
    that were called j; with several labels it is None. `ece` is the expected calibration error, and `temperature` what
    logits are divided by for the scores and the reliability called `scaled`. None is what is not defined, or was not
    measured then.
    """

    model_config = ConfigDict(extra="forbid")

    test_accuracy: float
    test_accuracy_low: float
    test_accuracy_high: float
    macro_f1: float
    macro_f1_low: float | None = None
    macro_f1_high: float | None = None
    roc_auc: float | None
    roc_auc_low: float | None = None
    roc_auc_high: float | None = None
    test_loss: float
    test_images: int
    test_groups: int | None = None  # designs, or copies of one picture; None: each test image stands alone
    train_images: int
    val_images: int
    per_class: list[ClassScore]
    confusion: list[list[int]] | None
    prefix_s: float
    train_s: float
    total_s: float
    epochs: float
    steps: int
    trainable_params: int
    total_params: int
    cut: str | None  # the layer after which activations were cached; None: nothing was
    engine: str | None = None  # what computed them, with its version; None: nothing was cached, or a run from before
    prefix_images_per_s: float | None
    train_images_per_s: float | None
    prefix_from_cache: bool
    early_stopped: bool
    notes: list[str]
    versions: dict[str, str]
    recipe: dict[str, Any] = {}  # what its automatic settings came to: phases with their rates, batch normalisation
    answers: Answers | None = None  # None: of a run that was measured before they were kept
    shifted: list[ShiftScore] = []  # one for each way in which the spec changes test images
    adapted: Accuracy | None = None  # beside those, with AdaBN on the unchanged ones: what it costs by itself
    source_task: SourceTask | None = None  # of an arm that transfers, where pictures of the source are at hand
    micro_f1: float | None = None
    mean_average_precision: float | None = None
    ece: float | None = None
    temperature: float | None = None
    scaled_ece: float | None = None
    scaled_loss: float | None = None
    reliability: Reliability | None = None
    scaled_reliability: Reliability | None = None
    roc: Roc | None = None
    operating: list[list[Operating] | None] = []  # of each class, for each of WANTED: `ml.training.thresholds`
    measures: dict[str, float | None] = {}  # the task's own, by their names in the catalogue
    references: dict[str, Reference] = {}  # what needs no network, by its name in the catalogue


NUMBERS = tuple(
    name for name, field in Summary.model_fields.items() if field.annotation in (int, float, float | None)
)  # what tables, studies and exports show of a summary


def numbers(measured: Summary | Reference | None) -> dict[str, float | None]:
    """NUMBERS and the task's own measures by name; None for what was not measured, which is all of it without a
    summary."""
    own = measured.measures if measured else {}
    return {name: getattr(measured, name, None) for name in NUMBERS} | own
