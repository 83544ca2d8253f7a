"""The address of a page, where the page itself writes it."""

from __future__ import annotations

import streamlit as st

PRESENT = "address_present"  # in the session: the address that the page stands at, as the last whole run left it


def begin() -> None:
    """At the beginning of a page, after the callbacks: the address that it comes with."""
    st.session_state[PRESENT] = st.query_params.to_dict()


def write(query: dict[str, str]) -> None:
    """Make this the address of the page. Not for callbacks, nor for fragments."""
    st.session_state[PRESENT] = query
    _bring(query)


def rerun_page() -> None:
    """Run the whole page again, from a fragment.

    A fragment runs at the address that the browser had when it asked for it, perhaps before it heard of the present
    one. Taken for the address to go to, that would undo what the student has just chosen.
    """
    _bring(st.session_state[PRESENT])
    st.rerun()


def _bring(query: dict[str, str]) -> None:
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)
