"""What every page begins with: its settings, the menu, who the student is, and how the workers are."""

from __future__ import annotations

import secrets
import threading
import time

import streamlit as st

from pages.shared import serving, sign_out
from pages.shared.widgets import address
from pages.shared.widgets.markdown import plain
from pages.shared.widgets.watch import watch
from tl_core import preflight
from tl_core.base.settings import ASSETS, SettingsError, settings
from tl_core.base.signing import signed
from tl_core.base.wording import percent
from tl_core.processes import newcomers

CLOSE_THE_MENU = """<script data-page="{title}">
if (matchMedia("(max-width: 768px)").matches)
  document.querySelector('[data-testid="stSidebarCollapseButton"] button[aria-expanded="true"]')?.click();
</script>"""  # on a phone it covers the page that was chosen in it
AGAIN_S = 10.0  # until workers that could not be started are tried again
BUSY = 0.5  # of the processors taken by others, and the page says so
READY_POLL_S, STARTING_POLL_S = 6.0, 1.5
THERE = ("ready", "busy")  # states of workers that have been started

MENU = (
    ("home.py", "Home", ":material/home:"),
    ("pages/5_Lessons.py", "Lessons", ":material/school:"),
    ("pages/8_Learn.py", "Learn", ":material/menu_book:"),
    ("pages/1_Lab.py", "Lab", ":material/science:"),
    ("pages/6_Studies.py", "Studies", ":material/query_stats:"),
    ("pages/3_Your_images.py", "Your data", ":material/photo_library:"),
    ("pages/4_Predict.py", "Predict", ":material/image_search:"),
    ("pages/2_History.py", "History", ":material/history:"),
    ("pages/7_Compare.py", "Compare", ":material/compare_arrows:"),
)


def page(title: str) -> str:
    """Begin a page; the student's id. Must be the first Streamlit call of the page."""
    st.set_page_config(
        page_title=f"{title} · Transfer Lab",
        page_icon=ASSETS / "pictures" / "icon.png",
        layout="wide",
        initial_sidebar_state=230,
    )
    address.begin()
    st.html(ASSETS / "app.css")
    st.html(CLOSE_THE_MENU.format(title=title), unsafe_allow_javascript=True)
    if problem := preflight.problem() or _unusable():
        st.error(plain(problem))
        st.stop()
    with st.sidebar:
        st.html('<p class="tl-name">Transfer Lab</p>')
        for path, label, icon in MENU:
            st.page_link(path, label=label, icon=icon, width="stretch")
        student = st.session_state["student"] = _student()
        st.space("small")
        watch(cluster(), cluster, _cluster_line, lambda now: READY_POLL_S if now[0] in THERE else STARTING_POLL_S)
        sign_out.button()
    return student


def _unusable() -> str:
    """Why the settings or the store cannot be used; "" when they can."""
    from tl_core.store import StoreError, open_store

    try:
        open_store()
    except (SettingsError, StoreError) as error:
        return str(error)
    return ""


def _student() -> str:
    """Who owns what this browser makes: its key, signed. A browser that keeps no cookie is known while it is here."""
    key = serving.key_in(st.context.cookies)
    student: str = signed(key) if key else st.session_state.setdefault("student", signed(secrets.token_urlsafe(18)))
    newcomers.seen(student, str(st.context.ip_address or ""))
    return student


class Start(threading.Event):
    """Set once the workers have been started, or could not be: `problem` then says why, until they could."""

    problem = ""


@st.cache_resource(show_spinner=False)
def start_workers() -> Start:
    """Have a supervisor running, without making a page wait for it."""
    started = Start()

    def start() -> None:
        from tl_core.processes import jobs
        from tl_core.store import StoreError

        while not started.is_set() or started.problem:
            try:
                jobs.ensure_supervisor()
                started.problem = ""
            except (OSError, StoreError) as error:
                started.problem = f"The workers could not be started. {error}"
            started.set()
            if started.problem:
                time.sleep(AGAIN_S)

    threading.Thread(target=start, name="start-workers", daemon=True).start()
    return started


def _cluster_line(now: tuple[str, str]) -> None:
    """How the workers are, in one line. Once they are ready the page runs again, for the sake of its estimates."""
    state, sentence = now
    icon, colour = {
        "ready": (":material/check_circle:", "green"),
        "busy": (":material/pending:", "gray"),
        "starting": (":material/hourglass_top:", "gray"),
    }.get(state, (":material/error:", "red"))
    st.caption(f":{colour}[{icon}] {plain(sentence)}")


def cluster() -> tuple[str, str]:
    """(state, sentence); state is ready, busy, starting, unreachable or stopped."""
    started = start_workers()
    if not started.is_set():
        return "starting", "Workers are warming up…"
    if started.problem:
        return "unreachable", started.problem
    from tl_core.processes import jobs

    cluster = jobs.cluster()
    if cluster is None or cluster.state == "starting":
        return "starting", "Workers are warming up…"
    if cluster.state == "ready" and time.time() - cluster.heartbeat_at > settings().stale_s:
        return "unreachable", "Nothing has been heard from the workers for a while."
    if cluster.state == "ready":
        from tl_core.store import open_store

        state, sentence = _free(cluster.workers, open_store().queue().running)
        return state, sentence + _elsewhere(cluster.machine.get("elsewhere", 0.0))
    return cluster.state, cluster.message or "The workers cannot be reached."


def _elsewhere(share: float) -> str:
    """The end of a sentence, where much of the machine is taken by what is not ours."""
    if share < BUSY:
        return ""
    return (
        f". The machine is busy with something else ({percent(share)} of its processors): runs take longer than usual"
    )


def _free(workers: int, running: int) -> tuple[str, str]:
    """(state, sentence) of workers that are there: how many of them have nothing to do."""
    free = max(0, workers - running)
    if not free:
        every = {1: "The worker is", 2: "Both workers are"}.get(workers, f"All {workers} workers are")
        return "busy", f"{every} busy"
    if free == workers:
        return "ready", "The worker is free" if workers == 1 else f"{workers} workers are free"
    return "ready", f"{free} of {workers} workers {'is' if free == 1 else 'are'} free"
