"""Why a file was refused on its way to the server, in a sentence: of its own accord the framework shows a number."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.shared import arriving
from pages.shared.widgets.markdown import plain
from pages.shared.widgets.watch import watch

POLL_S = 2.0


def told() -> None:
    """The sentence, as soon as there is one and until another file is admitted."""
    context = get_script_run_ctx()
    if context is not None:
        session = context.session_id
        watch(arriving.refusal(session), lambda: arriving.refusal(session), _draw, lambda _: POLL_S)


def _draw(sentence: str) -> None:
    if sentence:
        st.error(plain(sentence), icon=":material/block:")
