"""The address of a page, where the page itself writes it."""

from __future__ import annotations

from html import escape

import streamlit as st

PRESENT = "address_present"  # in the session: the address that the page stands at, as the last whole run left it
TO_THE_TOP = """<script data-opened="{opened}">
document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
</script>"""


def begin() -> None:
    """At the beginning of a page, after the callbacks: the address that it comes with."""
    st.session_state[PRESENT] = st.query_params.to_dict()


def keep(opened: str) -> None:
    """Have the browser show the address that this run came with, and begin at the top of what is newly `opened`.

    A link to the page it stands on brings its query to the server, and leaves the browser's address and scroll position
    as they were. Not for callbacks, nor for fragments.
    """
    st.query_params.from_dict(st.session_state[PRESENT])
    st.html(TO_THE_TOP.format(opened=escape(opened)), unsafe_allow_javascript=True)


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
