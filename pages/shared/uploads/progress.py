"""An intake that goes on in a process of its own: how far it is, Stop, and how it ended."""

from __future__ import annotations

import streamlit as st

from pages.shared.uploads import issues
from pages.shared.widgets import address
from pages.shared.widgets.markdown import plain
from pages.shared.widgets.watch import stop_button, watch
from tl_core.base.events import Progress
from tl_core.base.wording import duration, many
from tl_core.processes import intake

POLL_S = 0.5
ENDED = "intake_ended"  # in the session: how the last one ended, until something new is begun


def standing(student: str) -> bool:
    """Whether an intake goes on. One that has ended is told here, and its data set opened; then it is forgotten."""
    state = intake.look(student)
    if state.outcome is not None:
        intake.dismiss(student)
        st.session_state[ENDED] = state.outcome
        if state.outcome.dataset:
            address.write(st.query_params.to_dict() | {"dataset": state.outcome.dataset})
    return state.progress is not None


def draw(student: str) -> None:
    """The progress, until it has ended; then the page runs again."""
    watch(
        intake.look(student),
        lambda: state if (state := intake.look(student)).progress else None,
        lambda state: _draw(state, student),
        lambda _: POLL_S,
    )


def _draw(state: intake.State, student: str) -> None:
    if state.progress is None:
        return
    with st.container(border=True, key="intake_progress"):
        st.progress(min(1.0, state.progress.done / max(1.0, state.progress.total)), plain(_words(state.progress)))
        st.caption("This continues even if you close the page; come back at any time.")
        label = "Stopping…" if state.stopping else "Stop"
        stop_button("stop_intake", intake.stop, student, label, disabled=state.stopping)


def _words(progress: Progress) -> str:
    if progress.total <= 1:
        return f"{progress.label}…"
    words = f"{progress.label}: {progress.done:,.0f} of {progress.total:,.0f}"
    if progress.images_per_s:
        words += f", about {duration((progress.total - progress.done) / progress.images_per_s)} left"
    return words


def told() -> None:
    """How the last intake ended, said once more for as long as the student stays here."""
    outcome = st.session_state.get(ENDED)
    if outcome is None:
        return
    if outcome.problem == intake.STOPPED:
        st.info("Stopped. What you had collected is still here.", icon=":material/stop_circle:")
    elif outcome.problem:
        st.error(plain(outcome.problem), icon=":material/error:")
    if outcome.note:
        st.warning(plain(outcome.note), icon=":material/info:")
    if outcome.problem and outcome.rejected:
        with st.expander(f"{many(len(outcome.rejected), 'file')} refused"):
            issues.refused(outcome.rejected)


def forget() -> None:
    """No more of how the last one ended."""
    st.session_state.pop(ENDED, None)


def begin(request: intake.Request) -> None:
    """Start an intake."""
    forget()
    intake.start(request)
