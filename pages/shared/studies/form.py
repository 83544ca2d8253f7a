"""What a student sets of a study, how long it will take, and the button that starts it or goes on with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from pages.shared.race import start_button
from pages.shared.widgets import address
from pages.shared.widgets.markdown import plain
from pages.shared.widgets.widget_values import default, index, key, set_value, value_of
from tl_core.base.spec import SpecError
from tl_core.base.wording import many
from tl_core.catalog import BACKBONES, backbone_availability, check, dataset, dataset_availability, datasets, together
from tl_core.races import race
from tl_core.studies import build, builtin, recorded, sweeps
from tl_core.studies.build import as_text
from tl_core.studies.builtin import BUILT_IN, BuiltIn, Value
from tl_core.studies.setup import Setup, from_query, to_note, to_query
from tl_core.studies.sweeps import Sweep

if TYPE_CHECKING:
    from tl_core.store import Experiment

STATE, ADDRESS, PREFIX = "study_setup", "study_address", "study_"
SEEDS = (1, 2, 3, 5, 10)
EPOCHS = (2, 4, 6, 10, 20, 30)


def opened(student: str) -> Setup:
    """The setup of this run of the page: from the address where that is new, else from the widgets."""
    query = {name: value for name, value in st.query_params.to_dict().items() if name != "experiment"}
    if STATE in st.session_state and (not query or query == st.session_state.get(ADDRESS)):
        setup = _from_widgets(st.session_state[STATE])
    else:
        setup = from_query(query)
        if setup.study not in BUILT_IN:
            st.warning("There is no study at this address: these are all there are.")
    return _set(setup, student)


def _from_widgets(before: Setup) -> Setup:
    values = {name: value_of(PREFIX + name, getattr(before, name)) for name in Setup.model_fields}
    return build.moved(before, **values | {name: tuple(values[name]) for name in ("grid", "series")})


def _set(setup: Setup, student: str) -> Setup:
    """Make this the setup of the page. An empty choice in the form stands for what the study proposes."""
    setup = build.fitted(setup, datasets(student))
    st.session_state[STATE] = setup
    for name in Setup.model_fields:
        value = getattr(setup, name)
        set_value(PREFIX + name, list(value) if isinstance(value, tuple) else value)
    set_value(PREFIX + "grid", list(setup.grid or build.proposed(setup, "grid")))
    set_value(PREFIX + "series", list(setup.series or build.proposed(setup, "series")))
    return setup


def which(setup: Setup) -> None:
    """The studies to choose from."""
    st.pills(
        "Study",
        list(BUILT_IN),
        format_func=lambda name: build.worded(setup.model_copy(update={"study": name})).title,
        required=True,
        wrap=True,
        key=key(PREFIX + "study"),
        default=default(PREFIX + "study"),
        label_visibility="collapsed",
    )


def found(setup: Setup, student: str) -> tuple[Sweep | None, Experiment | None]:
    """(where the study stands for the student, None), or (as much of it as was shared, the experiment that was).

    The sweep is None when the settings cannot be run, which is said.
    """
    from tl_core.store import open_store

    experiment = st.query_params.get("experiment")
    shared = open_store().experiment(experiment) if experiment and _at_the_address(setup, student) else None
    shared = shared if shared and shared.owner != student else None
    try:
        return sweeps.sweep(build.build(setup), student, shared), shared
    except SpecError as error:
        st.warning(plain(str(error)), icon=":material/block:")
        return None, shared


def _at_the_address(setup: Setup, student: str) -> bool:
    """Whether these are the settings of the address, or were changed since."""
    return build.fitted(from_query(st.query_params.to_dict()), datasets(student)) == setup


def settings(setup: Setup, student: str) -> None:
    """The widgets of what this study uses."""
    entry, said = build.worded(setup), build.in_words_of(setup)
    if "backbone" in entry.uses:
        _select("Backbone", "backbone", [name for name in BACKBONES if together(name, setup.dataset)], _backbone_label)
    if "dataset" in entry.uses:
        fit = [name for name in datasets(student) if build.fits(setup.study, name)]
        _select("Data set", "dataset", fit, lambda name: dataset(name).title)
    _pills(entry.axis_title, "grid", entry.grid(setup)[0])
    _pills(entry.series_title, "series", entry.series(setup)[0])
    left, right = st.columns(2)
    with left:
        _select(
            "Seeds",
            "seeds",
            _with(SEEDS, setup.seeds),
            str,
            said("Each seed draws different images and different new weights."),
        )
        if "per_class" in entry.uses:
            choices = [n for n in race.PER_CLASS if n <= 500]
            _select(
                f"{dataset(setup.dataset).holds.many.capitalize()} per {dataset(setup.dataset).holds.per}",
                "per_class",
                _with(choices, setup.per_class),
                str,
            )
    with right:
        _select(
            "Epochs, at least",
            "epochs",
            _with(EPOCHS, setup.epochs),
            str,
            said(f"With few images there are more, so that every run makes at least {builtin.STEPS} steps."),
        )
        takes = BACKBONES[setup.backbone].takes
        if "image_size" in entry.uses and takes.sizes:
            _select(takes.size.capitalize(), "image_size", _with(takes.sizes, setup.image_size), takes.of_size)


def _with(choices: Sequence[int], present: int) -> list[int]:
    return sorted({*choices, present})


def _select(label: str, name: str, options: list[Any], words: Callable[[Any], str], help: str | None = None) -> None:
    at = index(PREFIX + name, options)
    st.selectbox(label, options, at, format_func=words, key=key(PREFIX + name), help=help)


def _pills(label: str, name: str, options: Sequence[Value]) -> None:
    titles = build.titles()
    st.pills(
        label,
        [as_text(value) for value in options],
        selection_mode="multi",
        wrap=True,
        format_func=lambda text: titles.get(text, text),
        key=key(PREFIX + name),
        default=default(PREFIX + name),
    )


def _backbone_label(name: str) -> str:
    kind = backbone_availability(name).kind
    return BACKBONES[name].title + {"none": " · from scratch only", "download": " · needs a download"}.get(kind, "")


def start(setup: Setup, sweep: Sweep | None, student: str, shared: Experiment | None) -> None:
    """How many runs, how long, and the button."""
    if sweep is None:
        return
    if shared:
        st.caption(
            "You are watching an experiment of somebody else's study. Change a setting, and it becomes your own."
        )
        return
    count = sweeps.counts(sweep)
    if not count["missing"]:
        return
    about = start_button.about(sweep.missing, student)
    about = about or "the time is known once the workers have measured this machine"
    for sentence in _downloads(setup):
        st.caption(f":material/download: {sentence}")
    before = f", {count['finished']} of {count['all']} are measured already" if count["finished"] else ""
    st.caption(f"{many(count['missing'], 'run')} to go{before}: {about}. Every run has {build.labelled(setup)}.")
    problem = _problem(sweep, student) or start_button.no_room(len(sweep.missing), student)
    if problem:
        st.warning(plain(problem), icon=":material/block:")
    st.button(
        "Continue the study" if sweep.runs else "Start the study",
        type="primary",
        icon=":material/play_arrow:",
        key="start_study",
        on_click=_start,
        args=(setup, sweep, student),
        disabled=bool(problem),
    )


def _downloads(setup: Setup) -> list[str]:
    """What this study fetches first."""
    there = {"backbone": backbone_availability(setup.backbone), "dataset": dataset_availability(setup.dataset)}
    return [
        found.sentence
        for name, found in there.items()
        if found.kind == "download" and name in BUILT_IN[setup.study].uses
    ]


def _problem(sweep: Sweep, student: str) -> str:
    """Why a run of the study could not be run; "" when all can."""
    try:
        for spec in sweep.missing:
            check(spec, student)
    except SpecError as error:
        return str(error)
    return ""


def _start(setup: Setup, sweep: Sweep, student: str) -> None:
    from tl_core.store import StoreError

    try:
        sweeps.start(sweep, student, to_note(setup))
    except (SpecError, StoreError) as error:
        st.toast(plain(str(error)), icon=":material/block:")


def method(entry: BuiltIn) -> None:
    """What exactly is done, and whose question it is."""
    with st.expander("Method and source", icon=":material/menu_book:"):
        st.markdown(f"{entry.method}\n\n{entry.source}.")


def has_recording(setup: Setup) -> bool:
    """Whether there is something recorded to show beside this study."""
    return bool(recorded.recordings(setup.study)) or setup.study in ("labels", "sources")


def write_address(setup: Setup, sweep: Sweep | None) -> None:
    """Put the settings, and the newest experiment that measured something of them, into the address of the page."""
    query = st.session_state[ADDRESS] = to_query(setup)
    experiment = sweeps.newest(sweep) if sweep else None
    whole = query | ({"experiment": experiment} if experiment else {})
    address.write(whole)
