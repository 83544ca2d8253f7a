"""What people wrote, as text in a language of marks: the one escape before Markdown, and the one before Plotly.

HTML has `html.escape`. Every title, note, class, file name and sentence around one goes through one of the three.
"""

from __future__ import annotations

import re
from html import escape

_MARKS = re.compile(
    r"([!-/:-@\[-`{-~])"
)  # ASCII punctuation: CommonMark 0.31, section 2.4, lets a backslash escape each
_JOINER = "\N{WORD JOINER}"
# What Streamlit and GitHub look for in the text once it has been read as Markdown, where no backslash is left.
_FOUND_LATER = re.compile(r"(?<=:)(?=//|streamlit:)|(?<=www)(?=\.)|(?<=\S)(?=@)|(?<=[-<>=~])(?=[-<>=~])", re.IGNORECASE)


def plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line: no mark, link, picture, formula, icon or arrow comes of it."""
    return _MARKS.sub(r"\\\1", _FOUND_LATER.sub(_JOINER, " ".join(text.split())))


def in_figure(text: str) -> str:
    """Text that a figure shows as it is: not as Plotly's HTML, nor as a formula, nor as a place for a value."""
    return escape(text, quote=False).replace("$", "&#36;").replace("%{", "&#37;{")
