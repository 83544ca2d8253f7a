"""The parts of the Learn page to look things up in: questions, glossary, resources."""

from __future__ import annotations

import streamlit as st

from pages.shared.learn import chapters
from tl_core.learn import chapters as learn
from tl_core.learn import references


def questions() -> None:
    """Every common question, its answer behind it."""
    chapters.show(learn.opening("questions"))
    for asked in learn.questions():
        with st.expander(asked.question):
            chapters.show(asked.answer)


def glossary() -> None:
    """Terms from A to Z, found by words."""
    chapters.show(learn.opening("glossary"))
    words = st.text_input("Search", key="glossary_search", placeholder="For example: freeze, head, leakage")
    found = learn.glossary(words)
    if not found:
        st.markdown("No entry has these words. Try a shorter one, or one word alone.")
    st.markdown("\n\n".join(f"**{term}.** {meaning}" for term, meaning in found))


def resources() -> None:
    """The works that the chapters cite, by topic, each with a sentence on what is in it."""
    chapters.show(learn.chapter("resources"))
    for topic, found in references.by_topic().items():
        st.header(topic, anchor=False)
        st.markdown(
            "\n".join(
                f"- {work.by} ({work.year}{work.letter}). [{work.title}]({work.url}). *{work.venue}.*  \n  {work.why}"
                for work in found
            )
        )
