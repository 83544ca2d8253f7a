"""The Learn page: every chapter opens, its figures move, the address carries the chapter."""

from __future__ import annotations

import pytest

from pages.shared.learn import live_figures
from tl_core.learn import chapters
from tl_core.learn.chapters import CHAPTERS, Figure
from tl_core.learn.references import REFERENCES

PAGE = "pages/8_Learn.py"


def words(at):
    return " ".join(element.value for kind in ("markdown", "caption") for element in at.get(kind))


def figures_of(chapter):
    return [part for part in chapters.chapter(chapter) if isinstance(part, Figure)]


def titles(at):
    return [title.value for title in at.title]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_opens_by_its_address(visit, chapter):
    at = visit(PAGE, chapter=chapter)
    assert titles(at) == [CHAPTERS[chapter]]
    assert at.query_params["chapter"] in (chapter, [chapter])
    assert len(at.get("plotly_chart")) + len(at.get("html")) >= len(figures_of(chapter)) > 0, (
        "a figure in every chapter"
    )
    assert "[@" not in words(at)


@pytest.mark.parametrize("query", [{}, {"chapter": "nothing"}])
def test_without_a_chapter_it_begins_at_the_first(visit, query):
    assert titles(visit(PAGE, **query)) == [next(iter(CHAPTERS.values()))]


def test_every_chapter_leads_to_its_neighbours(visit):
    names = list(CHAPTERS)
    labels = [link.proto.label for link in visit(PAGE, chapter=names[2]).get("page_link")]
    assert labels.count(CHAPTERS[names[1]]) >= 1
    assert labels.count(CHAPTERS[names[3]]) >= 1
    assert f"**3. {CHAPTERS[names[2]]}**" in labels


def test_every_figure_that_a_chapter_names_exists_and_is_used():
    named = [figure.name for chapter in CHAPTERS for figure in figures_of(chapter)]
    assert sorted(named) == sorted(live_figures.FIGURES)


def test_the_loss_follows_its_slider(visit):
    at = visit(PAGE, chapter="loss")
    assert "**1.386**" in words(at)
    at.slider(key="loss_p").set_value(0.5).run()
    assert not at.exception
    assert "**0.693**" in words(at)


def test_the_softmax_follows_its_sliders(visit):
    at = visit(PAGE, chapter="loss")
    for name in ("cat", "dog", "ship"):
        at.slider(key=f"softmax_{name}").set_value(0.0)
    at.run()
    assert "Loss −log p(dog) = **1.099**" in words(at)


def test_all_layers_can_be_frozen_and_freed(visit):
    at = visit(PAGE, chapter="loss")
    layers = next(group for group in at.button_group if group.key == "frozen_layers")
    for held in ([], ["Stage 1", "Stage 2", "Stage 3", "Head"]):
        layers.set_value(held).run()
        assert not at.exception


def test_a_rare_class_shows_what_accuracy_hides(visit):
    at = visit(PAGE, chapter="judging")
    at.slider(key="imbalance_threshold").set_value(6.0).run()
    at.slider(key="imbalance_share").set_value(1).run()
    shown = {metric.label: metric.value for metric in at.metric}
    assert shown["Accuracy"].startswith("99.0")
    assert shown["F1 of the class"].startswith("0.0")


def test_a_schedule_can_be_taken_away(visit):
    at = visit(PAGE, chapter="procedure")
    next(group for group in at.button_group if group.key == "schedule_names").set_value([]).run()
    assert not at.exception


def test_what_was_tried_is_shown_for_the_chosen_strategy_and_optimiser(visit):
    at = visit(PAGE, chapter="layers")
    titles = tuned_words(at)
    at.selectbox(key="batch_norm_strategy").set_value("lp_ft").run()
    assert not at.exception
    assert tuned_words(at) != titles
    at = visit(PAGE, chapter="procedure")
    at.selectbox(key="besides_strategy").set_value("layerwise_rates").run()
    assert tuned_words(at).endswith(("task.", "tasks.", "none."))
    next(group for group in at.button_group if group.key == "tuning_grid").set_value("sgd").run()
    assert not at.exception
    assert "Feature extraction, in steps (0.015)" in words(at)


def tuned_words(at):
    return next(text.value for text in at.caption if "Student's t" in text.value)


def test_the_figures_of_single_chapters_follow_their_controls(visit):
    at = visit(PAGE, chapter="layers")
    assert "**2.57 k** of" in words(at)
    at.slider(key="stages_frozen").set_value(0).run()
    assert "**1.21 M** of 1.21 M" in words(at)
    at = visit(PAGE, chapter="example")
    at.slider(key="pixel_value").set_value(0).run()
    assert "expect **-123.7**" in words(at)
    at = visit(PAGE, chapter="questions")
    at.select_slider(key="interval_images").set_value(1000).run()
    assert "**5.0 points** wide" in words(at)
    at = visit(PAGE, chapter="next")
    at.slider(key="leep_share").set_value(100).run()
    assert "LEEP = **0.000**" in words(at) or "LEEP = **-0.000**" in words(at)
    at = visit(PAGE, chapter="language")
    at.slider(key="gaps_share").set_value(40).run()
    assert sum(text.value.count("▁▁▁▁") for text in at.markdown) == 6


def test_the_glossary_is_searched(visit):
    at = visit(PAGE, chapter="glossary")
    at.text_input(key="glossary_search").set_value("negative").run()
    assert "**Negative transfer.**" in words(at)
    assert "**Backbone.**" not in words(at)
    at.text_input(key="glossary_search").set_value("xylophone").run()
    assert "No entry has these words" in words(at)


def test_resources_list_every_work(visit):
    shown = words(visit(PAGE, chapter="resources"))
    assert all(work.title in shown and work.url in shown for work in REFERENCES.values())
