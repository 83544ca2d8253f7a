"""The text of the Learn page: every chapter is there, every link leads somewhere, every citation is listed."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl, urlparse

import pandas as pd
import pytest
from scipy.stats import binomtest

from tl_core import catalog
from tl_core.base.settings import ASSETS
from tl_core.base.spec import Head
from tl_core.learn import chapters
from tl_core.learn.chapters import CHAPTERS, Figure, Link, Part, Prose
from tl_core.learn.references import REFERENCES, by_topic
from tl_core.lessons import lesson
from tl_core.lessons.entries import LESSONS
from tl_core.races import params, race
from tl_core.results import tuned
from tl_core.studies import recorded
from tl_core.studies.builtin import BUILT_IN

PAGES = {  # those that are here, and those that other parts of the app bring
    "home.py",
    "pages/1_Lab.py",
    "pages/2_History.py",
    "pages/3_Your_images.py",
    "pages/4_Predict.py",
    "pages/5_Lessons.py",
    "pages/6_Studies.py",
    "pages/8_Learn.py",
}
MARKDOWN = {name: chapters.text(name) for name in CHAPTERS}
LINKS = [
    Link(found["label"], found["page"], dict(parse_qsl(found["query"] or "")))
    for text in MARKDOWN.values()
    for found in chapters.LINK.finditer(text)
]

LESSON_LINKS = [
    found
    for name, entry in LESSONS.items()
    for found in re.findall(r"\[([^\]]+)\]\((https://[^)\s]+)\)", "\n".join((*lesson.text(name), entry.source)))
]


def every_part() -> list[Part]:
    answers = [part for asked in chapters.questions() for part in asked.answer]
    return [part for name in CHAPTERS if name != "questions" for part in chapters.chapter(name)] + answers


def test_there_is_one_file_a_chapter_and_no_other() -> None:
    assert {path.stem for path in chapters.FOLDER.glob("*.md")} == set(CHAPTERS)
    with pytest.raises(KeyError):
        chapters.text("../transfer")


def test_links_lead_to_pages_of_the_app() -> None:
    assert {link.page for link in LINKS} <= PAGES
    shown = [part for part in every_part() if isinstance(part, Link)]
    assert shown
    assert all((chapters.ROOT / link.page).is_file() for link in shown)
    assert {link.query["chapter"] for link in LINKS if link.page == "pages/8_Learn.py"} <= set(CHAPTERS)


def test_lessons_that_are_linked_exist() -> None:
    lessons = pytest.importorskip("tl_core.lessons.entries", reason="the lessons are not in this tree")
    assert {link.query["lesson"] for link in LINKS if "lesson" in link.query} <= set(lessons.LESSONS)


@pytest.mark.parametrize("link", [link for link in LINKS if link.page == "pages/1_Lab.py"], ids=lambda link: link.label)
def test_the_lab_opens_with_what_its_link_asks_for(link: Link) -> None:
    usual = race.proposed()
    opened = race.from_query(link.query, usual)
    for name, value in link.query.items():
        assert opened == race.read(opened, name, value)


def test_a_link_to_a_page_that_is_not_here_is_left_out() -> None:
    assert chapters.parts("Text.\n\n[There](pages/99_Nowhere.py)") == [Prose("Text.")]


def test_marks_are_taken_apart_and_code_is_not() -> None:
    marks = "![A curve](figure:loss)\n\n[Lab](pages/1_Lab.py?seed=3)"
    assert chapters.parts(f"One [@pan2010].\n\n{marks}\n\n```python\na = 1\n```") == [
        Prose(f"One [Pan and Yang 2010]({REFERENCES['pan2010'].url})."),
        Figure("loss", "A curve"),
        Link("Lab", "pages/1_Lab.py", {"seed": "3"}),
        Prose("```python\na = 1\n```"),
    ]


def test_every_work_is_cited_and_every_citation_is_listed() -> None:
    cited = {key for text in MARKDOWN.values() for key in chapters.citations(text)}
    linked = {url for _, url in LESSON_LINKS}
    assert cited | {key for key, work in REFERENCES.items() if work.url in linked} == set(REFERENCES)
    assert not any("[@" in part.text for part in every_part() if isinstance(part, Prose))


def test_lessons_cite_works_as_the_list_has_them() -> None:
    listed = {work.url: work for work in REFERENCES.values()}
    papers = [(label, url) for label, url in LESSON_LINKS if urlparse(url).netloc != "keras.io"]
    assert len(papers) > 30
    for label, url in papers:
        assert url in listed, f"{label} is not in references.toml"
        assert listed[url].authors[0] in label
        assert str(listed[url].year) in label


def test_works_are_listed_once_with_links_that_are_well_formed() -> None:
    works = list(REFERENCES.values())
    for field in ("title", "url", "short"):
        assert len({getattr(work, field) for work in works}) == len(works), field
    for key, work in REFERENCES.items():
        assert urlparse(work.url).scheme == "https"
        assert urlparse(work.url).netloc
        assert key.startswith(re.sub(r"\W", "", work.authors[0].lower()))
        assert str(work.year) in key
        assert 1900 < work.year < 2030
        if found := re.search(r"arxiv\.org/abs/(\d\d)\d\d\.\d{4,5}$", work.url):
            assert 0 <= work.year - 2000 - int(found[1]) <= 2, "a preprint comes before its publication, not after"
    assert sum(len(found) for found in by_topic().values()) == len(works)


def test_yosinski_and_others_are_cited_as_who_they_are() -> None:
    assert REFERENCES["yosinski2014"].by == "Yosinski, Clune, Bengio and Lipson"
    assert REFERENCES["yosinski2014"].short == "Yosinski et al. 2014"
    assert REFERENCES["krizhevsky2009"].by == "Krizhevsky"


def test_links_in_prose_are_https() -> None:
    for part in every_part():
        if isinstance(part, Prose):
            assert all(url.startswith("https://") for url in re.findall(r"\]\(([^)\s]+)\)", part.text))


def test_the_glossary_is_in_order_and_is_searched_terms_first() -> None:
    terms = [term for term, _ in chapters.glossary()]
    assert terms == sorted(terms, key=str.lower)
    assert len(set(terms)) == len(terms) > 50
    assert next(iter(chapters.glossary("head"))) == ("Head", dict(chapters.glossary())["Head"])
    assert [term for term, _ in chapters.glossary("gradual top")] == ["Gradual unfreezing"]
    assert chapters.glossary("xylophone") == []


def test_every_question_has_an_answer() -> None:
    asked = chapters.questions()
    assert len(asked) >= 10
    assert all(question.question.endswith("?") and isinstance(question.answer[0], Prose) for question in asked)


def test_numbers_of_weights_in_the_text_are_counted() -> None:
    own = race.race_of(
        backbone="tiny_resnet_glyphs", dataset="pictograms", image_size=32, arms=("feature_extraction",)
    ).specs()[0]
    counted = params.count(own)
    assert f"{counted.trainable:,}".replace(",", "{,}") in MARKDOWN["layers"]
    assert f"{counted.total:,}" in MARKDOWN["layers"]
    resnet = catalog.card("resnet50")
    top = params.features_shape(resnet, 224)
    flat, pooled = (params.head_params(Head(kind=kind), top, 10) for kind in ("flatten_256", "pool"))
    assert round(flat / 1e6, 1) == 25.7
    assert flat > sum(layer.params for stage in resnet.stages for layer in stage.layers)
    assert "25.7 million" in MARKDOWN["procedure"]
    assert f"{pooled:,}" in MARKDOWN["procedure"]


def test_the_width_of_intervals_in_the_text_is_wilsons() -> None:
    def points(share: float, images: int) -> int:
        interval = binomtest(round(share * images), images).proportion_ci(0.95, method="wilson")
        return round(100 * (interval.high - interval.low))

    widths = [points(share, images) for images in (100, 1000) for share in (0.8, 0.5)]
    said = "{} to {} points wide with 100 test pictures, and {} to {} with 1,000"
    assert said.format(*widths) in MARKDOWN["questions"]


def test_the_glossary_and_the_lesson_agree_on_what_overfitting_is() -> None:
    meaning, taught = dict(chapters.glossary())["Overfitting"], lesson.text("overfitting")[1]
    assert "not enough for that" in meaning
    assert "is not what overfitting is" in taught
    assert all(REFERENCES["zhang2017"].url in text for text in (meaning, taught))


def test_the_reach_of_centred_pixels_in_the_text_is_that_of_the_channel_means() -> None:
    means = (103.939, 116.779, 123.68)  # keras.applications.imagenet_utils, mode "caffe"
    assert f"from about −{max(means):.0f} to {255 - min(means):.0f}" in MARKDOWN["example"]


def test_the_chapter_on_layers_quotes_the_recorded_study() -> None:
    (recording,) = recorded.recordings("freeze_depth")
    findings = json.loads(recording.path.read_text(encoding="utf-8"))["findings"]
    found = {finding["name"]: finding for finding in findings}
    told = chapters.text("layers").split("on a small scale")[1].split("\n")[0]
    for name, parts in {
        "gain.AnB+.4": ["value"],
        "gain.AnB.4": ["value"],
        "gain.BnB.2": ["value", "low", "high"],
    }.items():
        for part in parts:
            assert f"{100 * found[name][part]:.1f}".replace("-", "−") in told


def test_the_chapter_on_the_procedure_says_what_the_rule_of_rates_costs() -> None:
    costs = tuned.cost(tuned.rows("rates"))
    told = chapters.text("procedure").split("larger steps pay")[1].split("\n")[0]
    small = costs["task"].str.startswith("Tiny ResNet") & (costs["seeds"] >= 3)
    most = costs[small]["cost"].max()
    assert f"costs at most {most:.1f} points" in told
    top = costs[costs["strategy"] == "fine_tune_top"].set_index("task")
    best, default = (top[name].str.rpartition("=")[2].astype(float) for name in ("best", "default"))
    ratio = best / default
    assert ratio["Tiny ResNet, photographs on Handwritten digits, 5 per class"] == pytest.approx(10)
    assert ratio["Tiny ResNet, photographs on CIFAR-10 photographs, 5 per class"] == pytest.approx(0.3)


def test_the_chapter_on_layers_says_what_batch_normalisation_costs_in_training_mode() -> None:
    found = tuned.differences(tuned.rows("batch_norm"))
    told = chapters.text("layers").split("Measured on validation pictures")[1].split("\n")[0]
    training, affine = (found[found["tried"].eq(f"batch_norm={mode}")] for mode in ("training", "affine"))
    small, probed = training["task"].str.startswith("Tiny ResNet"), training["strategy"].eq("lp_ft")
    mobile, beside = training["mean"][~small], training[small & ~probed]
    digits = training["mean"][small & probed & training["task"].str.contains("digits")]
    best, better = beside.sort_values("mean").iloc[-1], (beside["mean"] > 0).sum()
    for words in (
        f"costs MobileNet 0.25 between {-mobile.max():.1f} and {-mobile.min():.1f} points",
        f"−{-beside['mean'].min():.1f} to +{best['mean']:.1f} points, and on {better} of {len(beside)}",
        f"costs {-digits.max():.0f} to {-digits.min():.0f} points (one seed each",
        f"change {affine['mean'].abs().max():.1f} points at most",
        f"gains {best['mean']:.1f} points in training mode, over ten seeds",
    ):
        assert words in told
    assert (best["strategy"], best["seeds"]) == ("fine_tune_all", 10)
    assert "photographs on CIFAR-10 photographs, 5 per class" in best["task"]


def test_the_page_of_questions_says_what_was_forgotten_as_the_evidence_has_it() -> None:
    rows = pd.read_csv(ASSETS / "evidence" / "transfer.csv")
    rows = rows[rows["backbone"].eq("tiny_resnet_cifar100")]
    kept = rows.groupby(["strategy", "data.dataset", "data.per_class"])["source_after"].mean()
    told = re.findall(r"(\d+) %", chapters.text("questions").split("## Does the network forget")[1].split("\n## ")[0])
    tasks = (("digits", 5), ("digits", 100), ("cifar10", 5))
    after = [kept[strategy, *task] for strategy in ("fine_tune_all", "lp_ft") for task in tasks]
    assert [int(value) for value in told] == [round(100 * value) for value in (rows["source_before"].max(), *after)]


def test_a_link_to_a_study_names_it() -> None:
    wanted = [link for link in LINKS if link.page == "pages/6_Studies.py"]
    assert wanted
    assert {link.query.get("study") for link in wanted} <= set(BUILT_IN)
