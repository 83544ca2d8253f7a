"""The form of the Lab. Its settings are a Race, kept in the session and in the address of the page.

What the widgets hold is in the session before the page draws anything, so the race is known first, and the
widgets only show it.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.shared.race import shift_pictures
from pages.shared.widgets import address
from pages.shared.widgets.markdown import plain
from pages.shared.widgets.widget_values import default, index, key, set_value, value_of
from tl_core.base.wording import count
from tl_core.catalog import (
    BACKBONES,
    STRATEGIES,
    backbone_availability,
    card,
    dataset,
    dataset_availability,
    datasets,
    together,
)
from tl_core.catalog.shifts import SHIFTS, kinds
from tl_core.races import fields
from tl_core.races import race as races
from tl_core.races.race import Race
from tl_core.results import source_task

PREFIX = "race_"
WIDGETS = tuple(name for name in races.NAMES if name != "plan")
WORDS: dict[str, str] = {
    "adam": "Adam",
    "adamw": "AdamW",
    "sgd": "SGD with momentum",
    "constant": "Constant",
    "cosine": "Cosine",
    "warmup_cosine": "Warm-up, then cosine",
    "plateau": "Reduce on plateau",
    "range_test": "Rising: a range test",
    "none": "None",
    "light": "Light",
    "strong": "Strong",
    "pool": "Pooling, logits",
    "pool_hidden": "Pooling, dense 128, logits",
    "flatten_256": "Flatten, dense 256, logits",
    "automatic": "Automatic",
    "zeros": "Zeros",
    "random": "Random weights",
    "inference": "Inference: the source's statistics",
    "training": "Training: each batch's statistics",
    "affine": "Scale and shift only",
    "solved": "Solved",
    "steps": "In steps",
    "all": "All",
    **{name: way.title for name, way in SHIFTS.items()},
    "balanced": "Balanced: rare classes count more",
}


def opened(experiment: str | None) -> Race:
    """The race of this run of the page: from the address where that is new, else from the widgets.

    A first visit with nothing but an experiment in the address takes that experiment's settings.
    """
    query = {key: value for key, value in st.query_params.to_dict().items() if key != "experiment"}
    if "race" in st.session_state and (not query or query == st.session_state.get("address")):
        set_race(current())
    elif query or experiment is None:
        set_race(races.from_query(query, _usual()))
    else:
        set_race(_of(experiment))
    race: Race = st.session_state["race"]
    return race


def _of(experiment_id: str) -> Race:
    from tl_core.store import open_store

    experiment = open_store().experiment(experiment_id)
    return races.of_specs([run.spec for run in experiment.runs]) if experiment else _usual()


def current() -> Race:
    """The race that the widgets hold now, in a callback too."""
    return races.fitted(_from_widgets(st.session_state["race"]))


def set_race(race: Race) -> None:
    """Make this the race of the form. Only before the widgets are drawn, or in a callback."""
    if race.dataset not in datasets(st.session_state["student"]):  # another student's, or deleted
        race = race.changed(dataset=_usual().dataset)
    race = races.fitted(race)
    st.session_state["race"] = race
    for name in WIDGETS:
        value = race.value(name)
        set_value(PREFIX + name, list(value) if isinstance(value, tuple) else value)


def write_address(race: Race, experiment: str | None) -> None:
    """Put what differs from the usual race, and the open experiment, into the address of the page."""
    query = races.to_query(race, _usual())
    st.session_state["address"] = query
    whole = query | ({"experiment": experiment} if experiment else {})
    address.write(whole)


@st.cache_data(ttl=10, show_spinner=False)
def _usual() -> Race:
    return races.proposed()


def _from_widgets(before: Race) -> Race:
    values: dict[str, Any] = {name: value_of(PREFIX + name, before.value(name)) for name in WIDGETS}
    values |= {name: tuple(values[name]) for name in ("classes", "arms")}
    return before.moved(**values)


def essentials(race: Race) -> None:
    """What every race needs: a network, pictures, and the strategies that race."""
    entry = BACKBONES[race.backbone]
    least = f" of at least {entry.takes.of_size(entry.min_size)}" if entry.takes.sizes else ""
    _select(
        "backbone",
        sorted((name for name in BACKBONES if together(name, race.dataset)), key=lambda name: not _here(name)),
        _backbone_label,
        f"{entry.title}: {count(card(race.backbone).params)} parameters, {entry.takes.many}{least}"
        + (f", learned on {entry.source_task}" if entry.source_task else "")
        + f". {entry.paper} ([paper]({entry.paper_url})). Licence: {entry.licence}.",
    )
    st.caption(" ".join(filter(None, (_guidance(race), source_task.beforehand(race.backbone)))))
    data = dataset(race.dataset)
    _select(
        "dataset",
        list(datasets(st.session_state["student"])),
        _dataset_label,
        f"{plain(data.title)}: {len(data.classes)} classes, {'several labels at once, ' * data.multi_label}"
        f"{data.holds.of_size(data.side)}. {data.source}. "
        f"Licence: {data.licence}.",
    )
    if data.caution:
        st.caption(f":material/warning: {data.caution}")
    left, right = st.columns(2)
    with left:
        _select("per_class", races.per_class_choices(race), _number)
    takes = entry.takes
    if takes.sizes:
        with right:
            _select("image_size", races.image_sizes(race), takes.of_size, takes.size_help, takes.size.capitalize())
    arms = [arm for arm in STRATEGIES if arm != "custom" or race.plan is not None]
    st.pills(
        races.info("arms").title or "",
        arms,
        selection_mode="multi",
        format_func=lambda arm: STRATEGIES[arm].title,
        wrap=True,
        **_key_and_default("arms"),
        help="\n".join(f"- **{strategy.title}**: {strategy.summary}" for strategy in STRATEGIES.values()),
    )


def details(race: Race) -> None:
    """What has a sensible default: more about the data, the training and the head."""
    with st.expander("More about the data", icon=":material/dataset:"):
        data = dataset(race.dataset)
        if not data.strata:
            st.multiselect(
                _texts("classes")[0],
                data.classes,
                placeholder=f"All {len(data.classes)}",
                help=_texts("classes")[1],
                **_key_and_default("classes"),
            )
        there = races.test_pool(race)
        _select(
            "test_images",
            races.test_choices(race),
            lambda images: _number(images if images and images < there else None),
        )
        _number_input("validation_share", 0.05, 0.5, step=0.05)
        left, right = st.columns(2)
        with left:
            _number_input("split_seed", 0, 2**31 - 1)
        if not data.strata:
            with right:
                _number_input("imbalance", 1.0, 1000.0, step=1.0, format="%g")
        _words("class_weight")
        if data.holds.shifts:
            left, right = st.columns(2)
            with left:
                _words("shift")
            with right:
                _number_input("severity", 1, 5)
        if ways := kinds(race.shared.shift):
            st.html(shift_pictures.row(ways, race.shared.shift.severity))
    with st.expander("Training choices", icon=":material/tune:"):
        _training(race)
    with st.expander("Head and augmentation", icon=":material/layers:"):
        _words("head")
        left, right = st.columns(2)
        with left:
            _words("head_start")
        with right:
            _number_input("dropout", 0.0, 0.9, step=0.1)
        if dataset(race.dataset).holds.augments:
            _words("augmentation")


def _training(race: Race) -> None:
    left, right = st.columns(2)
    with left:
        _number_input("epochs", 1, 1000)
        _words("optimizer")
        _select("batch_size", races.batch_sizes(race), str)
        _number_input("weight_decay", 0.0, 0.99, step=0.0001, format="%g")
    with right:
        _number_input("seconds", step=10.0, placeholder="no limit", format="%g")
        _number_input("learning_rate", step=0.001, placeholder="auto", format="%g")
        _number_input("seed", 0, 2**31 - 1)
        _number_input("momentum", 0.0, 0.999, step=0.05, format="%g")
    left, right = st.columns(2)
    with left:
        _words("schedule")
    with right:
        _number_input("head_rate", step=0.001, placeholder="auto", format="%g")
    _words("batch_norm")
    _words("probe")
    left, right = st.columns(2)
    with left:
        _number_input("patience", 1, 1000, placeholder="never")
    with right:
        _number_input("seeds", 1, 20)


def _key_and_default(name: str) -> dict[str, Any]:
    return {"key": key(PREFIX + name), "default": default(PREFIX + name)}


def _number_input(name: str, least: Any = None, most: Any = None, **options: Any) -> None:
    title, description = _texts(name)
    st.number_input(
        title, least, most, default(PREFIX + name), key=key(PREFIX + name), help=description or None, **options
    )


def _select(name: str, options: Any, words: Any, help: str | None = None, title: str | None = None) -> None:
    own, description = _texts(name)
    at, help = index(PREFIX + name, options), help or description or None
    st.selectbox(title or own, options, at, format_func=words, key=key(PREFIX + name), help=help)


def _texts(name: str) -> tuple[str, str]:
    """Title and description of a setting, in the words of what the data set holds."""
    field, holds = fields.info(name), dataset(st.session_state["race"].dataset).holds
    return holds.said(field.title or ""), holds.said(field.description or "")


def _words(name: str) -> None:
    _select(name, fields.choices(name), lambda option: WORDS[option])


def _here(backbone: str) -> bool:
    return backbone_availability(backbone).kind in ("bundled", "local")


def _guidance(race: Race) -> str:
    """What the backbone's group means for this race: its weights are here, or have to come first."""
    if not _here(race.backbone):
        others = any(_here(name) and together(name, race.dataset) for name in BACKBONES)
        return backbone_availability(race.backbone).sentence + " Those under “Here” need none." * others
    data = dataset_availability(race.dataset)
    return (
        f"Its weights are here: the race starts {'when the data are, too' if data.kind == 'download' else 'at once'}."
    )


def _backbone_label(name: str) -> str:
    """Its group first: the list is ordered by it, and a list of Streamlit has no headings."""
    found = backbone_availability(name)
    group = {"none": "From scratch only", "download": f"Download {found.megabytes:.0f} MB"}.get(found.kind, "Here")
    return f"{group} · {BACKBONES[name].title} · {count(card(name).params)}"


def _dataset_label(name: str) -> str:
    found = dataset_availability(name)
    return dataset(name).title + (f" · download {found.megabytes:.0f} MB" if found.kind == "download" else "")


def _number(value: float | None) -> str:
    return "All" if value is None else f"{value:,}"
