"""A question to a trained model, as a page sees it: asked once, watched while it is worked on, answered or refused."""

from __future__ import annotations

import streamlit as st

from pages.shared.widgets.markdown import plain
from pages.shared.widgets.watch import stop_button, watch
from tl_core.base.events import Progress
from tl_core.base.questions import Answer, Question
from tl_core.processes import trained
from tl_core.processes.trained import Task

POLL_S = 0.4


def ask(key: str, question: Question) -> None:
    """Put the question; an earlier one under the same key is given up."""
    forget(key)
    st.session_state[key] = trained.ask(question)


def forget(key: str) -> None:
    """Give up a question, and drop its answer and its pictures."""
    task = st.session_state.pop(key, None)
    if task is not None and not task.done.is_set():
        trained.stop(task)


def idle(key: str) -> bool:
    """Whether nothing was asked under this key, or it came to nothing: so that it can be asked again."""
    task = st.session_state.get(key)
    return task is None or bool(task.problem)


def answer(key: str) -> Answer | None:
    """The answer, once it is there; until then its progress, or why there is none."""
    task: Task | None = st.session_state.get(key)
    if task is None:
        return None
    if not task.done.is_set():
        watch(
            task.progress,
            lambda: None if task.done.is_set() else task.progress,
            lambda now: _draw(now, task, key),
            lambda _: POLL_S,
        )
        return None
    if task.problem and not task.stopped.is_set():
        st.error(plain(task.problem))
    return task.answer


def _draw(now: Progress, task: Task, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        share = min(1.0, now.done / now.total) if now.total > 1 else 0.0
        words = f"{now.label}: {now.done:,.0f} of {now.total:,.0f}" if now.total > 1 else f"{now.label} …"
        st.progress(share, text=plain(words))
        stop_button(f"{key}_stop", trained.stop, task)
