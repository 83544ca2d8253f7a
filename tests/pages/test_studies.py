import itertools

import pandas as pd
import pytest

from tests.pages.lab import charts
from tests.pages.measured import ME, of_run
from tests.sounding import recorded
from tests.uploading import taken_in, zipped
from tl_core.base.events import Metric
from tl_core.catalog import DATASETS
from tl_core.studies import build, evidence, sweeps
from tl_core.studies import grid as studies
from tl_core.studies.setup import Setup

PAGE = "pages/6_Studies.py"
SMALL = {"study": "labels", "dataset": "digits", "grid": "5,20", "seeds": "2"}
SETUP = Setup(study="labels", dataset="digits", grid=("5", "20"), seeds=2)


def texts(page):
    return " ".join(element.value for element in [*page.markdown, *page.caption, *page.warning])


def measure(store, experiment_id, score, runs=None):
    """Let the runs of an experiment end with an accuracy each, as a worker does."""
    for run in store.experiment(experiment_id).runs[:runs]:
        assert store.claim(run.id, "worker", 1) is not None
        assert store.finish(run.id, 1, "finished", summary=of_run(run, score(run.spec)))


def score(spec):
    labels = spec.data.per_class
    return (0.3 if labels == 5 else 0.7) if spec.strategy == "from_scratch" else 0.5 + 0.01 * spec.seed


def submitted(store, owner=ME):
    study = build.build(SETUP)
    return store.submit(study.specs(), owner, study.title)


def test_an_empty_study_says_what_to_do_and_starts_with_one_click(visit, the_store):
    page = visit(PAGE, **SMALL)
    assert "Nothing of this study has been measured yet" in texts(page)
    assert "8 runs to go" in texts(page)
    page.button(key="start_study").click().run()
    assert not page.exception
    (experiment,) = the_store.experiments(ME)
    assert len(experiment.runs) == 8
    assert page.query_params["experiment"] == experiment.id
    assert "0 of 8 runs" in texts(page)
    history = visit("pages/2_History.py")
    assert any("8 runs of a study" in text.value for text in history.markdown)
    (link,) = [link.proto for link in history.get("page_link") if link.proto.label.startswith("**Study")]
    assert "study=labels" in link.query_string


def test_partial_results_are_drawn_and_the_rest_goes_on_after_a_stop(visit, the_store):
    experiment = submitted(the_store)
    measure(the_store, experiment, score, runs=4)
    page = visit(PAGE, **SMALL)
    assert "4 of 8 runs" in texts(page)
    assert "as good as from scratch with about 10: " in texts(page)
    assert page.get("plotly_chart")
    page.button(key="stop_study").click().run()
    assert {run.status for run in the_store.experiment(experiment).runs} == {"finished", "stopped"}
    assert "4 runs to go, 4 of 8 are measured already" in texts(page)
    page.button(key="start_study").click().run()
    newest = the_store.experiments(ME)[0]
    assert newest.id != experiment
    assert [studies.key(run.spec) for run in newest.runs] == [
        studies.key(run.spec) for run in the_store.experiment(experiment).runs if run.status == "stopped"
    ]


def test_a_finished_study_states_its_numbers_with_intervals(visit, the_store):
    measure(the_store, submitted(the_store), score)
    page = visit(PAGE, **SMALL)
    assert "8 of 8 runs" in texts(page)
    assert "(10 to 10 over resampled seeds)" in texts(page)
    assert not [button for button in page.button if button.key in ("start_study", "stop_study")]
    assert sweeps.sweep(build.build(SETUP), ME).missing == []


def test_the_address_of_another_students_study_is_watched_not_changed(visit, the_store):
    experiment = submitted(the_store, owner="somebody else")
    measure(the_store, experiment, score, runs=4)
    page = visit(PAGE, experiment=experiment, **SMALL)
    assert "4 of 8 runs" in texts(page)
    assert "watching somebody else's study" in texts(page)
    assert not [button for button in page.button if button.key in ("start_study", "stop_study")]


@pytest.mark.parametrize("study", ["freeze_depth", "sources", "learning_rate", "image_size", "backbones"])
def test_every_study_is_drawn_and_said(visit, the_store, study):
    built = build.build(build.fitted(Setup(study=study, seeds=1), DATASETS))
    experiment = the_store.submit(built.specs(), ME, built.title)
    rising = itertools.count(30)
    measure(the_store, experiment, lambda spec: next(rising) / 100)
    page = visit(PAGE, study=study, seeds="1")
    assert f"{len(built.specs())} of {len(built.specs())} runs" in texts(page)
    assert page.get("plotly_chart")
    assert any("points" in text.value or "frontier" in text.value for text in page.markdown)


def test_every_study_opens_and_an_unusable_address_falls_back(visit):
    for study in ("freeze_depth", "sources", "learning_rate", "image_size", "backbones"):
        page = visit(PAGE, study=study)
        assert "runs to go" in texts(page)
    page = visit(PAGE, study="nonsense", dataset="nowhere", seeds="minus one")
    assert page.query_params["study"] == "labels"


def test_the_recorded_evidence_is_labelled_as_recorded(visit):
    page = visit(PAGE)
    assert any("Recorded before" in heading.value for heading in page.header)
    assert any("Negative transfer" in box.label for box in page.expander)
    sure, doubtful = evidence.losses(pd.read_csv(evidence.ROWS))
    said = texts(page)
    assert all(sentence in said for sentence in sure + doubtful)
    lead = next(chart for chart in charts(page) if "Lead" in chart["layout"]["yaxis"]["title"]["text"])
    assert len(lead["data"]) == 6, "three strategies, two sources"
    drawn = [value for trace in lead["data"] for value in trace["y"]]
    assert max(drawn) > 0, "the pictograms have wins"
    page.segmented_control(key="recorded_leads_labels").set_value("digits").run()


@pytest.mark.parametrize("study", ["labels", "sources", "freeze_depth"])
def test_an_empty_study_shows_what_was_recorded_first(visit, study):
    page = visit(PAGE, study=study)
    order = [element.value if element.type == "markdown" else element.type for element in page.main]
    lists = [place for place, found in enumerate(order) if found.startswith("- ")]
    assert order.index("plotly_chart") < min(lists), "a curve before any list"


def test_the_range_test_draws_loss_over_a_rising_rate(visit, the_store):
    page = visit(PAGE, study="learning_rate", series="lp_ft")
    page.button(key="range_test").click().run()
    (run,) = the_store.experiments(ME)[0].runs
    assert run.spec.optimizer.schedule == "range_test"
    assert the_store.claim(run.id, "worker", 1) is not None
    events = [Metric(0, 0.5, 1, 0.1, 5, "train", "loss", 9.0)]
    for epoch, (rate, loss) in enumerate([(1e-4, 2.0), (1e-3, 1.0), (1e-2, 0.5), (1e-1, 0.6), (1.0, 7.0)], start=1):
        events.append(Metric(0, epoch, epoch, epoch, 10, "val", "loss", loss))
        events.append(Metric(0, epoch, epoch, epoch, 10, "train", "learning_rate", rate))
    assert the_store.record(run.id, 1, events)
    page.run()
    assert page.button(key="stop_range")
    assert the_store.finish(run.id, 1, "finished", summary=of_run(run, 0.1))
    page.run()
    assert not page.exception
    assert "Probe, then fine-tune: the loss is lowest at a rate of about 0.01." in texts(page)


def test_a_study_of_ratings_speaks_of_people(visit, the_store):
    page = visit(PAGE, study="labels", dataset="movietweetings", backbone="item_means")
    assert not page.exception
    groups = {group.label: group for group in page.button_group}
    assert {"Ratings per person", "Learning rate", "Image size"} <= set(groups["Study"].options)
    assert groups["Ratings per person"].value == ["2", "5", "10", "20"]
    assert "more and more labelled ratings per person" in texts(page)


@pytest.mark.parametrize(
    ("study", "name"), [("labels", "spoken_digits"), ("shifts", "spoken_digits_speakers"), ("labels", "own")]
)
def test_a_study_of_sounds_opens_offers_sounds_and_speaks_of_recordings(visit, tmp_path, study, name):
    made = taken_in(zipped(tmp_path / "words.zip", recorded("yes", "no", each=12)), owner=ME).dataset
    chosen = made.id if name == "own" else name
    page = visit(PAGE, study=study, dataset=chosen)
    (box,) = [box for box in page.selectbox if box.label == "Data set"]
    assert box.value == chosen
    assert {DATASETS["spoken_digits"].title, made.title} <= set(box.options)
    assert page.query_params["dataset"] == chosen
    assert "recordings" in texts(page)
    assert "runs to go" in texts(page)
