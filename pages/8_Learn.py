"""Learn: the concepts in order, with live figures; questions, a glossary, resources. ?chapter=loss opens a chapter."""

from __future__ import annotations

import streamlit as st

from pages.shared import frame
from pages.shared.learn import chapters, reference

frame.page("Learn")

chapter = chapters.opened()
with st.container(key="learn"):
    contents, body = st.columns([1, 3.1], gap="large")
with body, st.container(key="learn_body"):
    chapters.heading(chapter)
    if chapter == "questions":
        reference.questions()
    elif chapter == "glossary":
        reference.glossary()
    elif chapter == "resources":
        reference.resources()
    else:
        chapters.read(chapter)
    chapters.onward(chapter)
with contents:
    chapters.contents(chapter)
