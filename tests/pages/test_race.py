import streamlit as st

from tests.pages.lab import LAB, ME, address, charts, texts
from tests.pages.measured import RACE, finish, submit, summary, train
from tests.results.test_source_task import task
from tl_core.base.events import Metric


def test_a_running_race_shows_headline_curves_progress_and_stop(visit, the_store):
    experiment = submit(the_store, ME)
    train(the_store, experiment)
    lab = visit(LAB, experiment=experiment)
    assert (
        "Fine-tune all leads from scratch by 31.0 points after 2 epochs: "
        "71.0 % against 40.0 % of 200 validation images." in texts(lab)
    )
    assert "512 images/s" in texts(lab)
    assert "left" in texts(lab)
    assert "Nothing is cached" in texts(lab)
    named = {trace["name"] for trace in charts(lab)[0]["data"]}
    assert named >= {"From scratch", "Fine-tune all"}
    lab.button(key="stop_all").click().run()
    assert not lab.exception
    assert all(run.stop_requested_at for run in the_store.experiment(experiment).runs)
    assert "Stopping" in texts(lab)


def test_a_queued_arm_is_stopped_on_its_own(visit, the_store):
    experiment = submit(the_store, ME)
    first, second = the_store.experiment(experiment).runs
    lab = visit(LAB, experiment=experiment)
    lab.button(key=f"stop_{second.id}").click().run()
    assert [run.status for run in the_store.experiment(experiment).runs] == ["queued", "stopped"]
    assert "Stopped while in the queue." in texts(lab)
    assert f"stop_{first.id}" in [button.key for button in lab.button]


def test_the_end_of_a_race(visit, the_store):
    experiment = submit(the_store, ME)
    train(the_store, experiment, 3)
    finish(the_store, experiment)
    lab = visit(LAB, experiment=experiment)
    assert "Fine-tune all beats from scratch by 31.0 points" in texts(lab)
    assert "stop_all" not in [button.key for button in lab.button]
    assert "<td>71.0 %<small>68.0 – 74.0</small></td>" in texts(lab)
    assert '<span class="score">71.0 % test</span>' in texts(lab)
    assert len(lab.dataframe[0].value) == 10
    assert len(charts(lab)) == 4
    lab.selectbox(key="race_per_class").set_value(50).run()
    lab.button(key="again").click().run()
    assert address(lab)["per_class"] == "20"
    assert lab.selectbox(key="race_per_class.1").value == 20


def test_a_failed_arm_says_why(visit, the_store):
    experiment = submit(the_store, ME)
    train(the_store, experiment)
    for run in the_store.experiment(experiment).runs:
        the_store.finish(run.id, 1, "failed", "The loss became NaN in epoch 2: <b>lower</b> the learning rate.")
    lab = visit(LAB, experiment=experiment)
    assert "The loss became NaN in epoch 2: &lt;b&gt;lower&lt;/b&gt;" in texts(lab)


def test_somebody_else_may_look_but_not_touch(visit, the_store):
    experiment = submit(the_store, "the-owner-of-the-experiment")
    train(the_store, experiment)
    lab = visit(LAB, experiment=experiment)
    assert "Fine-tune all leads" in texts(lab)
    assert "somebody else" in texts(lab)
    assert not [button for button in lab.button if button.key and button.key.startswith("stop")]


def test_an_unknown_experiment_is_a_sentence(visit):
    assert "no experiment at this address" in texts(visit(LAB, experiment="nowhere"))


def test_an_address_with_an_experiment_only_opens_its_settings(visit, the_store):
    lab = visit(LAB, experiment=submit(the_store, ME))
    assert lab.session_state["race"].backbone == RACE.backbone
    assert lab.session_state["race"].shared.data.per_class == 20


def test_new_points_leave_the_chart_on_the_page_as_it_is(visit, the_store):
    experiment = submit(the_store, ME)
    train(the_store, experiment, 2)
    lab = visit(LAB, experiment=experiment)
    before = charts(lab)[0]
    for run in the_store.experiment(experiment).runs:
        assert the_store.record(run.id, 1, [Metric(0, 3.0, 30, 9.0, 600, "val", "accuracy", 0.8)])
    lab.run()
    assert charts(lab)[0] == before
    lab.segmented_control(key="axis").set_value("images").run()
    assert charts(lab)[0]["layout"]["uirevision"] == "images"


def test_another_look_at_a_running_race_is_cheap(visit, the_store, monkeypatch):
    experiment = submit(the_store, ME)
    train(the_store, experiment, 2)
    lab = visit(LAB, experiment=experiment)
    monkeypatch.delattr("tl_core.figures.curves.learning_curves")
    lab.run()
    assert not lab.exception
    assert charts(lab)
    assert st.config.get_option("runner.postScriptGC") is False  # else every look waits for a search of all memory


def test_what_the_backbone_has_forgotten_is_shown(visit, the_store):
    experiment = submit(the_store, ME)
    train(the_store, experiment, 3)
    for run, accuracy in zip(the_store.experiment(experiment).runs, (0.4, 0.71), strict=True):
        kept = task(0.545, 0.315) if run.strategy == "fine_tune_all" else None
        the_store.finish(run.id, 1, "finished", summary=summary(accuracy).model_copy(update={"source_task": kept}))
    lab = visit(LAB, experiment=experiment)
    assert "What it still knows of its source task" in texts(lab)
    assert "Fine-tune all costs 23.0 points on the source task" in texts(lab)
    drawn = [[trace.get("name") for trace in chart["data"]] for chart in charts(lab)]
    assert ["Fine-tune all, before the race", "Fine-tune all, after the race"] in drawn


def test_where_forgetting_was_not_measured_the_page_says_so(visit, the_store):
    experiment = submit(the_store, ME, RACE.changed(backbone="mobilenet_025"))
    train(the_store, experiment, 3)
    finish(the_store, experiment)
    lab = visit(LAB, experiment=experiment)
    assert "has forgotten (fine-tune all) cannot be measured here" in texts(lab)
    assert "50.6 % of the validation pictures right, as published in Howard et al. 2017" in texts(lab)
