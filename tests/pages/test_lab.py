import json

import pytest
import streamlit as st

from pages.shared.race import freeze_map, layer_table
from tests.pages.measured import RACE, finish, submit, summary, train
from tests.results.test_source_task import task
from tl_core import catalog
from tl_core.base.events import Metric
from tl_core.catalog import Availability

ME = "the-student-of-this-test"
LAB = "pages/1_Lab.py"
TINY = {"backbone": "tiny_resnet_cifar100", "dataset": "digits", "image_size": "32"}


def start_button(lab):
    return next(button for button in lab.button if button.label == "Start the race")


def texts(lab):
    blocks = [*lab.markdown, *lab.caption, *lab.subheader, *lab.warning, *lab.error]
    found = " ".join([text.value for text in blocks] + [html.proto.body for html in lab.get("html")])
    return found.replace("\N{NO-BREAK SPACE}", " ")


def charts(lab):
    return [json.loads(chart.proto.spec) for chart in lab.get("plotly_chart")]


def address(lab):
    """The address as a browser would show it: AppTest gives back some values as lists."""
    return {name: value if isinstance(value, str) else value[0] for name, value in lab.query_params.items()}


def runs(the_store, lab):
    return the_store.experiment(address(lab)["experiment"]).runs


def test_one_click_starts_a_race(visit, the_store):
    lab = visit(LAB)
    assert "Set up a race" in texts(lab)
    start_button(lab).click().run()
    assert not lab.exception
    started = runs(the_store, lab)
    assert [run.strategy for run in started] == ["from_scratch", "feature_extraction"]
    assert {run.owner for run in started} == {ME}
    assert len({run.spec.data for run in started}) == 1
    assert "number 1 in the queue" in texts(lab)


def test_a_press_soon_after_the_first_is_the_same_race_and_a_later_one_a_new_race(visit, the_store, monkeypatch):
    lab = visit(LAB)
    now = [100.0]
    monkeypatch.setattr("pages.shared.race.start_button.time.monotonic", lambda: now[0])
    found = []
    for wait in (0, 1, 2):
        now[0] += wait
        start_button(lab).click().run()
        found.append(address(lab)["experiment"])
    assert found[0] == found[1] != found[2]
    assert len(the_store.experiments(ME)) == 2
    lab.number_input(key="race_epochs").set_value(11).run()
    start_button(lab).click().run()
    assert len(the_store.experiments(ME)) == 3


def test_the_form_is_written_into_the_address_and_read_from_it(visit):
    lab = visit(LAB, **TINY, arms="from_scratch,fine_tune_all", epochs="4", learning_rate="0.01")
    assert lab.selectbox(key="race_backbone").value == "tiny_resnet_cifar100"
    assert lab.number_input(key="race_epochs").value == 4
    lab.selectbox(key="race_per_class").set_value(100).run()
    assert address(lab)["per_class"] == "100"
    lab.selectbox(key="race_per_class").set_value(50).run()
    assert "per_class" not in address(lab)
    assert address(lab)["learning_rate"] == "0.01"


def test_nonsense_in_the_address_is_left_aside(visit):
    lab = visit(LAB, backbone="skynet", epochs="-3", learning_rate="nan", arms="x,y", plan="zzz", dataset="mars")
    assert start_button(lab)
    assert lab.number_input(key="race_epochs").value == 10


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("race_learning_rate", 0.0, "Learning rate must be greater than 0"),
        ("race_seconds", -5.0, "Budget in seconds must be greater than 0"),
        ("race_classes", ["3"], "at least two classes"),
        ("race_arms", [], "Choose at least one strategy"),
    ],
)
def test_bad_input_gives_one_sentence_and_no_start(visit, key, value, sentence):
    lab = visit(LAB, **TINY, arms="from_scratch,")
    kinds = {"race_classes": lab.multiselect, "race_arms": lab.pills}
    kinds.get(key, lab.number_input)(key=key).set_value(value).run()
    assert not lab.exception
    assert [warning.value for warning in lab.warning if sentence in warning.value]
    assert start_button(lab).disabled


def test_another_backbone_takes_its_usual_size_and_drops_the_plan(visit):
    lab = visit(LAB, **TINY, arms="from_scratch")
    lab.button(key="preset_all_reinitialised").click().run()
    assert "custom" in lab.pills(key="race_arms.1").value
    lab.selectbox(key="race_backbone").set_value("inception_v3").run()
    assert not lab.exception
    assert lab.session_state["race"].shared.image_size == 96
    assert lab.session_state["race"].plan is None
    assert "custom" not in lab.session_state["race"].arms


def test_parameters_are_shown_before_anything_runs(visit):
    lab = visit(LAB, backbone="mobilenet_075", dataset="digits")
    assert "7.69 k of 1.84 M" in texts(lab)


def test_missing_weights_are_announced(visit, monkeypatch):
    missing = Availability("download", 94.4, "Weights need a download of 94 MB, once.")
    monkeypatch.setattr("pages.shared.race.form.backbone_availability", lambda name: missing)
    monkeypatch.setattr("tl_core.races.race.backbone_availability", lambda name: missing)
    lab = visit(LAB, backbone="resnet50", dataset="digits")
    assert "Weights of ResNet50: 94 MB, once, for Feature extraction." in texts(lab)


def test_presets_and_presses_make_my_freeze_plan(visit, the_store):
    lab = visit(LAB, backbone="mobilenet_025", dataset="digits", arms="from_scratch")
    stages = catalog.card("mobilenet_025").stage_names
    lab.button(key="preset_top_stage").click().run()
    assert address(lab)["plan"] == "ffffft"
    assert "My freeze plan" in texts(lab)
    start_button(lab).click().run()
    custom = next(run for run in runs(the_store, lab) if run.strategy == "custom")
    assert custom.spec.plan.stages[stages[-1]] == "fine_tuned"
    assert custom.spec.plan.stages[stages[0]] == "frozen"


def pressed(states):
    """A page whose picture of the network was pressed, as the browser would report it."""
    from pages.shared import frame
    from pages.shared.race import form, freeze_map

    frame.page("Lab")
    form.opened(None)
    freeze_map.set_value(freeze_map.VIEW, "from_scratch")
    freeze_map.set_stages(states)
    freeze_map.draw(form.current())


def test_a_press_on_the_picture_starts_from_the_plan_that_is_shown():
    from streamlit.testing.v1 import AppTest

    stages = catalog.card("mobilenet_025").stage_names
    states = dict.fromkeys(stages, "reinitialised") | {stages[0]: "frozen"}
    at = AppTest.from_function(pressed, kwargs={"states": states}, default_timeout=30)
    at.query_params["backbone"] = "mobilenet_025"
    # A page on its own has no menu to link to.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pages.shared.frame.MENU", ())
        at.run()
    assert not at.exception
    assert at.session_state["race"].plan.stages == states
    assert freeze_map.shown_plan(at.session_state["race"], "custom").stages == states
    assert "custom" in at.session_state["race"].arms


def test_single_layers_have_a_table(visit):
    lab = visit(LAB, backbone="mobilenet_025", dataset="digits")
    lab.toggle(key="layers_open").set_value(True).run()
    assert not lab.exception
    table = lab.dataframe[0].value
    assert list(table.columns) == ["State", "Layer", "Kind", "Parameters", "Output"]
    assert set(table["State"]) == {"Frozen"}
    assert (table["Parameters"] > 0).all()


def test_an_edit_of_the_table_that_is_taken_back_leaves_nothing():
    before = {"a": "frozen", "b": "fine_tuned"}
    edited = layer_table.states_after(before, ["a", "b"], {0: {"State": "Fine-tuned"}})
    assert edited == {"a": "fine_tuned", "b": "fine_tuned"}
    assert layer_table.states_after(before, ["a", "b"], {}) == before


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
    scores, classes = lab.dataframe[0].value, lab.dataframe[1].value
    assert list(scores["Arm"]) == ["From scratch", "Fine-tune all"]
    assert list(scores["Accuracy"]) == [40.0, 71.0]
    assert scores["95 % interval"][1] == "68.0 – 74.0 %"
    assert len(classes) == 10
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
    monkeypatch.delattr("tl_core.figures.runs.learning_curves")
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
    drawn = [[trace["x"] for trace in chart["data"]] for chart in charts(lab)]
    assert [[0.545], [0.315]] in drawn


def test_where_forgetting_was_not_measured_the_page_says_so(visit, the_store):
    experiment = submit(the_store, ME, RACE.changed(backbone="mobilenet_025"))
    train(the_store, experiment, 3)
    finish(the_store, experiment)
    lab = visit(LAB, experiment=experiment)
    assert "has forgotten (fine-tune all) cannot be measured here" in texts(lab)
    assert "50.6 % of the validation pictures right, as published in Howard et al. 2017" in texts(lab)


def test_the_form_says_how_well_the_backbone_does_on_its_own_source_task(visit):
    lab = visit(LAB, backbone="resnet50", dataset="digits")
    assert "74.9 % of the validation pictures right" in texts(lab)
