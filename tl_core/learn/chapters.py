"""The Learn page's text: chapters, questions and glossary from assets/learn/*.md, taken apart as the page shows them.

Three marks stand on lines of their own, and read well wherever else the Markdown is shown:
`![what it shows](figure:loss)` is a live figure, `[label](pages/1_Lab.py?arms=…)` a link to a page of the app, and
`[@yosinski2014]` in a sentence cites an entry of references.toml.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qsl

from tl_core.base.settings import ASSETS, ROOT
from tl_core.learn import references

FOLDER = ASSETS / "learn"

CHAPTERS = {  # the part of the address that opens it → what it is called, in the order to read them
    "transfer": "What transfer is",
    "layers": "Weights carried over, layers frozen",
    "procedure": "From choosing a backbone to using the model",
    "loss": "The loss, its gradient, and where it stops",
    "example": "The usual Keras example, put right",
    "judging": "Judging: against what, and with which score",
    "risks": "What it gains, and what can go wrong",
    "uses": "Where it is used",
    "language": "Language: a BERT that reads film reviews",
    "next": "What comes next: choosing automatically",
    "claims": "What the article says, and what is so",
    "questions": "Common questions",
    "glossary": "Glossary",
    "resources": "Resources",
}

_FIGURE = re.compile(r"!\[(?P<alt>[^\]]+)\]\(figure:(?P<name>\w+)\)")
LINK = re.compile(r"\[(?P<label>[^\]]+)\]\((?P<page>app\.py|pages/\w+\.py)(?:\?(?P<query>[^)]*))?\)")
_CITATION = re.compile(r"\[@(\w+)\]")
_TERM = re.compile(r"\*\*(.+?)\*\*: (.+)")


class Prose(NamedTuple):
    """Markdown, with its citations written out as links."""

    text: str


class Figure(NamedTuple):
    """A live figure by its name, and in words what it shows."""

    name: str
    alt: str


class Link(NamedTuple):
    """A page of the app, by its path from the project's folder, and the part of its address after the `?`."""

    label: str
    page: str
    query: dict[str, str]


class Question(NamedTuple):
    """A question and the parts of its answer."""

    question: str
    answer: list[Part]


Part = Prose | Figure | Link


def text(name: str) -> str:
    """The Markdown of one chapter as it is written.

    Raises
    ------
    KeyError
        There is no chapter of that name.
    """
    if name not in CHAPTERS:
        raise KeyError(name)
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def chapter(name: str) -> list[Part]:
    """The parts of a chapter, top down. Links to pages that do not exist here are left out."""
    return parts(text(name))


def opening(name: str) -> list[Part]:
    """What stands before the first question of the questions, or the first term of the glossary."""
    return parts(re.split(r"^(?:## |\*\*)", text(name), maxsplit=1, flags=re.MULTILINE)[0])


def parts(markdown: str) -> list[Part]:
    """Markdown taken apart at its figures and its links to pages."""
    found: list[Part] = []
    for block in re.split(r"\n{2,}", markdown.strip()):
        marked = [part for line in block.splitlines() if (part := _mark(line.strip()))]
        if marked:
            found += [part for part in marked if not isinstance(part, Link) or (ROOT / part.page).is_file()]
        elif found and isinstance(found[-1], Prose):
            found[-1] = Prose(f"{found[-1].text}\n\n{cited(block)}")
        else:
            found.append(Prose(cited(block)))
    return found


def _mark(line: str) -> Figure | Link | None:
    if found := _FIGURE.fullmatch(line):
        return Figure(found["name"], found["alt"])
    if found := LINK.fullmatch(line):
        return Link(found["label"], found["page"], dict(parse_qsl(found["query"] or "")))
    return None


def cited(markdown: str) -> str:
    """The same text with each `[@key]` as a link that reads 'Yosinski et al. 2014'."""
    known = references.REFERENCES
    return _CITATION.sub(lambda found: f"[{known[found[1]].short}]({known[found[1]].url})", markdown)


def citations(markdown: str) -> list[str]:
    """The keys that a text cites, in its order."""
    return _CITATION.findall(markdown)


def program(name: str = "example") -> list[str]:
    """The blocks of Python of a chapter; one after the other they are a program. The first holds its settings."""
    return re.findall(r"```python\n(.*?)```", text(name), re.DOTALL)


def questions() -> list[Question]:
    """Every `## question` of questions.md with the parts of its answer."""
    _, *sections = re.split(r"^## ", text("questions"), flags=re.MULTILINE)
    asked = (section.partition("\n") for section in sections)
    return [Question(question.strip(), parts(answer)) for question, _, answer in asked]


def glossary(words: str = "") -> list[tuple[str, str]]:
    """(term, meaning) from A to Z. With `words`: where each of them stands in the term or its meaning; terms first."""
    entries = sorted(_TERM.findall(text("glossary")), key=lambda entry: str(entry[0]).lower())
    wanted = words.lower().split()
    hits = [entry for entry in entries if all(word in f"{entry[0]} {entry[1]}".lower() for word in wanted)]
    hits.sort(key=lambda entry: not all(word in entry[0].lower() for word in wanted))
    return [(term, cited(meaning)) for term, meaning in hits]
