"""Whether the models of runs are still on the disk, said before and after they go, and the choice to keep one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from pages.shared.widgets.markdown import plain
from tl_core.base.settings import settings
from tl_core.base.wording import listed

if TYPE_CHECKING:
    from tl_core.store import Run


def gone(runs: Sequence[Run], titles: Mapping[str, str]) -> set[str]:
    """A sentence for each reason why models of these runs are gone; the runs whose models are."""
    from tl_core.processes import models

    missing = models.gone(runs)
    for reason in dict.fromkeys(missing.values()):
        names = [titles[run.id] for run in runs if missing.get(run.id) == reason]
        st.caption(f":material/auto_delete: **{plain(listed(names))}.** {plain(reason)}")
    return set(missing)


def kept(runs: Sequence[Run], titles: Mapping[str, str], student: str) -> None:
    """How long the models of these finished runs stay, and a box for each to have it stay for good."""
    from tl_core.processes import models

    chosen = models.kept(runs)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_stays([run for run in runs if run.id not in chosen]), help=models.rule(), width="content")
        with st.popover("Keep a model", icon=":material/bookmark:", type="tertiary"):
            for run in runs:
                st.checkbox(
                    plain(titles[run.id]), run.id in chosen, key=f"keep_{run.id}", on_change=_keep, args=(run, student)
                )
    if problem := st.session_state.pop("keep_problem", None):
        st.warning(plain(problem), icon=":material/block:")


def _stays(loose: Sequence[Run]) -> str:
    if not loose:
        return ":material/bookmark: These models are kept until you delete their experiment."
    ends = min(run.finished_at or 0.0 for run in loose) + settings().models_days * 86400
    day = datetime.fromtimestamp(ends, UTC)
    return f":material/schedule: These models stay until {day:%d %B %Y} at the latest, unless you keep them."


def _keep(run: Run, student: str) -> None:
    from tl_core.processes import models
    from tl_core.store import StoreError

    box = f"keep_{run.id}"
    try:
        models.keep(run, student, st.session_state[box])
    except StoreError as error:
        st.session_state["keep_problem"] = str(error)
        st.session_state[box] = False
