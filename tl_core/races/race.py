"""The settings of one race as the form holds them: to specs, to an address that can be shared, and back."""
from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, ValidationError

from tl_core.base.spec import LayerPlan, RunSpec, SpecError, run_spec
from tl_core.catalog import (
    BACKBONES,
    DATASETS,
    STRATEGIES,
    backbone_availability,
    card,
    dataset,
    dataset_availability,
)
from tl_core.races.plans import decode, encode
from tl_core.uploads import stored as uploaded
from tl_core.uploads.decode import SIDE

PER_CLASS = (5, 10, 20, 50, 100, 200, 500, 1000, 2000)
TEST_IMAGES = (100, 200, 500, 1000, 2000, 5000)
SIDES = (32, 48, 64, 96, 128, 160, 192, 224, 299)
BATCHES = (8, 16, 32, 64, 128, 256)
FEW_PHOTOS = 1000  # for training and validation; more are worth a first race at a smaller size
ARMS = ("from_scratch", "feature_extraction")
BUNDLED = ("tiny_resnet_glyphs", "tiny_resnet_cifar100")  # learned on letters: nearer to pictograms


class Race(BaseModel):
    """Everything the form asks for. `per_class`, `test_images` None: all; `learning_rate` None: each arm's own."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    backbone: str
    dataset: str
    image_size: int
    per_class: int | None = 50
    classes: tuple[str, ...] = ()
    test_images: int | None = 1000
    validation_share: float = 0.2
    split_seed: int = 0
    imbalance: float = 1.0
    arms: tuple[str, ...] = ARMS
    plan: LayerPlan | None = None
    head: str = "pool"
    dropout: float = 0.0
    head_start: str = "automatic"
    optimizer: str = "adam"
    learning_rate: float | None = None
    schedule: str = "cosine"
    epochs: int = 10
    seconds: float | None = None
    batch_size: int = 32
    augmentation: str = "none"
    patience: int | None = None
    seed: int = 0

    @property
    def title(self) -> str:
        """What the experiment is called until the student calls it something else."""
        entry = dataset(self.dataset)
        many = "all images" if self.per_class is None else f"{self.per_class} images a class"
        if self.per_class is not None and self.per_class > min(entry.pools_of(self.classes), default=0) - 1:
            many = f"up to {many}"
        return f"{BACKBONES[self.backbone].title} on {entry.title}, {many}"

    def specs(self) -> list[RunSpec]:
        """One spec for each arm; they share everything but the strategy and the freeze plan.

        Raises
        ------
        SpecError
            With one sentence, when a setting is out of its range.
        """
        shared = run_spec(
            backbone=self.backbone, image_size=self.image_size,
            head={"kind": self.head, "dropout": self.dropout, "start": self.head_start},
            data={
                "dataset": self.dataset, "classes": self.classes, "per_class": self.per_class,
                "validation_share": self.validation_share, "test_images": self.test_images,
                "seed": self.split_seed, "imbalance": self.imbalance,
            },
            optimizer={
                "name": self.optimizer, "learning_rate": self.learning_rate, "schedule": self.schedule,
            },
            epochs=self.epochs, seconds=self.seconds, batch_size=self.batch_size, seed=self.seed,
            augmentation=self.augmentation, patience=self.patience,
        )
        return [
            shared.model_copy(update={"strategy": arm, "plan": self.plan if arm == "custom" else None})
            for arm in self.arms
        ]


def image_sizes(race: Race) -> list[int]:
    """Sensible side lengths for the backbone, in pixels, and the one that is set."""
    entry = BACKBONES[race.backbone]
    return sorted({side for side in SIDES if side >= entry.min_size} | {entry.default_size, race.image_size})


def usual_size(backbone: str) -> int:
    """The size a race starts with: small enough for two cores, large enough for the backbone."""
    entry = BACKBONES[backbone]
    return max(entry.min_size, min(entry.default_size, 96))


def size_on(backbone: str, name: str) -> int:
    """The size a race on this data set starts with: photographs that are few are worth the size of the pretraining.

    A linear probe of MobileNet 0.75 on the 396 photographs of ants_bees called 0.91 of the test part right at 224
    pixels, and 0.81 at 96.
    """
    few = uploaded.ID.fullmatch(name) and sum(dataset(name).pools_of()) <= FEW_PHOTOS
    return SIDE if few and BACKBONES[backbone].weights_url else usual_size(backbone)


def per_class_choices(race: Race) -> list[int | None]:
    """How many training images a class can be asked for; None: all."""
    there = [n for n in PER_CLASS if n <= _most(race)]
    return [*sorted({*there, race.per_class} - {None}), None]  # type: ignore[type-var]


def _most(race: Race) -> int:
    """How many training images the largest of the chosen classes can give, with two left to validate on."""
    return max(dataset(race.dataset).pools_of(race.classes), default=0) - 2


def test_choices(race: Race) -> list[int | None]:
    """How many test images can be asked for; None: all."""
    there = [n for n in TEST_IMAGES if n < test_pool(race)]
    return [*sorted({*there, race.test_images} - {None}), None]  # type: ignore[type-var]


def test_pool(race: Race) -> int:
    """How many test images the chosen classes have."""
    return sum(dataset(race.dataset).tests_of(race.classes))


def batch_sizes(race: Race) -> list[int]:
    """Sensible batch sizes, and the one that is set."""
    return sorted({*BATCHES, race.batch_size})


def start() -> Race:
    """The race that the Lab proposes on this machine: the best that needs no download."""
    if dataset_availability("cifar10").kind == "download":
        backbone, dataset = _ready(*BUNDLED, *BACKBONES), "pictograms"
    else:
        backbone, dataset = _ready("mobilenet_075", "tiny_resnet_cifar100", *BACKBONES), "cifar10"
    return fitted(Race(backbone=backbone, dataset=dataset, image_size=usual_size(backbone)))


def first(seed: int = 0) -> Race:
    """The race of Home: few labels, nothing to set or to download, over within half a minute on two cores.

    Small batches, and SGD rather than Adam: few labels give few steps, and a linear probe has to arrive within them.
    """
    backbone = _ready(*BUNDLED, *BACKBONES)
    return fitted(Race(
        backbone=backbone, dataset="pictograms", image_size=min(usual_size(backbone), 32), per_class=5,
        test_images=500, optimizer="sgd", batch_size=8, epochs=10, split_seed=seed, seed=seed,
    ))


def on_pictures(name: str) -> Race:
    """The race that the Lab proposes on an uploaded data set: all of its pictures, on what needs no download."""
    backbone = _ready("mobilenet_075", "tiny_resnet_cifar100", *BACKBONES)
    return fitted(Race(
        backbone=backbone, dataset=name, image_size=size_on(backbone, name), per_class=None, test_images=None,
    ))


def _ready(*wanted: str) -> str:
    """The first of these backbones whose weights are here; where none are, the first that can be downloaded."""
    kinds = {name: backbone_availability(name).kind for name in wanted}
    here = [name for name in wanted if kinds[name] in {"bundled", "local"}]
    return next(iter(here + [name for name in wanted if kinds[name] == "download"]), wanted[0])


def fitted(race: Race) -> Race:
    """The same race with what its backbone and data set cannot offer replaced by what they can."""
    entry = dataset(race.dataset)
    classes = tuple(name for name in entry.classes if name in race.classes)
    race = race.model_copy(update={"classes": () if len(classes) == len(entry.classes) else classes})
    update: dict[str, object] = {}
    if race.image_size < BACKBONES[race.backbone].min_size:
        update["image_size"] = usual_size(race.backbone)
    if race.per_class is not None and race.per_class > _most(race):
        update["per_class"] = max((n for n in PER_CLASS if n <= _most(race)), default=None)
    if race.test_images is not None and race.test_images >= test_pool(race):
        update["test_images"] = None
    if race.plan is not None and set(race.plan.stages) != set(card(race.backbone).stage_names):
        update["plan"] = None
    race = race.model_copy(update=update)
    arms = tuple(arm for arm in STRATEGIES if arm in race.arms and (arm != "custom" or race.plan is not None))
    return race.model_copy(update={"arms": arms})


def to_query(race: Race, usual: Race) -> dict[str, str]:
    """The settings that differ from the usual ones, as the part of an address after the question mark."""
    query = {}
    for name in Race.model_fields:
        value = getattr(race, name)
        if value == getattr(usual, name):
            continue
        if name == "plan":
            query[name] = encode(value, card(race.backbone).stage_names)
        elif isinstance(value, tuple):
            query[name] = ",".join(value)
        else:
            query[name] = "all" if value is None else str(value)
    return query


def from_query(query: Mapping[str, str], usual: Race) -> Race:
    """The race behind an address. What cannot be read, or does not exist here, is left as usual."""
    race = usual
    backbone = query.get("backbone", usual.backbone)
    if backbone in BACKBONES and backbone != usual.backbone:
        race = race.model_copy(update={"backbone": backbone, "image_size": usual_size(backbone)})
    for name in Race.model_fields:
        if name in query and name not in {"backbone", "plan"}:
            race = _with(race, name, query[name])
    if "plan" in query:
        race = race.model_copy(update={"plan": decode(query["plan"], card(race.backbone))})
    return fitted(race)


def _with(race: Race, name: str, text: str) -> Race:
    """The race with one setting read from an address; unchanged where the text says nothing usable."""
    value: object = text
    if isinstance(getattr(race, name), tuple):
        value = tuple(part for part in text.split(",") if part)
    elif text == "all":
        value = None
    if name == "dataset" and text not in DATASETS and not uploaded.find(text):
        return race
    try:
        changed = Race.model_validate(race.model_dump() | {name: value})
        changed.model_copy(update={"arms": ARMS}).specs()
    except (ValidationError, SpecError):
        return race
    return changed


def of_specs(specs: Sequence[RunSpec]) -> Race:
    """The race that these arms ran, for running it again with one change."""
    first = specs[0]
    return fitted(Race(
        backbone=first.backbone, dataset=first.data.dataset, image_size=first.image_size,
        per_class=first.data.per_class, classes=first.data.classes, test_images=first.data.test_images,
        validation_share=first.data.validation_share, split_seed=first.data.seed,
        imbalance=first.data.imbalance, arms=tuple(spec.strategy for spec in specs),
        plan=next((spec.plan for spec in specs if spec.strategy == "custom"), None),
        head=first.head.kind, dropout=first.head.dropout, head_start=first.head.start, optimizer=first.optimizer.name,
        learning_rate=first.optimizer.learning_rate, schedule=first.optimizer.schedule, epochs=first.epochs,
        seconds=first.seconds, batch_size=first.batch_size, augmentation=first.augmentation,
        patience=first.patience, seed=first.seed,
    ))


def needs_weights(race: Race, arm: str) -> bool:
    """Whether an arm starts from pretrained weights."""
    if arm != "custom":
        return STRATEGIES[arm].needs_weights
    if race.plan is not None and race.plan.source == "target":
        return False
    return race.plan is None or any(state != "reinitialised" for state in race.plan.stages.values())


def downloads(race: Race) -> list[str]:
    """What has to be downloaded before this race can run, one sentence each."""
    sentences = []
    data = dataset_availability(race.dataset)
    if data.kind == "download":
        sentences.append(f"{dataset(race.dataset).title}: {data.megabytes:.0f} MB for every arm, once.")
    weights = backbone_availability(race.backbone)
    arms = [STRATEGIES[arm].title for arm in race.arms if needs_weights(race, arm)]
    if weights.kind == "download" and arms:
        sentences.append(
            f"Weights of {BACKBONES[race.backbone].title}: {weights.megabytes:.0f} MB, once, for {', '.join(arms)}."
        )
    return sentences
