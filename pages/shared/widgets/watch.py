"""Something that goes on, drawn again and again for as long as it does, and the button that stops it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from pages.shared.widgets import address

if TYPE_CHECKING:
    from tl_core.store import Run

State = TypeVar("State")

POLL_S = 1.0


def watch(
    state: State,
    look: Callable[[], State | None],
    draw: Callable[[State], object],
    pause: Callable[[State], float | None],
) -> None:
    """Draw the state; then look and draw anew every so many seconds, for which the state is asked (None: never).

    As soon as `look` finds nothing any more, or the pause is not what it was at first, the whole page runs again. The
    run of the whole page that begins all this is not cut short: it may be handling a click.
    """
    first, every = [state], pause(state)

    def once() -> None:
        if first:
            draw(first.pop())
            return
        now = look()
        if now is not None:
            draw(now)
        if now is None or pause(now) != every:
            address.rerun_page()

    st.fragment(once, run_every=every)()


def pause_s(runs: Iterable[Run]) -> float | None:
    """Seconds until the next look at these runs; None when none of them is active any more."""
    return POLL_S if any(run.active for run in runs) else None


def stop_button(key: str, stop: Callable[[Any], None], what: object, label: str = "Stop", **options: Any) -> None:
    """A button that calls stop(what)."""
    st.button(label, key=key, icon=":material/stop_circle:", on_click=stop, args=(what,), **options)


def stop_runs(runs: Iterable[Run], key: str, label: str = "Stop", **options: Any) -> None:
    """A button that asks the active ones of these runs to stop, until all of them were asked; without any, nothing."""
    active = [run for run in runs if run.active]
    wanted = [run.id for run in active if run.stop_requested_at is None]
    if active:
        stop_button(key, _stop, wanted, label, disabled=not wanted, **options)


def _stop(run_ids: list[str]) -> None:
    from tl_core.processes import jobs

    jobs.stop(run_ids, st.session_state["student"])
