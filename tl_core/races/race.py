"""A race: shared settings plus arms. To specs, to an address that can be shared, and back."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from tl_core.base.spec import LayerPlan, RunSpec, SpecError, checked
from tl_core.catalog import BACKBONES, STRATEGIES, card, check_pair, dataset, together
from tl_core.races import defaults, fields, labels
from tl_core.races.defaults import ARMS, usual_size
from tl_core.races.plans import decode, encode
from tl_core.races.shared import SharedSpec

PER_CLASS = (5, 10, 20, 50, 100, 200, 500, 1000, 2000)
TEST_IMAGES = (100, 200, 500, 1000, 2000, 5000)
BATCHES = (8, 16, 32, 64, 128, 256)
NAMES = (*fields.PATHS, "arms", "plan")  # of everything that a race is made of
OF_AN_ARM = ("strategy", "plan", "mistake")  # fields of a spec that are not shared; only lessons make a mistake


class Race(BaseModel):
    """What the form, the address, the command line and the store hold of a race.

    `shared` may hold values that are out of range until `specs`.
    `plan` is the freeze plan of the arm `custom`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shared: SharedSpec
    arms: tuple[str, ...] = Field(ARMS, title="Strategies that race")
    plan: LayerPlan | None = Field(None, title="Freeze plan")

    @property
    def backbone(self) -> str:
        return self.shared.backbone

    @property
    def dataset(self) -> str:
        return self.shared.data.dataset

    @property
    def title(self) -> str:
        """What the experiment is called until the student calls it something else."""
        title = f"{BACKBONES[self.backbone].title} on {dataset(self.dataset).title}"
        seeds = f", {self.shared.seeds} seeds" if self.shared.seeds > 1 else ""
        return f"{title}, {labels.words(self.shared.data)}{seeds}"

    def value(self, name: str) -> Any:
        """What one of NAMES holds."""
        return fields.value(self.shared, name) if name in fields.PATHS else getattr(self, name)

    def changed(self, **settings: Any) -> Race:
        """The race with some of NAMES replaced; nothing is validated."""
        own = {name: settings.pop(name) for name in ("arms", "plan") if name in settings}
        return self.model_copy(update={"shared": fields.changed(self.shared, **settings)} | own)

    def moved(self, **settings: Any) -> Race:
        """`changed`, and what stood as it follows from the old backbone and data set follows from the new ones.

        A data set that the backbone does not take brings another backbone.
        """
        after = fitted_pair(self.changed(**settings))
        usual = defaults.following(after.backbone, after.dataset)
        if dataset(after.dataset).seen_as != dataset(self.dataset).seen_as:
            return after.changed(plan=None, **usual)
        before = fitted(self.changed(**defaults.following(self.backbone, self.dataset)))
        follow = {name: new for name, new in usual.items() if after.value(name) == before.value(name)}
        if after.backbone != self.backbone:
            follow["plan"] = None
        return after.changed(**follow) if (after.backbone, after.dataset) != (self.backbone, self.dataset) else after

    def specs(self) -> list[RunSpec]:
        """One spec for each arm and seed, seeds outermost; arms share all but the strategy and the freeze plan.

        Raises
        ------
        SpecError
            With one sentence, when a setting is out of its range.
        """
        shared = checked(SharedSpec, self.shared.model_dump(warnings=False))
        return [
            spec.model_copy(update={"strategy": arm, "plan": self.plan if arm == "custom" else None})
            for spec in shared.seeded()
            for arm in self.arms
        ]


def race_of(**settings: Any) -> Race:
    """A race of these NAMES; the rest as a SharedSpec has it. Only a plan may be given as plain dicts."""
    return Race(shared=SharedSpec(), plan=settings.pop("plan", None)).changed(**settings)


def proposed(backbone: str | None = None, dataset: str | None = None) -> Race:
    """The race that the Lab and the command line begin with, on this machine, for a backbone and a data set.

    None: the one that suits this machine best.

    Raises
    ------
    SpecError
        With one sentence, when there is no such backbone or data set, or they do not go together.
    """
    dataset = defaults.dataset_here(backbone if backbone in BACKBONES else None) if dataset is None else dataset
    backbone = defaults.backbone_for(dataset) if backbone is None else backbone
    if backbone not in BACKBONES:
        raise SpecError(f"There is no backbone called {backbone!r}. There are: {', '.join(BACKBONES)}.")
    check_pair(backbone, dataset)
    return fitted(race_of(backbone=backbone, dataset=dataset, **defaults.following(backbone, dataset)))


def first(seed: int = 0) -> Race:
    """The race of Home: few labels, nothing to set or to download, over within half a minute on two cores.

    Small batches, and SGD rather than Adam: few labels give few steps, and a linear probe has to arrive within them.
    """
    race = proposed(dataset="pictograms")
    return fitted(
        race.changed(
            image_size=min(race.shared.image_size, 32),
            per_class=5,
            test_images=500,
            optimizer="sgd",
            batch_size=8,
            split_seed=seed,
            seed=seed,
        )
    )


def fitted_pair(race: Race) -> Race:
    """The same race, or where the backbone does not take what the data set holds, one with the backbone for it."""
    if together(race.backbone, race.dataset):
        return race
    backbone = defaults.backbone_for(race.dataset)
    return race.changed(backbone=backbone, plan=None, **defaults.following(backbone, race.dataset))


def fitted(race: Race) -> Race:
    """The same race with what its backbone and data set cannot offer replaced by what they can."""
    race = fitted_pair(race)
    entry, data = dataset(race.dataset), race.shared.data
    classes = tuple(name for name in data.classes if name in entry.classes)
    race = race.changed(classes=() if entry.own and classes == entry.classes else classes)
    update: dict[str, object] = {}
    if BACKBONES[race.backbone].wrong_size(race.shared.image_size):
        update["image_size"] = usual_size(race.backbone)
    if not entry.holds.shifts:
        update["shift"] = "none"
    if not entry.holds.augments:
        update["augmentation"] = "none"
    if entry.strata:
        update |= {"classes": (), "imbalance": 1.0}
    if data.per_class is not None and data.per_class > _most(race):
        update["per_class"] = max((n for n in PER_CLASS if n <= _most(race)), default=None)
    if race.plan is not None and set(race.plan.stages) != set(card(race.backbone).stage_names):
        update["plan"] = None
    race = race.changed(**update)
    arms = tuple(arm for arm in STRATEGIES if arm in race.arms and (arm != "custom" or race.plan is not None))
    return race.changed(arms=arms)


def of_specs(specs: Sequence[RunSpec]) -> Race:
    """The race that these arms ran, for running it again with one change."""
    usual, first = RunSpec(), specs[0]
    seeds = {(spec.seed, spec.data.seed) for spec in specs if spec.with_seeds(first.seed, first.data.seed) == first}
    shared = dict(first) | {name: getattr(usual, name) for name in OF_AN_ARM}
    return fitted(
        Race(
            shared=SharedSpec(**shared, seeds=len(seeds)),
            arms=tuple(dict.fromkeys(spec.strategy for spec in specs)),
            plan=next((spec.plan for spec in specs if spec.strategy == "custom"), None),
        )
    )


def to_texts(race: Race, usual: Race) -> dict[str, str]:
    """The settings that differ from the usual ones, as an address and the command line write them."""
    texts = {}
    for name in NAMES:
        value = race.value(name)
        if value != usual.value(name):
            is_plan = isinstance(value, LayerPlan)
            texts[name] = encode(value, card(race.backbone).stage_names) if is_plan else fields.as_text(value)
    return texts


def info(name: str) -> FieldInfo:
    """Title, description and range of one of NAMES."""
    return Race.model_fields.get(name) or fields.info(name)


def read(race: Race, name: str, text: str) -> Race:
    """The race with one of NAMES read from what `to_texts` wrote.

    Raises
    ------
    SpecError
        With one sentence, when the text says nothing usable.
    """
    if name == "plan":
        plan = decode(text, card(race.backbone))
        if plan is None:
            raise SpecError(f"{text!r} is not a freeze plan for {BACKBONES[race.backbone].title}.")
        return race.changed(plan=plan)
    try:
        return race.changed(**{name: fields.names(text) if name == "arms" else fields.read(name, text)})
    except SpecError as error:
        holds = dataset(race.dataset).holds
        raise SpecError(holds.said(str(error).replace("Image size", holds.size.capitalize()))) from error


def to_query(race: Race, usual: Race) -> dict[str, str]:
    """The settings that differ from the usual ones, as the part of an address after the question mark."""
    name = race.dataset if race.dataset != usual.dataset else ""
    backbone = race.backbone if race.backbone != _behind(usual, "", name).backbone else ""
    place = {what: value for what, value in (("backbone", backbone), ("dataset", name)) if value}
    return place | to_texts(race, _behind(usual, backbone, name))


def from_query(query: Mapping[str, str], usual: Race) -> Race:
    """The race behind an address. What cannot be read, or does not exist here, is left as usual."""
    backbone, name = query.get("backbone", ""), query.get("dataset", "")
    race = _behind(usual, backbone if backbone in BACKBONES else "", name if _is_here(name) else "")
    for name in (name for name in NAMES if name in query and name not in {"backbone", "dataset"}):
        with contextlib.suppress(SpecError):
            race = read(race, name, query[name])
    return fitted(race)


def _behind(usual: Race, backbone: str, name: str) -> Race:
    """What an address says with its backbone and data set alone. "": it names none, and what is proposed goes with the
    other. With both it stays as it is, or old addresses change.
    """
    if backbone and not together(backbone, name or usual.dataset):
        return _behind(usual, "", name) if name else proposed(backbone)
    if name not in ("", usual.dataset) and not backbone:
        return proposed(dataset=name)
    race = usual.changed(backbone=backbone or usual.backbone, dataset=name or usual.dataset)
    if race.backbone != usual.backbone:
        race = race.changed(image_size=usual_size(race.backbone))
    tests = usual.shared.data.test_images
    return race.changed(test_images=None) if tests is not None and tests >= test_pool(race) else race


def _is_here(name: str) -> bool:
    with contextlib.suppress(SpecError):
        return bool(dataset(name).classes)
    return False


def image_sizes(race: Race) -> list[int]:
    """Sensible sizes for the backbone, such as sides in pixels, and the one that is set."""
    entry = BACKBONES[race.backbone]
    there = {side for side in entry.takes.sizes if not entry.wrong_size(side)}
    return sorted(there | {entry.default_size, race.shared.image_size})


def per_class_choices(race: Race) -> list[int | None]:
    """How many training images per class can be asked for; None: all."""
    return _with({n for n in PER_CLASS if n <= _most(race)}, race.shared.data.per_class)


def test_choices(race: Race) -> list[int | None]:
    """How many test images can be asked for; None: all. As many as there are, or more, is all of them, too."""
    return _with({n for n in TEST_IMAGES if n < test_pool(race)}, race.shared.data.test_images)


def _with(there: set[int], chosen: int | None) -> list[int | None]:
    return [*sorted(there | ({chosen} if chosen is not None else set())), None]


def _most(race: Race) -> int:
    """How many training images the largest of the chosen classes can give, with two left to validate on."""
    return max(dataset(race.dataset).pools_of(race.shared.data.classes), default=0) - 2


def test_pool(race: Race) -> int:
    """How many test images the chosen classes have."""
    return sum(dataset(race.dataset).tests_of(race.shared.data.classes))


def batch_sizes(race: Race) -> list[int]:
    """Sensible batch sizes, and the one that is set."""
    return sorted({*BATCHES, race.shared.batch_size})
