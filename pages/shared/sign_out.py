"""Leave a shared computer, with the key that opens one's work again; come back with it."""

from __future__ import annotations

import streamlit as st

from pages.shared import serving


def button() -> None:
    """The button at the end of the menu, in a browser that keeps its student's key."""
    if key := serving.key_in(st.context.cookies):
        st.button("Sign out", icon=":material/logout:", type="tertiary", key="sign_out", on_click=_dialog, args=(key,))


@st.dialog("Sign out of this browser")
def _dialog(key: str) -> None:
    st.markdown(
        "Your experiments and data stay on the server. Only this key opens them again, and nobody can look it up "
        "for you: keep it if you want to come back."
    )
    st.code(key, language=None)
    st.html(serving.form("Sign out"))
    st.caption("Close the other tabs of this app, too: they stay signed in.")
    st.markdown("Have you been here before? Come back with your own key.")
    st.html(serving.form("Come back", "Your key"))
