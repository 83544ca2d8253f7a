import json

import pandas as pd

from pages.shared.race import live
from pages.shared.widgets.cached_figure import CachedFigure
from tests.pages.measured import finish, submit, train
from tl_core.base.events import Metric
from tl_core.figures import curves
from tl_core.figures.layout import Trace
from tl_core.processes import jobs
from tl_core.store import supervising

ME = "the-student-of-this-test"
LAB = "pages/1_Lab.py"


def test_a_click_is_answered_before_new_points_are_drawn(visit, the_store, monkeypatch):
    experiment = submit(the_store, ME)
    train(the_store, experiment, 2)
    lab = visit(LAB, experiment=experiment)
    for run in the_store.experiment(experiment).runs:
        assert the_store.record(run.id, 1, [Metric(0, 3.0, 30, 9.0, 600, "val", "accuracy", 0.8)])
    monkeypatch.setattr(live, "POLL_S", 60.0)
    assert "after 2 epochs" in lab.run().subheader[0].value
    monkeypatch.setattr(live, "POLL_S", 0.0)
    assert "after 3 epochs" in lab.run().subheader[0].value


def test_a_race_that_waits_or_goes_on_for_long_is_looked_at_less_often(the_store, monkeypatch):
    def pause_s(experiment):
        return live._pause_s(the_store.experiment(experiment))

    first, behind = submit(the_store, ME), submit(the_store, ME)
    assert (pause_s(first), pause_s(behind)) == (live.POLL_S, live.LATER_POLL_S)
    supervising.set_cluster(the_store, jobs._child.name, "starting", "", workers=0)
    assert pause_s(first) == live.POLL_S  # while the workers warm up, it is the next all the same
    train(the_store, first, 2)
    assert pause_s(first) == live.POLL_S
    monkeypatch.setattr(live, "YOUNG_S", 0.0)
    assert pause_s(first) == live.LATER_POLL_S
    finish(the_store, first)
    assert pause_s(first) is None


def test_the_page_says_when_others_take_the_machine(visit, the_store):
    def said():
        return next(caption.value for caption in visit().sidebar.caption if "2 workers" in caption.value)

    for share, busy in ((0.2, False), (0.85, True)):
        machine = {"cpus": 2.0, "elsewhere": share}
        supervising.set_cluster(the_store, jobs._child.name, "ready", "", workers=2, machine=machine)
        assert ("busy with something else" in said() and "85" in said()) == busy


def test_a_cached_figure_is_the_same_and_its_dictionary_is_made_once():
    measured = pd.DataFrame(
        {
            "run_id": ["a", "a"],
            "phase": [0, 0],
            "epoch": [1.0, 2.0],
            "elapsed_s": [1.0, 2.0],
            "images": [9, 18],
            "split": ["val", "val"],
            "name": ["accuracy", "accuracy"],
            "value": [0.4, 0.7],
        }
    )
    figure = curves.learning_curves(measured, [Trace("a", "From scratch", "from_scratch")])
    cached = CachedFigure(figure)
    assert json.loads(cached.to_json()) == json.loads(figure.to_json())
    assert cached.to_dict() is cached.to_dict()
