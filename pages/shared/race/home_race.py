"""The race on Home: one button, nothing to set, no network."""

from __future__ import annotations

import streamlit as st

from pages.shared.race import form, start_button
from pages.shared.widgets import address, samples
from tl_core.base.settings import ASSETS
from tl_core.catalog import BACKBONES, DATASETS
from tl_core.races import labels
from tl_core.races import race as races
from tl_core.races.race import Race

STARTED = "first_race_started"  # in the session: a race was started by the click before this run of the page
TO_THE_PICTURES = """<script>
document.querySelector(".st-key-home_race")?.scrollIntoView({behavior: "smooth"});
</script>"""


def draw(student: str) -> None:
    """What races, and the button; after its press, and at the address it leads to, in its place the race itself."""
    race = races.first()
    experiment = st.query_params.get("experiment") or _going(race, student)
    with st.container(key="home_race"):
        st.html(samples.row(race.dataset))
        st.caption(_what_races(race))
        if not (experiment and _watch(experiment, student)):
            _invite(race, student)


def _going(race: Race, student: str) -> str | None:
    """The student's race of this page that goes on, though the address does not name it; that of the page then does."""
    from tl_core.store import open_store

    for latest in open_store().experiments(student, 1):
        if latest.title == race.title and any(run.active for run in latest.runs):
            address.write({"experiment": latest.id})
            return latest.id
    return None


def _invite(race: Race, student: str) -> None:
    with st.container(horizontal=True):
        st.button(
            "Race: transfer against from scratch",
            type="primary",
            icon=":material/flag:",
            key="first_race",
            on_click=_start,
            args=(race, student),
        )
        if st.button("Open the Lab", icon=":material/science:"):
            st.switch_page("pages/1_Lab.py")
    st.html(ASSETS / "pictures" / "lanes.html")


def _what_races(race: Race) -> str:
    data = DATASETS[race.dataset]
    return (
        f"{data.title} of {len(data.classes)} kinds: {labels.words(race.shared.data)}. One network starts "
        f"from what it learned on {BACKBONES[race.backbone].source_task}; its twin starts from random weights. "
        "Nothing to set, no network needed."
    )


def _start(race: Race, student: str) -> None:
    if experiment := start_button.submit(race.specs, student, race.title):
        st.query_params["experiment"] = experiment
        st.session_state[STARTED] = True


def _watch(experiment_id: str, student: str) -> bool:
    """The race at this address and what to do with it; whether there is one."""
    from pages.shared.race import live  # plotly and pandas only when there is something to draw

    if st.session_state.pop(STARTED, False):
        st.html(TO_THE_PICTURES, unsafe_allow_javascript=True)
    experiment = live.show(experiment_id, student, compact=True)
    if experiment is None:
        return False
    race = races.of_specs([run.spec for run in experiment.runs])
    with st.container(horizontal=True):
        to_lab = st.button(
            "Open this race in the Lab",
            type="primary",
            icon=":material/science:",
            key="to_lab",
            on_click=_to_lab,
            args=(race, experiment_id),
            help="The same settings and everything measured: change one thing there.",
        )
        if not any(run.active for run in experiment.runs):
            st.button(
                "Race again, with other pictures",
                icon=":material/replay:",
                key="again",
                on_click=_start,
                args=(races.first(race.shared.seed + 1), student),
            )
    if to_lab:
        st.switch_page("pages/1_Lab.py")
    return True


def _to_lab(race: Race, experiment_id: str) -> None:
    form.set_race(race)
    st.session_state["experiment"] = experiment_id
