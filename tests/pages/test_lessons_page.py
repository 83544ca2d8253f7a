import re

import pytest

from tests.pages.lab import address, charts, texts
from tests.pages.measured import shifted, summary
from tl_core import catalog
from tl_core.base.events import WANTED, Metric, Operating, Reference, SourceTask, Summary
from tl_core.base.spec import RunSpec
from tl_core.lessons.entries import LESSONS
from tl_core.races import preview
from tl_core.races.estimate import estimate
from tl_core.store import Guess, Store, StoreError, guesses

ME = "the-student-of-this-test"
PAGE = "pages/5_Lessons.py"


def links(at):
    return [link.proto.label for link in at.get("page_link")]


def record(store, lesson, accuracies, owner=ME, guess=50, spread=0.0):
    """The lesson's runs as workers record them: arm → accuracy by seed, or of seed 1, the others `spread` apart."""
    entry = LESSONS[lesson]
    specs = entry.specs()
    experiment = store.submit([spec for _, spec in specs], owner, entry.title, guess=Guess(lesson, guess))
    kept = SourceTask(
        before=0.98,
        before_low=0.97,
        before_high=0.99,
        after=0.98,
        after_low=0.97,
        after_high=0.99,
        images=1000,
        data="glyphs",
    )
    bag = Reference(test_accuracy=0.5, test_accuracy_low=0.47, test_accuracy_high=0.53)
    for run, (arm, _) in zip(store.experiment(experiment).runs, specs, strict=True):
        assert store.claim(run.id, "worker", 1)
        found = accuracies[arm]
        accuracy = found + spread * (run.spec.seed - 1) if isinstance(found, float) else found[run.spec.seed]
        events = [Metric(0, 1.0, 5, 1.0, 50, split, "accuracy", accuracy) for split in ("train", "val")]
        assert store.record(run.id, 1, events)
        classes = run.spec.data.classes or catalog.dataset(run.spec.data.dataset).classes
        found = summary(accuracy)
        scores = [
            score.model_copy(update={"name": name}) for name, score in zip(classes, found.per_class, strict=False)
        ]
        called = Operating(threshold=0.5, recall=accuracy, false_alarms=1 - accuracy, precision=accuracy)
        found = found.model_copy(
            update={
                "source_task": kept,
                "references": {"a bag of words": bag},
                "per_class": scores,
                "operating": [[called] * len(WANTED)] * len(scores),
            }
        )
        if run.spec.shift.kind != "none":
            found = shifted(found, accuracy - 0.2, accuracy - 0.1)
        assert store.finish(run.id, 1, "finished", summary=found)
    return experiment


def test_the_list_has_every_lesson_and_pitfall_in_order(visit):
    at = visit(PAGE)
    titles = [label.strip("*") for label in links(at) if label.startswith("**")]
    lessons = [entry.title for entry in LESSONS.values() if not entry.pitfall]
    pitfalls = [entry.title for entry in LESSONS.values() if entry.pitfall]
    assert titles == [f"{i}. {title}" for i, title in enumerate(lessons, 1)] + pitfalls


def test_a_lesson_asks_before_it_runs_and_keeps_the_guess(visit, the_store):
    at = visit(PAGE, lesson="why_transfer")
    assert at.title[0].value == "Why transfer at all?"
    assert "What do you expect?" in texts(at)
    assert "As expected" not in texts(at)
    assert "Expected:" not in texts(at)
    assert at.button(key="run_lesson").disabled, "the slider holds no guess"
    at.select_slider(key="guess_why_transfer").set_value(35).run()
    at.button(key="run_lesson").click().run()
    assert not at.exception
    experiment = the_store.experiment(address(at)["experiment"])
    assert [run.spec for run in experiment.runs] == [spec for _, spec in LESSONS["why_transfer"].specs()]
    assert experiment.owner == ME
    assert guesses.of(the_store, experiment.id) == ("why_transfer", 35)
    assert "Your guess: **35 points**" in texts(at)
    again = visit(PAGE, lesson="why_transfer", experiment=experiment.id)
    assert "next in the queue" in texts(again)
    again.button(key="stop_lesson").click().run()
    assert {run.status for run in the_store.experiment(experiment.id).runs} == {"stopped"}


def test_a_guess_that_cannot_be_written_down_is_a_sentence(visit, monkeypatch):
    def submit(*_):
        raise StoreError("The run store is locked by another program.")

    at = visit(PAGE, lesson="why_transfer")
    at.select_slider(key="guess_why_transfer").set_value(35).run()
    monkeypatch.setattr(Store, "submit", submit)
    at.button(key="run_lesson").click().run()
    assert not at.exception
    assert "The run store is locked by another program" in texts(at)


def test_a_choice_has_to_be_made_first(visit):
    at = visit(PAGE, lesson="which_layers")
    assert at.button(key="run_lesson").disabled
    at.radio(key="guess_which_layers").set_value("bottom").run()
    assert not at.button(key="run_lesson").disabled


def test_the_reveal_draws_the_guess_beside_what_was_measured(visit, the_store):
    experiment = record(the_store, "why_transfer", {"from_scratch": 0.2, "frozen": 0.7}, spread=0.01)
    at = visit(PAGE, lesson="why_transfer", experiment=experiment)
    assert "Measured: 50 points. Your guess: 50 points, spot on." in texts(at)
    assert "As expected: the lead of the frozen backbone +50.0 to +50.0 points (95 % over 3 seeds)." in texts(at)
    assert "Kornblith" in texts(at)
    order = [element.value for element in [*at.main] if element.type in ("header", "markdown")]
    question, answer = order.index(LESSONS["why_transfer"].question), order.index(at.header[1].value)
    assert at.header[1].value.startswith("Measured")
    assert answer == question + 1, "the answer stands first"
    line, arms = charts(at)[:2]
    assert [50] in [trace["x"] for trace in line["data"]]
    assert {name for trace in arms["data"] for name in trace["y"]} == {"From scratch", "Frozen backbone"}
    assert any("How much of the lead" in text.value for text in at.markdown)
    assert "70.0 % <small>68–72</small>" in texts(at), "over the seeds: t(2) = 4.303 times 0.01 / √3 to both sides"


def test_an_effect_that_did_not_show_is_said_so(visit, the_store):
    experiment = record(the_store, "why_transfer", {"from_scratch": 0.7, "frozen": 0.2})
    at = visit(PAGE, lesson="why_transfer", experiment=experiment)
    assert "Against the expectation: the lead" in texts(at)
    assert "−50" in texts(at)


def test_seeds_that_disagree_decide_nothing(visit, the_store):
    experiment = record(the_store, "why_transfer", {"from_scratch": [0.4, 0.5, 0.6], "frozen": 0.55})
    at = visit(PAGE, lesson="why_transfer", experiment=experiment)
    assert "Undecided: the lead of the frozen backbone −19.8 to +29.8 points (95 % over 3 seeds)" in texts(at)
    assert "these seeds cannot tell" in texts(at)
    assert "again or larger" not in texts(at)


def test_one_thing_is_changed_in_the_lab(visit, the_store):
    experiment = record(the_store, "why_transfer", {"from_scratch": 0.2, "frozen": 0.7})
    at = visit(PAGE, lesson="why_transfer", experiment=experiment)
    at.button(key="to_lab").click().run()
    assert not at.exception
    assert at.session_state["race"] == LESSONS["why_transfer"].race()
    assert "Set up a race" in texts(at)
    assert address(at).get("per_class", "50") == "50"


def test_one_thing_is_changed_in_place(visit, the_store):
    """Ten times the labels, beneath the answer; a reload finds both again."""
    experiment = record(the_store, "why_transfer", {"from_scratch": 0.2, "frozen": 0.7})
    at = visit(PAGE, lesson="why_transfer", experiment=experiment)
    at.button(key="run_change").click().run()
    assert not at.exception
    changed = the_store.experiment(address(at)["changed"])
    assert [run.spec for run in changed.runs] == LESSONS["why_transfer"].race().specs()
    assert {run.spec.data.per_class for run in changed.runs} == {50}
    assert "next in the queue" in texts(at)
    again = visit(PAGE, **address(at))
    assert "Measured: 50 points." in texts(again)
    assert "next in the queue" in texts(again)
    again.button(key="to_lab").click().run()
    assert address(again)["experiment"] == changed.id


def test_done_lessons_are_marked_for_this_student_only(visit, the_store):
    record(the_store, "why_transfer", {"from_scratch": 0.2, "frozen": 0.7})
    record(the_store, "leak", {"right": 0.2, "wrong": 0.7}, owner="somebody-else-altogether")
    at = visit(PAGE)
    icons = {link.proto.label: link.proto.icon for link in at.get("page_link")}
    assert "check_circle" in icons["**1. Why transfer at all?**"]
    assert "check_circle" not in icons["**Validation images in the training set**"]


def test_another_students_lesson_may_be_watched(visit, the_store):
    experiment = record(the_store, "why_transfer", {"from_scratch": 0.2, "frozen": 0.7}, owner="somebody-else")
    at = visit(PAGE, lesson="why_transfer", experiment=experiment)
    assert "Measured" not in texts(at), "not before the visitor has guessed"
    assert at.button(key="visit").disabled
    at.select_slider(key=f"visit_{experiment}").set_value(30).run()
    at.button(key="visit").click().run()
    shown = texts(at)
    assert "Measured: 50 points. Your guess: 30 points, 20 points apart. Their guess: 50 points, spot on." in shown
    assert "somebody else's experiment" in shown
    assert "stop_lesson" not in [button.key for button in at.button]
    at.button(key="again").click().run()
    assert address(at) == {"lesson": "why_transfer"}
    assert at.button(key="run_lesson").disabled


def test_another_students_lesson_is_shown_without_a_guess_to_who_asks_for_it(visit, the_store):
    experiment = record(the_store, "which_layers", dict.fromkeys(LESSONS["which_layers"].arms, 0.5), "somebody", "top")
    at = visit(PAGE, lesson="which_layers", experiment=experiment)
    at.button(key="visit_only").click().run()
    assert "Their guess: " in texts(at)
    assert "Your guess" not in texts(at)


@pytest.mark.parametrize("experiment", ["nowhere", "of another lesson"])
def test_an_experiment_that_is_not_of_this_lesson_is_a_sentence(visit, the_store, experiment):
    if experiment != "nowhere":
        experiment = record(the_store, "leak", {"right": 0.2, "wrong": 0.7})
    at = visit(PAGE, lesson="why_transfer", experiment=experiment)
    assert "no run of this lesson at this address" in texts(at)
    assert at.button(key="run_lesson")


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_lesson_opens_and_reveals(visit, the_store, lesson):
    accuracies = {arm: 0.9 - 0.1 * i for i, arm in enumerate(LESSONS[lesson].arms)}
    assert visit(PAGE, lesson=lesson).button(key="run_lesson")
    experiment = record(the_store, lesson, accuracies, guess=None)
    at = visit(PAGE, lesson=lesson, experiment=experiment)
    assert "Now change one thing" in texts(at)
    assert LESSONS[lesson].expected.split(".")[0] in texts(at)


def test_home_leads_to_the_lessons(visit):
    assert "1. Why transfer at all?" in links(visit())


def test_guessing_is_drawn_where_it_is_one_number(visit, the_store):
    def drawn(lesson):
        accuracies = {arm: 0.5 for arm in LESSONS[lesson].arms}
        at = visit(PAGE, lesson=lesson, experiment=record(the_store, lesson, accuracies))
        return [line["y0"] for line in charts(at)[-1]["layout"].get("shapes", [])]

    assert drawn("why_transfer") == [10]
    assert drawn("does_the_source_matter") == [], "ten classes in some arms, four in others"


@pytest.mark.parametrize("lesson", [name for name, entry in LESSONS.items() if entry.larger])
def test_real_weights_and_photographs_are_offered_where_they_are(visit, the_store, monkeypatch, tmp_path, lesson):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert not visit(PAGE, lesson=lesson).toggle
    for name in ("backbone_availability", "dataset_availability"):
        monkeypatch.setattr(catalog, name, lambda _: catalog.Availability("local", 0.0, "On this machine."))
    at = visit(PAGE, lesson=lesson)
    at.toggle(key=f"larger_{lesson}").set_value(True)
    at.select_slider(key=f"guess_{lesson}").set_value(20).run()
    assert "MobileNet" in texts(at)
    at.button(key="run_lesson").click().run()
    assert not at.exception
    runs = the_store.experiment(address(at)["experiment"]).runs
    assert [run.spec for run in runs] == [spec for _, spec in LESSONS[lesson].specs(LESSONS[lesson].larger)]
    assert {run.spec.backbone for run in runs} == {"mobilenet_075"}


def test_a_larger_form_fits_into_about_a_minute_on_two_cores():
    """By the estimate before anything was measured, at the speed of a laptop: 60 GFLOP/s, half of it a worker."""
    for entry in (entry for entry in LESSONS.values() if entry.larger):
        each = [estimate(spec, 30.0) for _, spec in entry.specs(entry.larger)]
        assert preview.shared_out([one.seconds for one in each], 2) < 100


def test_how_long_is_a_guess_until_runs_of_this_machine_say_it(visit, the_store, monkeypatch):
    history: list[tuple[RunSpec, Summary]] = []
    monkeypatch.setattr("pages.shared.race.start_button.machine", lambda student: (30.0, 2, history))
    shown = texts(visit(PAGE, lesson="why_transfer"))
    pictures = r"Pictures: pictograms, 5 labels per class to train on and 20 to validate\. "
    assert re.search(pictures + r"At a first guess \d+ .*to \d+ .*here", shown)
    history.extend((spec, summary(0.5)) for _, spec in LESSONS["why_transfer"].specs())
    assert re.search(pictures + r"About \d+ s here", texts(visit(PAGE, lesson="why_transfer")))
