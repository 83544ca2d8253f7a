"""What a run is: frozen pydantic models that the form, the command line, the store and the worker share.

A spec says everything that decides the result of a run, and nothing else. It knows no backbone and no data set
by name; `tl_core.catalog.check` holds a spec against what there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tl_core.base.complaint import complaint

LARGEST_SEED = 2**32 - 1  # that the generators of NumPy and Keras take
State = Literal["frozen", "fine_tuned", "reinitialised"]
Status = Literal["queued", "running", "finished", "stopped", "failed", "interrupted"]
Mistake = Literal["none", "divide_by_255", "batch_norm_in_training", "not_compiled_again", "validation_in_training"]
BatchNorm = Literal["inference", "training", "affine"]
ShiftKind = Literal["noise", "blur", "contrast", "inverted", "outlines", "pixelated"]
ENDED: tuple[Status, ...] = ("finished", "stopped", "failed", "interrupted")


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DataSpec(_Spec):
    """Which images, and how they are divided.

    `per_class` images per class are trained on (None: all that are left after validation). Validation images come
    on top, from the same pool: `validation_share` of the images used, but at least 20 per class where the pool
    has them, so that the curve is more than noise. Test images come from the data set's own test part where it
    has one. The subsets are stratified and nested: with one seed, the 5-a-class set lies inside the 20-a-class set.
    """

    dataset: str = Field("digits", title="Data set")
    classes: tuple[str, ...] = Field((), title="Classes", description="Empty: every class.")
    per_class: int | None = Field(
        20,
        ge=1,
        title="Images per class",
        description="Training images per class, or all. Transfer helps most with few labels.",
    )
    validation_share: float = Field(
        0.2,
        gt=0,
        lt=0.9,
        title="Validation share",
        description="Of the images used; at least 20 per class where there are that many.",
    )
    test_images: int | None = Field(
        1000, ge=1, title="Test images", description="Over all classes together, or all; never trained on."
    )
    seed: int = Field(0, ge=0, title="Split seed", description="Which images are drawn.")
    imbalance: float = Field(
        1.0,
        ge=1,
        le=1000,
        title="Imbalance",
        description="The first class has this many times the images of the last, in every part; in between, the "
        "numbers fall geometrically, as in Cui et al. 2019, Class-Balanced Loss.",
    )
    class_weight: Literal["none", "balanced"] = Field(
        "none",
        title="Class weights",
        description="How much a label counts in the loss of training and validation. Balanced: in inverse proportion "
        "to the training images of its class, so that a rare class counts as much as a frequent one.",
    )


class Head(_Spec):
    """The new layers on top of the backbone.

    `pool`: global average pooling → logits. `pool_hidden`: pooling → dense 128, ReLU → logits.
    `flatten_256`: flatten → dense 256, ReLU → logits, as in many tutorials. `dropout` sits before the last layer. The
    logits go to a softmax, or where a picture can have several labels to a sigmoid for each class.
    `start` is what the last layer begins with: `random` as in Keras, or `zeros` as in the code of BiT (Kolesnikov et
    al. 2020, Big Transfer). `automatic`: zeros on pretrained weights, for the first steps of a random head distort the
    features beneath it; random on random weights, which zeros would keep from learning at first.
    """

    kind: Literal["pool", "pool_hidden", "flatten_256"] = Field(
        "pool", title="Head", description="The new layers on top of the backbone."
    )
    dropout: float = Field(0.0, ge=0, lt=1, title="Dropout", description="Before the last layer.")
    start: Literal["automatic", "zeros", "random"] = Field(
        "automatic",
        title="Start of the head",
        description="What its last layer holds before training. Automatic: zeros on pretrained weights, random on "
        "random ones.",
    )


class Optimizer(_Spec):
    """`learning_rate` None: the strategy's own default. `momentum` counts for SGD (Nesterov) only."""

    name: Literal["adam", "adamw", "sgd"] = Field("adam", title="Optimiser")
    learning_rate: float | None = Field(
        None,
        gt=0,
        le=10,
        title="Learning rate",
        description="Automatic: the usual rate of each strategy, by optimiser, backbone and labels per class. A value "
        "applies to every arm.",
    )
    weight_decay: float = Field(1e-4, ge=0, lt=1, title="Weight decay", description="Used by AdamW only.")
    momentum: float = Field(0.9, ge=0, lt=1, title="Momentum", description="Used by SGD only.")
    head_rate: float | None = Field(
        None,
        gt=0,
        le=10,
        title="Rate of the head",
        description="Of a new head that trains beside pretrained layers. Automatic: its own usual rate, "
        "never lower than theirs, because it starts from nothing.",
    )
    probe: Literal["automatic", "solved", "steps"] = Field(
        "automatic",
        title="Linear probe",
        description="How a head of one layer is trained on frozen layers. Solved: to the optimum of this convex "
        "problem, by L-BFGS, with the penalty that does best on the validation images. Steps: by the optimiser, for "
        "as long as the other arms train. Automatic: solved, unless a learning rate is set.",
    )
    schedule: Literal["constant", "cosine", "warmup_cosine", "plateau", "range_test"] = Field(
        "cosine", title="Schedule"
    )


class Shift(_Spec):
    """How test images are changed on purpose, so that they are no longer as the training images are.

    Every arm is tested on the same images unchanged and changed; training never sees a changed one. `all`: in every
    way, each by itself.
    """

    kind: Literal["none", ShiftKind, "all"] = Field(
        "none",
        title="Shifted test images",
        description="After the test, the same images again, changed on purpose: how much of the accuracy is left "
        "out of distribution?",
    )
    severity: int = Field(
        3,
        ge=1,
        le=5,
        title="Severity",
        description="Of the shift: from 1, hardly visible, to 5, as in Hendrycks and Dietterich 2019.",
    )


class LayerPlan(_Spec):
    """The freeze plan: a state for every stage, and exceptions for single layers by name.

    `source` says where the weights of the stages that are kept come from: the pretrained `backbone`, or the `target`
    itself: then the network is first trained from scratch on the run's own training images, for half of the epochs.
    Yosinski et al. 2014, "How transferable are features in deep neural networks?", section 2, call that a selffer.
    """

    stages: dict[str, State] = Field(default_factory=dict, title="Stages")
    layers: dict[str, State] = Field(default_factory=dict, title="Layers")
    source: Literal["backbone", "target"] = Field("backbone", title="Source of the weights")


class Phase(_Spec):
    """One stretch of training: which stages train, for how many epochs, at what rate.

    `train` lists backbone stages bottom up; the head always trains. `rates` multiplies the learning rate for
    single stages, `head_rate` is the head's own (None: the same). `solved`: the head alone is brought to its optimum
    at once, where its features are the same in every epoch. Stages that are not in `train` are frozen, their
    batch normalisation in inference mode. `plan` is the freeze plan of this phase (None: the run's). A phase whose
    plan differs from the one before begins with the stages re-initialised that its plan calls so, and with a new head.
    """

    name: str
    train: tuple[str, ...]
    epochs: int = Field(ge=1)
    learning_rate: float = Field(gt=0)
    rates: dict[str, float] = Field(default_factory=dict)
    head_rate: float | None = Field(None, gt=0)
    solved: bool = False
    plan: LayerPlan | None = None


class RunSpec(_Spec):
    """One arm of an experiment: everything that decides its result."""

    backbone: str = Field("mobilenet_075", title="Backbone")
    strategy: str = Field("feature_extraction", title="Strategy")
    data: DataSpec = DataSpec()
    image_size: int = Field(
        96,
        ge=8,
        le=1024,
        title="Image size",
        description="Side in pixels: pictures are resized to it. Larger is slower, and often better.",
    )
    plan: LayerPlan | None = Field(None, title="Freeze plan", description="None: the strategy's own.")
    head: Head = Head()
    optimizer: Optimizer = Optimizer()
    batch_norm: Literal["automatic", "inference", "training", "affine"] = Field(
        "automatic",
        title="Batch normalisation",
        description="In pretrained layers that train. Inference, the automatic choice: it keeps the statistics of the "
        "source and does not train. Training: it normalises by each batch and its statistics follow the target. "
        "Affine: it keeps the statistics, and its scale and shift train. Layers that start at random always take the "
        "training mode.",
    )
    epochs: int = Field(10, ge=1, le=1000, title="Epochs")
    seconds: float | None = Field(
        None,
        gt=0,
        title="Budget in seconds",
        description="Ends every arm after this many seconds: an equal budget of time.",
    )
    batch_size: int = Field(32, ge=1, le=4096, title="Batch size")
    augmentation: Literal["none", "light", "strong"] = Field(
        "none",
        title="Augmentation",
        description="Random changes to every training image. Frozen layers then run in every epoch.",
    )
    shift: Shift = Shift()
    patience: int | None = Field(
        None, ge=1, title="Patience", description="Early stopping after this many epochs without progress."
    )
    seed: int = Field(0, ge=0, title="Seed", description="For new weights and the order of the images.")
    mistake: Mistake = Field("none", title="Mistake made on purpose", description="Only the lessons make one.")

    def with_seeds(self, seed: int, split_seed: int) -> RunSpec:
        """The same run with other seeds; two runs of one arm are alike with the same ones."""
        return self.model_copy(update={"seed": seed, "data": self.data.model_copy(update={"seed": split_seed})})


class SpecError(ValueError):
    """What is wrong with a spec, as one sentence that a student understands."""


def sentence(error: ValidationError, kind: type[RunSpec] = RunSpec, place: tuple[str, ...] = ()) -> str:
    """The first complaint of pydantic as a sentence: which setting, what it must be, what was given.

    `place`: where the setting stands in a spec of this kind, when it was validated alone.
    """
    first = error.errors()[0]
    model: type[BaseModel] | None = kind
    title = ".".join(str(part) for part in first["loc"])
    for part in place or first["loc"]:
        field = model.model_fields.get(str(part)) if model else None
        if field is None:
            break
        title = field.title or str(part)
        inner = field.annotation
        model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else None
    return f"{title} {complaint(first)}"


Kind = TypeVar("Kind", bound=RunSpec)


def run_spec(**settings: object) -> RunSpec:
    """A RunSpec from plain settings (nested dicts allowed). Raises as `checked` does."""
    return checked(RunSpec, settings)


def checked(kind: type[Kind], settings: Mapping[str, Any]) -> Kind:
    """A spec of this kind from plain settings.

    Raises
    ------
    SpecError
        With one sentence, when a value is out of its range or unknown.
    """
    try:
        return kind.model_validate(settings)
    except ValidationError as error:
        raise SpecError(sentence(error, kind)) from error


def restored(settings: Mapping[str, Any]) -> RunSpec:
    """A spec as it was stored; one from before it could name batch normalisation and the probe had them so."""
    if "batch_norm" not in settings:
        before = {"batch_norm": "training", "optimizer": {**settings.get("optimizer", {}), "probe": "steps"}}
        settings = {**settings, **before}
    return RunSpec.model_validate(settings)


def nested(settings: Mapping[str, Any]) -> dict[str, Any]:
    """{"data.seed": 1} → {"data": {"seed": 1}}"""
    whole: dict[str, Any] = {}
    for name, value in settings.items():
        *outer, last = name.split(".")
        place = whole
        for part in outer:
            place = place.setdefault(part, {})
        place[last] = value
    return whole
