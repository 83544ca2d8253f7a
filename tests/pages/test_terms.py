"""A word that needs it has its entry of the glossary beside it."""

from __future__ import annotations

from pages.shared.widgets.terms import meaning, term
from tests.pages import measured
from tl_core.learn.chapters import glossary

LAB, LESSONS = "pages/1_Lab.py", "pages/5_Lessons.py"
MEANING = dict(glossary())


def _html(at) -> str:
    return "".join(block.proto.body for block in at.get("html"))


def test_arm_is_explained_in_the_preview_of_a_race(visit):
    assert term("Arm") in _html(visit(LAB))
    assert MEANING["Arm"] in term("Arm")


def test_arm_and_prefix_are_explained_in_the_table_of_a_race_and_seed_above_it(visit, the_store):
    experiment = measured.submit(the_store, measured.ME)
    measured.train(the_store, experiment)
    measured.finish(the_store, experiment)
    at = visit(LAB, student=measured.ME, experiment=experiment)
    assert meaning("Seed") in [caption.help for caption in at.caption]
    assert all(term(word) in _html(at) for word in ("Arm", "Prefix"))


def test_arm_and_seed_are_explained_before_a_lesson_runs(visit):
    helps = [caption.help for caption in visit(LESSONS, lesson="why_transfer").caption]
    assert meaning("Arm", "Seed") in helps
