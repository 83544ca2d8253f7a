"""Pages in AppTest, on the real store, without a supervisor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.shared import frame
from tl_core.base.settings import ROOT
from tl_core.processes import jobs, trained
from tl_core.store import Store, open_store

APP = ROOT / "home.py"
STUDENT = "the-student-of-this-test"


@pytest.fixture(autouse=True)
def quiet_workers(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Workers that were started, as far as a page can tell, and caches without a past."""
    started = frame.Start()
    started.set()
    monkeypatch.setattr(frame, "start_workers", lambda: started)
    monkeypatch.setattr("pages.shared.race.start_button.start_workers", lambda: started)
    monkeypatch.setattr(jobs, "ensure_supervisor", lambda: None)
    st.cache_data.clear()
    yield
    trained.shutdown()  # the process that answers lives in the home of the test that asked first
    open_store().close()


@pytest.fixture
def the_store(home: Path) -> Store:
    """The store that the pages open."""
    return open_store()


@pytest.fixture
def visit() -> Callable[..., AppTest]:
    """Open a page as STUDENT: visit("pages/1_Lab.py", experiment="…")."""

    def open_page(page: str = "", student: str = STUDENT, **query: str) -> AppTest:
        at = AppTest.from_file(str(APP), default_timeout=30)
        at.session_state["student"] = student
        for name, value in query.items():
            at.query_params[name] = value
        if page:
            at.switch_page(page)
        at.run()
        assert not at.exception
        return at

    return open_page
