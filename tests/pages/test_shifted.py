"""In and out of distribution, in the Lab and among the studies."""

from __future__ import annotations

from tests.pages import measured
from tests.pages.lab import LAB, ME, address, texts
from tests.pages.measured import RACE
from tl_core.studies import build
from tl_core.studies.setup import Setup


def test_a_shift_is_chosen_in_the_form_and_stands_in_the_address_and_the_spec(visit, the_store):
    lab = visit(LAB, backbone="tiny_resnet_cifar100", dataset="digits", shift="blur")
    lab.selectbox(key="race_shift").set_value("all").run()
    lab.number_input(key="race_severity").set_value(5).run()
    assert (address(lab)["shift"], address(lab)["severity"]) == ("all", "5")
    next(button for button in lab.button if button.label == "Start the race").click().run()
    (experiment,) = the_store.experiments(ME)
    assert {(run.spec.shift.kind, run.spec.shift.severity) for run in experiment.runs} == {("all", 5)}


def test_the_lab_shows_what_is_left_out_of_distribution(visit, the_store):
    made = measured.submit(the_store, ME, RACE.changed(arms=("feature_extraction", "fine_tune_all"), shift="all"))
    measured.train(the_store, made)
    for run, plain in zip(the_store.experiment(made).runs, (0.5, 0.4), strict=True):
        summary = measured.shifted(measured.summary(0.7), plain, plain + 0.1)
        assert the_store.finish(run.id, 1, "finished", summary=summary)
    lab = visit(LAB, experiment=made)
    assert not lab.exception
    assert "In and out of distribution" in [heading.value for heading in lab.header]
    assert "−10.0 points (−11.9 to −8.1) out of it" in texts(lab)
    assert "Kumar et al. 2022" in texts(lab)
    (table,) = (frame.value for frame in lab.dataframe if "adapted" in frame.value)
    assert len(table) == 6


def test_of_several_seeds_the_lab_shows_means_and_intervals_over_them(visit, the_store):
    race = RACE.changed(arms=("from_scratch", "feature_extraction", "fine_tune_all"), shift="all", seeds=3)
    made = measured.submit(the_store, ME, race)
    for i, run in enumerate(the_store.experiment(made).runs):
        assert the_store.claim(run.id, "worker", 1)
        seed, arm = divmod(i, 3)
        plain = (0.2, 0.5, (0.42, 0.40, 0.44)[seed])[arm]
        summary = measured.shifted(measured.summary(0.7), plain, plain + 0.1)
        assert the_store.finish(run.id, 1, "finished", summary=summary)
    lab = visit(LAB, experiment=made)
    assert not lab.exception
    said = texts(lab).replace("\N{NO-BREAK SPACE}", " ")
    assert "**Fine-tune all**: 70.0 % in distribution, 42.0 % on average over 2 shifts" in said
    assert "−8.0 points (−13.0 to −3.0) out of it" in said
    assert "95 %, over the seeds" in said
    (table,) = (frame.value for frame in lab.dataframe if "adapted" in frame.value)
    assert len(table) == 9


def test_a_race_without_a_shift_says_nothing_of_it(visit, the_store):
    made = measured.submit(the_store, ME)
    measured.train(the_store, made)
    measured.finish(the_store, made)
    lab = visit(LAB, experiment=made)
    assert "In and out of distribution" not in [heading.value for heading in lab.header]


def test_the_study_is_drawn_with_its_findings(visit, the_store):
    setup = Setup(study="shifts", dataset="digits", seeds=1)
    study = build.build(setup)
    experiment = the_store.submit(study.specs(), ME, study.title)
    for run in the_store.experiment(experiment).runs:
        assert the_store.claim(run.id, "worker", 1) is not None
        summary = measured.shifted(measured.of_run(run, 0.7), 0.5 if run.spec.strategy == "lp_ft" else 0.4, 0.6)
        assert the_store.finish(run.id, 1, "finished", summary=summary)
    page = visit("pages/6_Studies.py", study="shifts", dataset="digits", seeds="1", grid="clean,noise,blur")
    assert not page.exception
    said = " ".join(element.value for element in page.markdown)
    assert "Probe, then fine-tune against the linear probe, in distribution: +0.0 points" in said
    assert "out of distribution: +10.0 points (one seed: no interval)" in said
    assert page.get("plotly_chart")
