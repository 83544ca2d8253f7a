"""The one escape before Markdown and the one before Plotly."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tl_core.base.markup import in_figure, plain

MARKS = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


@given(st.lists(st.sampled_from([*MARKS, *"aB1 \n\u2028é", "www.", "://", ":streamlit:"])).map("".join))
def test_no_mark_is_left_alone_and_no_character_is_lost(text: str) -> None:
    safe = plain(text)
    assert not set(MARKS) & set(re.sub(r"\\[!-/:-@\[-`{-~]", "", safe))
    read = re.sub(r"\\(.)", r"\1", safe)
    assert read.replace("\N{WORD JOINER}", "") == " ".join(text.split())
    assert not re.search(r"://|www\.|\w@|:streamlit:|[-<>=~]{2}", read)


@given(st.text())
def test_a_figure_is_given_neither_html_nor_formula_nor_template(text: str) -> None:
    safe = in_figure(text)
    assert not re.search(r"[<>$]|%\{|&(?!amp;|lt;|gt;|#36;|#37;)", safe)
