"""A chapter of the Learn page: its text with figures and links in their places, and the way to the others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Literal

import streamlit as st

from pages.shared.learn import live_figures
from pages.shared.widgets import address
from tl_core.learn import chapters
from tl_core.learn.chapters import CHAPTERS, Figure, Link, Part, Prose

PAGE = "pages/8_Learn.py"
ICONS = {
    "home.py": ":material/home:",
    "pages/1_Lab.py": ":material/science:",
    "pages/2_History.py": ":material/history:",
    PAGE: ":material/menu_book:",
}

TO_THE_OPEN_ONE = """<script data-chapter="{chapter}">
(() => {{
  const contents = document.querySelector(".st-key-learn_contents"), open = contents?.querySelector("strong");
  if (open) contents.scrollTop += open.getBoundingClientRect().top - contents.getBoundingClientRect().top - 40;
}})();
</script>"""  # on a phone the contents scroll by themselves


def opened() -> str:
    """The chapter in the address; the first one where the address names none."""
    asked = st.query_params.get("chapter", "")
    name = asked if asked in CHAPTERS else next(iter(CHAPTERS))
    address.keep(name)
    if asked not in ("", name):
        st.warning("There is no chapter at this address: this is the first one.")
    return name


def heading(chapter: str) -> None:
    """Where in the book this is, and the chapter's title."""
    st.caption(f"Chapter {list(CHAPTERS).index(chapter) + 1} of {len(CHAPTERS)}")
    st.title(CHAPTERS[chapter], anchor=False)


def read(chapter: str) -> None:
    """The parts of a chapter, top down."""
    show(chapters.chapter(chapter))
    if program := "\n\n".join(chapters.program(chapter)):
        st.download_button(
            "The program as one file",
            program,
            f"{chapter}.py",
            "text/x-python",
            icon=":material/download:",
            on_click="ignore",
        )


def show(parts: Sequence[Part]) -> None:
    """Prose, live figures, and links; neighbouring links share a row."""
    for kind, group in groupby(parts, type):
        found = list(group)
        if kind is Link:
            with st.container(horizontal=True, gap="medium"):
                for part in found:
                    _link(part)
        for part in found:
            if isinstance(part, Prose):
                st.markdown(part.text)
            elif isinstance(part, Figure):
                live_figures.FIGURES[part.name](part.alt)


def _link(part: Part) -> None:
    assert isinstance(part, Link)
    st.page_link(
        part.page,
        label=part.label,
        icon=ICONS.get(part.page, ":material/arrow_forward:"),
        query_params=part.query or None,
    )


def contents(chapter: str) -> None:
    """Every chapter as a link, the open one in bold."""
    st.caption("Contents")
    with st.container(gap=None, key="learn_contents"):
        for number, (name, title) in enumerate(CHAPTERS.items(), start=1):
            label = f"{number}. {title}"
            st.page_link(PAGE, label=f"**{label}**" if name == chapter else label, query_params={"chapter": name})
        st.html(TO_THE_OPEN_ONE.format(chapter=chapter), unsafe_allow_javascript=True)


def onward(chapter: str) -> None:
    """Links to the chapter before and the chapter after."""
    names = list(CHAPTERS)
    here = names.index(chapter)
    st.divider()
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        if here > 0:
            _neighbour(names[here - 1], "back", "left")
        if here < len(names) - 1:
            _neighbour(names[here + 1], "forward", "right")


def _neighbour(chapter: str, way: str, side: Literal["left", "right"]) -> None:
    st.page_link(
        PAGE,
        label=CHAPTERS[chapter],
        icon=f":material/arrow_{way}:",
        icon_position=side,
        query_params={"chapter": chapter},
    )
