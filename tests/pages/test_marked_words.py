"""Marks under the words of a sentence."""

from __future__ import annotations

import re
from html import unescape

from pages.shared.predict import marked_words
from tl_core.base.questions import Call, Prediction, Seen


def call(*words: tuple[str, float]) -> Call:
    return Call(("good",), 0.9, (0.1, 0.9), (), words)


def marked(html: str) -> list[str]:
    return re.findall(r"<mark[^>]*>(.*?)</mark>", html)


def test_a_sentence_is_shown_whole_and_as_it_is_written() -> None:
    for text, words in {"a <good> film": ["a", "<good>"], "很好的 film，really": ["很", "好"]}.items():
        html = marked_words.html(call(*((word, 0.1) for word in words)), text)
        assert [unescape(word) for word in marked(html)] == words
        assert unescape(re.sub(r"</?(div|mark)[^>]*>", "", html)) == text
    assert marked_words.html(call(), "a film") == ""


def test_the_word_that_counts_most_is_the_darkest() -> None:
    html = marked_words.html(call(("good", 0.4), ("film", 0.1), (".", -0.1)), "good film .")
    assert re.findall(r"--weight:(\d+)%", html) == ["100", "25", "0"]


def test_that_only_the_first_words_are_marked_is_said() -> None:
    def note(text: str, *words: str) -> str:
        seen = Seen("Line 1", text, text, None, {"run": call(*((word, 0.1) for word in words))})
        return marked_words.note(Prediction(("bad", "good"), (seen,), (), ""))

    assert "Of a longer sentence only the first 2 words are marked." in note("很好的", "很", "好")
    assert note("good film", "good", "film").endswith("(Li, Monroe and Jurafsky 2016).")
    assert note("good film") == ""
