import pytest

from pages.shared.race import freeze_map, layer_table
from tests.pages.lab import LAB, ME, address, texts
from tl_core import catalog
from tl_core.base.settings import settings
from tl_core.catalog import Availability

TINY = {"backbone": "tiny_resnet_cifar100", "dataset": "digits", "image_size": "32"}


def start_button(lab):
    return next(button for button in lab.button if button.label == "Start the race")


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
    assert "next in the queue" in texts(lab)


@pytest.mark.parametrize(
    ("query", "label", "odd", "usual"),
    [
        ({"batch_size": "7"}, "Batch size", 7, 16),
        ({"per_class": "33"}, "Images per class", 33, 20),
        ({"test_images": "77"}, "Test images", 77, 100),
        ({"dataset": "movietweetings", "test_images": "1000"}, "Test ratings", 1000, 500),
    ],
)
def test_an_odd_value_of_an_address_gives_way_to_a_usual_one(visit, the_store, query, label, odd, usual):
    lab = visit(LAB, **{"dataset": "digits"} | query)
    (box,) = (box for box in lab.selectbox if box.label == label)
    assert box.value == odd
    box.select(usual).run()
    for _ in range(2):
        assert not lab.exception
        assert [box.value for box in lab.selectbox if box.label == label] == [usual]
        lab.run()


def test_a_full_queue_is_said_before_the_click(visit, the_store, monkeypatch):
    monkeypatch.setenv("TL_QUEUED_EACH", "3")
    settings.cache_clear()
    lab = visit(LAB)
    assert "With 2 runs more you would have 2 under way; the limit is 3." in texts(lab)
    start_button(lab).click().run()
    assert len(runs(the_store, lab)) == 2
    lab.run()
    assert start_button(lab).disabled
    assert "You have 2 runs under way, and 2 more would pass the limit of 3" in texts(lab).replace("\\", "")
    assert "2 runs of at most 3 under way" in texts(visit("pages/2_History.py"))


def test_the_same_race_starts_again_only_once_the_first_has_ended_and_its_page_was_seen(visit, the_store, monkeypatch):
    lab = visit(LAB)
    now = [100.0]
    monkeypatch.setattr("pages.shared.race.start_button.time.monotonic", lambda: now[0])

    def press(wait: float) -> str:
        now[0] += wait
        start_button(lab).click().run()
        return address(lab)["experiment"]

    first = press(0)
    assert press(60) == first, "a busy browser brings the second click late"
    the_store.request_stop([run.id for run in the_store.experiment(first).runs], ME)
    assert press(1) == first
    assert press(2) != first
    assert len(the_store.experiments(ME)) == 2
    lab.number_input(key="race_epochs").set_value(11).run()
    start_button(lab).click().run()
    assert len(the_store.experiments(ME)) == 3


def test_what_is_here_stands_before_what_needs_a_download(visit):
    lab = visit(LAB)
    labels = lab.selectbox(key="race_backbone").options
    here = [label.startswith("Here · ") for label in labels]
    assert here == sorted(here, reverse=True)
    assert all(label.startswith("Download ") for label in labels[here.count(True) :])
    assert "Its weights are here: the race starts at once." in texts(visit(LAB, backbone="tiny_resnet_glyphs"))
    assert "Those under “Here” need none." in texts(visit(LAB, backbone="convnext_tiny"))


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
    monkeypatch.setattr("tl_core.races.downloads.backbone_availability", lambda name: missing)
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


def test_the_form_says_how_well_the_backbone_does_on_its_own_source_task(visit):
    lab = visit(LAB, backbone="resnet50", dataset="digits")
    assert "74.9 % of the validation pictures correctly" in texts(lab)


@pytest.mark.parametrize(
    ("arm", "words"),
    [
        ("feature_extraction", "It trains: linear probe, solved to its optimum."),
        ("fine_tune_all", "at a learning rate of 0.0003, the new head at 0.01."),
        ("lp_ft", "linear probe, solved to its optimum; then fine-tune all for 2 epochs at a learning rate of 0.0001."),
    ],
)
def test_the_plan_says_how_an_arm_trains(visit, arm, words):
    settings = {"backbone": "tiny_resnet_glyphs", "dataset": "pictograms", "per_class": "20", "epochs": "4"}
    assert words in texts(visit(LAB, **settings, arms=arm))
