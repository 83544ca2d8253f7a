from dataclasses import replace

from tests.pages.measured import ME, RACE, finish, of_run, submit, train
from tests.pages.test_lessons_page import record
from tl_core.base.spec import LayerPlan
from tl_core.results import compare

PAGE = "pages/7_Compare.py"


def texts(page):
    return " ".join(element.value for element in [*page.markdown, *page.caption, *page.warning])


def measured(store, owner=ME, title="A race", accuracies=(0.4, 0.71), **changes):
    experiment = submit(store, owner, RACE.changed(**changes), title)
    train(store, experiment)
    finish(store, experiment, accuracies)
    return [run.id for run in store.experiment(experiment).runs]


def test_an_empty_comparison_says_what_to_do(visit):
    page = visit(PAGE)
    assert "Choose two or more runs" in texts(page)
    assert not page.get("plotly_chart")


def test_the_address_opens_the_same_runs_with_differences_to_the_reference(visit, the_store):
    scratch, tuned = measured(the_store)
    page = visit(PAGE, runs=f"{scratch},{tuned}")
    assert page.get("plotly_chart")
    settings, _, scores = (table.value for table in page.dataframe)
    assert list(settings.columns) == ["Run", "Strategy", "Learning rate"]
    assert list(scores["Run"]) == ["From scratch (reference)", "Fine-tune all"]
    assert [round(value, 6) for value in scores["Δ Accuracy"]] == [0, 31]
    assert list(scores["Verdict"]) == ["", "more than luck (+28.1 to +33.8)"]
    page.selectbox[0].set_value(tuned).run()
    assert page.query_params["reference"] == tuned
    assert [round(value, 6) for value in page.dataframe[2].value["Δ Accuracy"]] == [-31, 0]


def test_freeze_plans_are_called_as_people_would(visit, the_store):
    """Never by the letters of an address: what is frozen stands in words among what differs."""
    stages = ("stem", "stage1", "stage2", "stage3")
    top = LayerPlan(stages=dict.fromkeys(stages[:3], "frozen") | {"stage3": "fine_tuned"})
    whole = LayerPlan(stages=dict.fromkeys(stages, "fine_tuned"))
    scratch, mine = measured(the_store, arms=("from_scratch", "custom"), plan=top)
    _, other = measured(the_store, arms=("from_scratch", "custom"), plan=whole)
    one = visit(PAGE, runs=f"{scratch},{mine}")
    assert list(one.dataframe[-1].value["Run"]) == ["From scratch (reference)", "My freeze plan"]
    both = visit(PAGE, runs=f"{scratch},{mine},{other}")
    assert list(both.dataframe[-1].value["Run"])[1:] == ["My freeze plan", "My freeze plan (2)"]
    said = list(both.dataframe[0].value["Freeze plan"])
    assert said == ["the strategy's own", "stem to stage2 frozen, stage3 fine-tuned", "all fine-tuned"]


def test_a_lead_over_a_run_that_learned_nothing_says_so(visit, the_store):
    page = visit(PAGE, runs=",".join(measured(the_store, accuracies=(0.1, 0.5))))
    (verdict,) = filter(None, page.dataframe[2].value["Verdict"])
    assert verdict.endswith("; From scratch learned nothing yet")


def test_runs_of_several_experiments_are_picked_and_stand_in_the_address(visit, the_store):
    first, second = measured(the_store), measured(the_store, title="Fewer", per_class=5, accuracies=(0.2, 0.5))
    page = visit(PAGE, runs=first[0])
    page.multiselect[0].set_value([first[0], second[0]]).run()
    assert not page.exception
    assert page.query_params["runs"] == f"{first[0]},{second[0]}"
    assert "Images per class" in page.dataframe[0].value.columns
    again = visit(PAGE, runs=page.query_params["runs"], reference=second[0])
    assert list(again.multiselect[0].value) == [first[0], second[0]]
    assert "From scratch · 5 per class (reference)" in list(again.dataframe[2].value["Run"])


def test_another_students_runs_are_compared_and_missing_ones_are_said(visit, the_store):
    theirs = measured(the_store, owner="somebody else")
    page = visit(PAGE, runs=f"{theirs[0]},gone,{theirs[1]}")
    assert "1 of the runs at this address" in texts(page)
    assert list(page.multiselect[0].value) == theirs


def test_run_again_opens_the_lab_with_its_settings(visit, the_store):
    runs = measured(the_store, per_class=5)
    page = visit(PAGE, runs=",".join(runs))
    page.button(key="compared_again").click().run()
    assert not page.exception
    race = page.session_state["race"]
    assert (race.dataset, race.shared.data.per_class, race.arms) == ("digits", 5, ("from_scratch",))


def test_the_history_filters_sorts_and_leads_here(visit, the_store):
    measured(the_store, title="Worse", accuracies=(0.2, 0.3))
    measured(the_store, title="Better")
    submit(the_store, ME, RACE.changed(dataset="pictograms"), "Waiting")
    history = visit("pages/2_History.py")

    def titles():
        return [link.proto.label.strip("*") for link in history.get("page_link") if link.proto.label.startswith("**")]

    assert titles() == ["Waiting", "Better", "Worse"]
    history.selectbox(key="history_order").set_value("best").run()
    assert titles() == ["Better", "Worse", "Waiting"]
    history.multiselect(key="history_statuses").set_value(["queued"]).run()
    assert titles() == ["Waiting"]
    history.multiselect(key="history_datasets").set_value(["digits"]).run()
    assert titles() == []
    assert any("No experiment matches" in text.value for text in history.markdown)


def test_a_mistake_made_on_purpose_is_not_carried_into_the_lab_in_silence(visit, the_store):
    experiment = record(the_store, "leak", {"right": 0.2, "wrong": 0.7})
    runs = {run.spec.mistake: run.id for run in the_store.experiment(experiment).runs}
    page = visit(PAGE, runs=f"{runs['none']},{runs['validation_in_training']}")
    assert "made a mistake on purpose" not in texts(page)
    page.selectbox(key="compared_again_of").set_value(runs["validation_in_training"]).run()
    assert "made a mistake on purpose" in texts(page)


def test_no_verdict_where_the_test_images_are_others(visit, the_store):
    even, _ = measured(the_store)
    thinned, _ = measured(the_store, title="Thinned", accuracies=(0.8, 0.9), imbalance=10.0)
    page = visit(PAGE, runs=f"{even},{thinned}")
    assert list(page.dataframe[-1].value["Verdict"]) == ["", ""]


def test_what_was_left_to_the_app_is_told_as_the_run_had_it(the_store):
    _, run = the_store.experiment(submit(the_store, ME)).runs  # fine-tune all
    now = replace(run, summary=of_run(run, 0.5))
    recipe = {**now.summary.recipe, "batch_norm": "training"}
    recipe["phases"] = [{**phase, "learning_rate": 0.5} for phase in recipe["phases"]]
    before = replace(run, summary=now.summary.model_copy(update={"recipe": recipe}))
    assert compare.settings(before)["optimizer.learning_rate"] == "0.5"
    assert compare.settings(before)["batch_norm"] == "training"
    assert compare.differing([now, before]) == ["optimizer.learning_rate", "batch_norm"]
    assert compare.differing([now, run]) == [], "a run that has not finished is told what it will have"
