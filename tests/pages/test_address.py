"""What a page wrote into its address outlives a fragment that does not know of it yet."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page_with_a_late_fragment() -> None:
    import streamlit as st

    from pages.shared.widgets import address

    st.session_state.setdefault("came_with", []).append(st.query_params.to_dict())
    address.begin()
    if st.session_state.get("writes", True):
        address.write({"race": "chosen just now"})
    if st.session_state.pop("late", False):
        st.query_params.from_dict({"race": "as the browser still believed"})
        address.rerun_page()


def test_the_page_runs_again_at_the_address_that_it_wrote_last():
    page = AppTest.from_function(page_with_a_late_fragment, default_timeout=60)
    page.session_state["late"] = True
    page.run()
    assert page.session_state["came_with"] == [{}, {"race": "chosen just now"}]


def test_where_the_page_writes_nothing_it_runs_again_at_the_address_that_it_came_with():
    page = AppTest.from_function(page_with_a_late_fragment, default_timeout=60)
    page.query_params["race"] = "of a link"
    page.session_state["writes"], page.session_state["late"] = False, True
    page.run()
    assert page.session_state["came_with"] == [{"race": "of a link"}] * 2
