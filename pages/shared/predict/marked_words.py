"""A sentence with marks under the words that speak for an answer."""

from __future__ import annotations

from html import escape

from tl_core.base.questions import Call, Example, Prediction
from tl_core.base.wording import signed
from tl_core.uploads.sentences import parts


def html(call: Call, given: Example) -> str:
    """All of the sentence, with a mark under every word that speaks for the answer, as dark as it does; "" of what
    has no words.
    """
    if not call.words:
        return ""
    text, most = str(given), max([drop for _, drop in call.words if drop > 0], default=1.0)
    said, done = "", 0
    for (word, drop), (start, end) in zip(call.words, parts(text), strict=False):
        mark = f'<mark style="--weight:{max(drop, 0.0) / most:.0%}" title="{signed(-drop)} points without it">'
        said += f"{escape(text[done:start])}{mark}{escape(word)}</mark>"
        done = end
    return f'<div class="tl-words">{said}{escape(text[done:])}</div>'


def note(found: Prediction) -> str:
    """What the marks mean, and how far they go; "" where there are none."""
    marked = max((len(call.words) for seen in found.pictures for call in seen.calls.values()), default=0)
    if not marked:
        return ""
    cut = max(len(parts(str(seen.given))) for seen in found.pictures) > marked
    return (
        "Underlined words speak for the answer, the more strongly the darker: without the word it would be less "
        "probable, by the points that show under the mouse (Li, Monroe and Jurafsky 2016)."
        f"{f' Of a longer sentence only the first {marked} words are marked.' if cut else ''}"
    )
