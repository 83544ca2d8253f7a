import subprocess
import sys

import pytest

from pages.shared import frame
from tests.pages.lab import address, charts, texts
from tests.pages.measured import RACE, finish, submit, train
from tests.test_boundaries import ROOT, SCRIPT
from tl_core.races import race

ME = "the-student-of-this-test"


def test_home_says_what_to_do_next(visit):
    home = visit()
    assert home.title[0].value == "Transfer Lab"
    assert [button.label for button in home.button] == ["Race: transfer against from scratch", "Open the Lab"]
    assert any("None yet" in text.value for text in home.markdown)


def test_home_promises_the_twin_what_the_race_gives_it():
    """As many passes over the images: the frozen arm takes less time for them."""
    words = (ROOT / "assets/pictures/lanes.html").read_text(encoding="utf-8")
    assert "the same number of passes" in words
    assert "same time" not in words
    assert len({(spec.epochs, spec.seconds) for spec in race.first().specs()}) == 1


def test_home_lists_the_last_experiments_of_this_student_only(visit, the_store):
    mine = submit(the_store, "the-student-of-this-test", title="Mine")
    train(the_store, mine)
    finish(the_store, mine)
    submit(the_store, "somebody-else-altogether", title="Theirs")
    home = visit()
    assert "Fine-tune all beats from scratch by 31.0 points" in texts(home)
    assert [link.proto.label for link in home.get("page_link") if "Mine" in link.proto.label]
    assert not [link for link in home.get("page_link") if "Theirs" in link.proto.label]


def test_the_button_leads_to_the_lab(visit):
    home = visit()
    next(button for button in home.button if button.label == "Open the Lab").click().run()
    assert not home.exception
    assert [box.label for box in home.selectbox][:2] == ["Backbone", "Data set"]


def test_before_the_click_nothing_is_loaded_that_draws():
    script = SCRIPT.format(main=str(ROOT / "home.py"), page="home.py").replace('"torch"', '"tl_core.figures.curves"')
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.strip().splitlines()[-1] == "[]", done.stderr


def test_one_click_races_and_the_address_finds_the_race_again(visit, the_store):
    home = visit()
    home.button(key="first_race").click().run()
    assert not home.exception
    experiment = the_store.experiment(address(home)["experiment"])
    assert [run.spec for run in experiment.runs] == race.first().specs()
    assert experiment.owner == ME
    assert "next in the queue" in texts(home)
    assert 'class="tl-samples"' in texts(home), "what is raced on stays in sight"
    assert "its twin starts from random weights" in texts(home)
    again = visit(experiment=experiment.id)
    assert "next in the queue" in texts(again)
    assert "first_race" not in [button.key for button in again.button]
    without_address = visit()
    assert "next in the queue" in texts(without_address)
    assert address(without_address)["experiment"] == experiment.id
    assert "first_race" in [button.key for button in visit(student="somebody-else-altogether").button]
    again.button(key="stop_all").click().run()
    assert {run.status for run in the_store.experiment(experiment.id).runs} == {"stopped"}


def test_a_race_that_waits_for_the_workers_says_so(visit, the_store, monkeypatch):
    experiment = submit(the_store, ME)
    monkeypatch.setattr(frame, "cluster", lambda: ("starting", "Workers are warming up…"))
    assert "starts by itself as soon as a worker is free. Workers are warming up" in texts(visit(experiment=experiment))
    monkeypatch.setattr(frame, "cluster", lambda: ("busy", "Both workers are busy"))
    assert "starts by itself as soon as a worker is free. Both workers are busy" in texts(visit(experiment=experiment))
    monkeypatch.setattr(frame, "cluster", lambda: ("ready", "2 workers are free"))
    assert "starts by itself" not in texts(visit(experiment=experiment))


def test_a_race_on_home_shows_accuracy_only_and_no_tables(visit, the_store):
    experiment = submit(the_store, ME)
    train(the_store, experiment)
    home = visit(experiment=experiment)
    assert "Fine-tune all leads from scratch by 31.0 points after 2 epochs" in texts(home)
    (chart,) = charts(home)
    assert "yaxis2" not in chart["layout"]
    assert [button.key for button in home.button if button.key == "stop_all"]


@pytest.mark.parametrize(
    ("accuracies", "words"),
    [
        (
            (0.4, 0.71),
            "correctly, from scratch 40.0 %: a lead of 31.0 points (95 % interval of the difference +28.1 to +33.8 "
            "points), more than the luck of the test images.",
        ),
        (
            (0.707, 0.71),
            "a lead of 0.3 points (95 % interval of the difference −0.1 to +0.7 points), too close to call.",
        ),
    ],
)
def test_at_its_end_one_sentence_says_what_was_seen(visit, the_store, accuracies, words):
    experiment = submit(the_store, ME)
    train(the_store, experiment, 3)
    finish(the_store, experiment, accuracies)
    home = visit(experiment=experiment)
    headline = home.header[0].value.replace("\N{NO-BREAK SPACE}", " ")
    seen = "With 200 labels to train on and 200 to validate, fine-tune all classified 71.0 % of 1,000 test images "
    assert headline.startswith(seen)
    assert headline.endswith(words)
    assert not home.dataframe


def test_the_race_goes_on_in_the_lab_with_the_same_settings(visit, the_store):
    experiment = submit(the_store, ME)
    train(the_store, experiment, 3)
    finish(the_store, experiment)
    home = visit(experiment=experiment)
    home.button(key="to_lab").click().run()
    assert not home.exception
    assert home.session_state["race"] == race.fitted(RACE)
    assert address(home)["experiment"] == experiment
    assert "On the test images" in texts(home)
    assert "Loss" in str(charts(home)[0]["layout"]), "Home's chart, without the loss, was drawn in its place before"


def test_again_is_another_draw_of_pictures(visit, the_store):
    experiment = submit(the_store, ME)
    train(the_store, experiment, 3)
    finish(the_store, experiment)
    home = visit(experiment=experiment)
    home.button(key="again").click().run()
    runs = the_store.experiment(address(home)["experiment"]).runs
    assert [run.spec for run in runs] == race.first(seed=1).specs()


def test_a_race_that_is_gone_leaves_the_button(visit):
    home = visit(experiment="nowhere")
    assert "no experiment at this address" in texts(home)
    assert home.button(key="first_race")
