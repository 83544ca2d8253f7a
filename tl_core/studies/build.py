"""From a student's choices to the runs of a built-in study, and from its rows to what they say."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from tl_core.base.spec import SpecError
from tl_core.catalog import BACKBONES, DATASETS, MODALITIES, STRATEGIES, check_pair, dataset, together
from tl_core.catalog.shifts import SHIFTS
from tl_core.races import labels
from tl_core.races.defaults import backbone_for, dataset_here, usual_size
from tl_core.studies.builtin import BUILT_IN, FORMS, BuiltIn, Value
from tl_core.studies.grid import Study
from tl_core.studies.out_of_distribution import CLEAN
from tl_core.studies.setup import Setup, changed

if TYPE_CHECKING:
    import pandas as pd

    from tl_core.studies.findings import Finding

BATCH = 16


def build(setup: Setup) -> Study:
    """The runs behind a student's settings.

    Raises
    ------
    SpecError
        With one sentence: an unknown study, data set or backbone, or a value that its grid does not have.
    """
    entry = _entry(setup)
    base = {
        "data.dataset": setup.dataset,
        "data.per_class": setup.per_class,
        "data.test_images": setup.test_images,
        "backbone": setup.backbone,
        "image_size": setup.image_size,
        "epochs": setup.epochs,
        "batch_size": BATCH,
    }
    axes = {
        entry.axis: _chosen(setup.grid, *entry.grid(setup), entry.axis_title),
        entry.series_axis: _chosen(setup.series, *entry.series(setup), entry.series_title),
    }
    return Study(title(setup), base, axes, range(setup.seeds), entry.fit)


def worded(setup: Setup) -> BuiltIn:
    """The study in the words of what its data set holds, where it is about that."""
    entry, said = BUILT_IN[setup.study], in_words_of(setup)
    names = ("title", "question", "method", "axis_title", "series_title")
    words: dict[str, Any] = {name: said(getattr(entry, name)) for name in names}
    return replace(entry, **words)


def fits(study: str, name: str) -> bool:
    """Whether a study makes sense for a data set."""
    return dataset(name).seen_as in BUILT_IN[study].of


def in_words_of(setup: Setup) -> Callable[[str], str]:
    """A text about pictures in the words of what the study's data set holds, where the study is about that."""
    entry, data = BUILT_IN[setup.study], dataset(setup.dataset)
    if "dataset" not in entry.uses or not fits(setup.study, setup.dataset):
        return str
    return (MODALITIES[data.seen_as] if entry.of_the_seen else data.holds).said


def proposed(setup: Setup, name: Literal["grid", "series"]) -> tuple[str, ...]:
    """What the study proposes for its grid or its series, as the form and the address write it."""
    return tuple(as_text(value) for value in getattr(BUILT_IN[setup.study], name)(setup)[1])


def fitted(setup: Setup, datasets: Collection[str]) -> Setup:
    """The same setup with what does not exist here replaced by what does. `datasets`: those the student can use."""
    usual = Setup()
    update: dict[str, Any] = {}
    for name, there in (("study", BUILT_IN), ("backbone", BACKBONES), ("dataset", datasets)):
        if getattr(setup, name) not in there:
            update[name] = getattr(usual, name)
    setup = setup.model_copy(update=update)
    if not fits(setup.study, setup.dataset):
        setup = setup.model_copy(update={"dataset": usual.dataset})
    setup = _paired(setup)
    setup = setup.model_copy(update={"image_size": max(setup.image_size, BACKBONES[setup.backbone].min_size)})
    for name in ("grid", "series"):
        there = [as_text(value) for value in getattr(BUILT_IN[setup.study], name)(setup)[0]]
        chosen = tuple(value for value in there if value in getattr(setup, name))
        setup = setup.model_copy(update={name: () if chosen == proposed(setup, name) else chosen})  # type: ignore[arg-type]
    return setup


def _paired(setup: Setup) -> Setup:
    """The same setup, with a backbone that takes what its data set holds."""
    if setup.backbone not in BACKBONES or together(setup.backbone, setup.dataset):
        return setup
    backbone = backbone_for(setup.dataset)
    return setup.model_copy(update={"backbone": backbone, "image_size": usual_size(backbone)})


def moved(setup: Setup, **settings: Any) -> Setup:
    """The setup with some settings replaced: a new backbone brings its usual size, and a new question an empty grid.
    A backbone brings data that it takes, and data a backbone for them.

    Raises
    ------
    SpecError
        With one sentence, when a value is unusable.
    """
    after = changed(setup, **settings)
    if after.dataset == setup.dataset and after.backbone in BACKBONES and not together(after.backbone, after.dataset):
        after = after.model_copy(update={"dataset": dataset_here(after.backbone)})
    after = _paired(after)
    differs = {name for name in Setup.model_fields if getattr(after, name) != getattr(setup, name)}
    if "backbone" in differs and "image_size" not in differs and after.backbone in BACKBONES:
        after = after.model_copy(update={"image_size": usual_size(after.backbone)})
    if differs & {"study", "dataset", "backbone", "image_size"}:
        after = after.model_copy(update={"grid": (), "series": ()})
    return after


def _entry(setup: Setup) -> BuiltIn:
    for name, what, there in ((setup.study, "study", BUILT_IN), (setup.backbone, "backbone", BACKBONES)):
        if name not in there:
            raise SpecError(f"There is no {what} called {name!r}. There are: {', '.join(there)}.")
    entry, held = worded(setup), dataset(setup.dataset)
    if not fits(setup.study, setup.dataset):
        fit = " or ".join(MODALITIES[name].many for name in entry.of)
        raise SpecError(
            f"This study is about {fit}, and {held.title} holds {held.holds.many}. Choose another data set."
        )
    check_pair(setup.backbone, setup.dataset)
    return entry


def _chosen(asked: Sequence[str], there: Sequence[Value], usual: Sequence[Value], title: str) -> tuple[Value, ...]:
    """The values named by `asked`, in the order of the grid; the usual ones when nothing is asked."""
    known = {as_text(value): value for value in there}
    for name in asked:
        if name not in known:
            raise SpecError(f"{title} cannot be {name!r} here. Choose from: {', '.join(known)}.")
    return tuple(value for text, value in known.items() if text in asked) if asked else tuple(usual)


def as_text(value: Value) -> str:
    """A value of a grid as an address and the command line write it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def title(setup: Setup) -> str:
    """What the experiment of a study is called."""
    entry = worded(setup)
    about = [BACKBONES[setup.backbone].title] if "backbone" in entry.uses else []
    about += [dataset(setup.dataset).title] if "dataset" in entry.uses else []
    return f"Study: {entry.title}" + (f", {' on '.join(about)}" if about else "")


def labelled(setup: Setup) -> str:
    """How many labels its runs have to train on and to validate, in words. Raises SpecError as `build` does."""
    return labels.words(*(point.spec.data for point in build(setup).points()))


def titles() -> dict[str, str]:
    """What to call every value that is a name: strategies, forms, backbones, data sets, shifts."""
    named: dict[str, Any] = {**STRATEGIES, **BACKBONES, **DATASETS}
    found = {name: entry.title for name, entry in named.items()} | {name: form[0] for name, form in FORMS.items()}
    return found | {kind: way.title for kind, way in SHIFTS.items()} | {CLEAN: "As they are"}


def findings(setup: Setup, rows: pd.DataFrame) -> list[Finding]:
    """The numbers that a study's rows state so far, in the words of its data set; [] without rows."""
    entry, said = BUILT_IN[setup.study], in_words_of(setup)
    found = entry.findings(rows, titles()) if len(rows) else []
    return [one._replace(sentence=said(one.sentence), unit=said(one.unit)) for one in found]
