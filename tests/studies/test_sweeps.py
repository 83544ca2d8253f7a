"""A study really run by the shared server: to rows, findings and a file; what is measured is not run again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest

from tests.finished import finished
from tests.lab import Server, spec, until
from tests.pages.measured import of_run
from tests.uploading import ME
from tl_core import __main__, catalog
from tl_core.__main__ import parser
from tl_core.base.events import Metric
from tl_core.base.settings import settings
from tl_core.catalog import rates
from tl_core.cli import study as cli_studies
from tl_core.cli.follow import owner
from tl_core.cli.study import setup_of
from tl_core.processes import jobs
from tl_core.store import open_store
from tl_core.studies import build, findings, range_test, recorded, sweeps
from tl_core.studies import grid as studies
from tl_core.studies.grid import Study
from tl_core.studies.setup import Setup


@pytest.fixture
def served(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The shared server's store and workers, as this process' own."""
    monkeypatch.setenv("TL_STORE_URL", server.store.url)
    for name in ("ensure_supervisor", "shutdown"):
        monkeypatch.setattr(jobs, name, lambda: None)
    monkeypatch.setattr(jobs, "submit", lambda *given: server.store.submit(*given))
    settings.cache_clear()
    yield server
    settings.cache_clear()


def _study(**axes: tuple) -> Study:
    base = spec(epochs=2).model_dump(mode="json")
    flat = {f"data.{name}": value for name, value in base.pop("data").items()}
    return Study(
        "Tiny",
        base | flat,
        axes or {"data.per_class": (4, 8), "strategy": ("from_scratch", "feature_extraction")},
        seeds=(0,),
    )


@pytest.mark.usefixtures("movietweetings")
def test_a_study_of_ratings_says_what_they_are_worth_per_person() -> None:
    chosen = {"dataset": "movietweetings", "backbone": "item_means", "image_size": 8, "seeds": 1, "epochs": 1}
    setup = Setup(study="labels", **chosen, grid=("5", "20"))
    study = build.build(setup)
    assert study.title == "Study: Ratings per person, Film means on Film ratings of MovieTweetings"
    assert len(finished(*study.specs())) == 4
    rows = pd.DataFrame(sweeps.sweep(study, ME).rows())
    assert sorted(rows["data.per_class"]) == [5, 5, 20, 20]
    assert (rows["rmse_low"] < rows["rmse"]).all()
    first, *_ = build.findings(setup, rows)
    assert "with 5 ratings per person is" in first.sentence
    assert first.unit == "ratings per person"


@pytest.mark.parametrize("study", ["labels", "learning_rate", "backbones"])
def test_what_is_proposed_of_ratings_can_be_run(study: str) -> None:
    specs = build.build(build.moved(Setup(study=study), dataset="movietweetings")).specs()
    for one in specs:
        catalog.check(one)
    assert len(specs) >= 6
    assert {one.data.per_class for one in specs} <= {2, 5, 10, 20}


@pytest.mark.long
def test_a_study_is_run_once_and_extended_by_what_is_missing(served: Server) -> None:
    owner = "who studies"
    found = sweeps.sweep(_study(), owner)
    assert (len(found.missing), found.rows()) == (4, [])
    experiment = sweeps.start(found, owner)
    assert sweeps.start(found, owner) is None, "a second click on what was drawn before the first"
    until(lambda: not sweeps.sweep(_study(), owner).active, 90, "the study has ended")
    found = sweeps.sweep(_study(), owner)
    assert sweeps.counts(found) == {"finished": 4, "active": 0, "missing": 0, "all": 4}
    assert sweeps.newest(found) == experiment
    rows = pd.DataFrame(found.rows())
    assert list(zip(rows["data.per_class"], rows["strategy"], strict=True)) == [
        (4, "from_scratch"),
        (4, "feature_extraction"),
        (8, "from_scratch"),
        (8, "feature_extraction"),
    ]
    names = [f.name for f in findings.labels(rows, {"feature_extraction": "Feature extraction"})]
    assert "crossover.feature_extraction" in names
    assert sweeps.start(found, owner) is None
    longer = _study(**{"data.per_class": (4, 8, 10), "strategy": ("from_scratch",)})
    assert [s.data.per_class for s in sweeps.sweep(longer, owner).missing] == [10]
    assert len(sweeps.sweep(_study(), "another").missing) == 4


def test_the_command_line_writes_rows_findings_and_a_recording(
    served: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(recorded.write, "__defaults__", (tmp_path,))
    out = tmp_path / "out.json"
    status = __main__.main(
        [
            "study",
            "backbones",
            "--dataset",
            "digits",
            "--grid",
            "tiny_resnet_cifar100",
            "--seeds",
            "1",
            "--per-class",
            "4",
            "--image-size",
            "16",
            "--test-images",
            "50",
            "--json",
            str(out),
            "--record",
            "tiny",
        ]
    )
    assert status == 0, capsys.readouterr()
    report = json.loads(out.read_text(encoding="utf-8"))
    (row,) = report["rows"]
    assert {"backbone", "strategy", "seed", "test_accuracy", "total_s"} <= set(row)
    assert report["findings"][0]["value"] == row["test_accuracy"]
    assert report["runs"] == {"all": 1, "finished": 1}
    (recording,) = recorded.recordings("backbones", tmp_path)
    assert recording.setup == Setup(
        study="backbones",
        dataset="digits",
        grid=("tiny_resnet_cifar100",),
        seeds=1,
        per_class=4,
        image_size=16,
        test_images=50,
    )
    assert len(recorded.rows(recording)) == 1
    assert str(tmp_path) not in recording.command
    for said in (recording.said, recorded.provenance(recording.path.with_suffix(".csv"))):
        assert recording.date in said
        assert recording.machine in said
    assert len(open_store().experiments(owner())) == 1


def test_a_study_that_is_run_again_waits_for_what_still_stands_queued(served: Server, tmp_path: Path) -> None:
    rest = ["--dataset=digits", "--grid=tiny_resnet_glyphs", "--seeds=2", "--per-class=4", "--image-size=16"]
    command = ["study", "backbones", *rest, "--test-images=50"]
    wanted = build.build(setup_of(parser().parse_args(command)))
    left = served.store.submit(wanted.specs(), owner(), wanted.title)  # as an interrupted command leaves them
    out = tmp_path / "out.json"
    assert __main__.main([*command, "--json", str(out)]) == 0
    assert json.loads(out.read_text(encoding="utf-8"))["runs"] == {"all": 2, "finished": 2}
    assert [run.status for run in served.store.experiment(left).runs] == ["finished"] * 2
    again = {
        studies.key(run.spec) for each in open_store().experiments(owner()) for run in each.runs if each.id != left
    }
    assert not again & {studies.key(spec) for spec in wanted.specs()}, "nothing is run twice"


def test_the_report_of_a_learning_rate_study_has_the_curves_of_its_range_test_and_what_they_say() -> None:
    store = open_store()
    setup = Setup(
        study="learning_rate",
        dataset="digits",
        backbone="tiny_resnet_cifar100",
        grid=("0.01",),
        seeds=1,
        series=("feature_extraction",),
        per_class=4,
        image_size=16,
        test_images=50,
    )
    studies = (build.build(setup), range_test.study(setup))
    for study in studies:
        experiment = store.experiment(store.submit(study.specs(), owner(), study.title))
        assert experiment is not None
        for run in experiment.runs:
            assert store.claim(run.id, "worker", 1) is not None
            for epoch, (rate, loss) in enumerate([(1e-4, 2.0), (1e-3, 1.0), (1e-2, 0.5), (1e-1, 0.6), (1.0, 7.0)], 1):
                assert store.record(
                    run.id,
                    1,
                    [
                        Metric(0, epoch, epoch, epoch, 10, "val", "loss", loss),
                        Metric(0, epoch, epoch, epoch, 10, "train", "learning_rate", rate),
                    ],
                )
            assert store.finish(run.id, 1, "finished", summary=of_run(run, 0.5))
    report = cli_studies.report(setup, *(sweeps.sweep(study, owner()) for study in studies))
    assert [row["test_accuracy"] for row in report["rows"]] == [0.5]
    assert [(point["rate"], point["loss"]) for point in report["range_test"]][2] == (1e-2, 0.5)
    stated = {finding["name"]: finding["value"] for finding in report["findings"]}
    assert stated["range_test_lowest_loss.feature_extraction"] == 1e-2
    assert json.loads(json.dumps(report)) == report


@pytest.mark.long
def test_a_study_of_learning_rates_states_its_range_test(
    served: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    arguments = [
        "study",
        "learning_rate",
        "--dataset",
        "digits",
        "--backbone",
        "tiny_resnet_cifar100",
        "--grid",
        "0.01",
        "--series",
        "feature_extraction",
        "--seeds",
        "1",
        "--per-class",
        "4",
        "--image-size",
        "16",
        "--test-images",
        "50",
        "--json",
        str(out),
    ]
    assert __main__.main(arguments) == 0, capsys.readouterr()
    report = json.loads(out.read_text(encoding="utf-8"))
    assert len(report["rows"]) == 1
    curve = pd.DataFrame(report["range_test"])
    assert list(curve.columns) == ["strategy", "epoch", "rate", "loss"]
    assert len(curve) == range_test.EPOCHS
    assert curve["rate"].is_monotonic_increasing
    stated = next(one for one in report["findings"] if one["name"] == "range_test_lowest_loss.feature_extraction")
    assert any(stated["value"] == pytest.approx(rate) for rate in curve["rate"])
    assert stated["sentence"] in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("labels", "--dataset", "ships"), "no data set called 'ships'"),
        (("labels", "--grid", "7"), "Labels per class cannot be '7'"),
        (("freeze_depth", "--seeds", "0"), "seeds must be at least 1"),
        (("freeze_depth", "--image-size", "9"), "at least 16×16"),
        (("labels", "--record", "../x"), "small letters, digits"),
        (("labels", "--json", "/no/such/folder/out.json"), "does not exist"),
    ],
)
def test_bad_input_is_one_sentence_and_status_two(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert __main__.main(["study", *arguments]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert said.err.count("\n") == 1


def test_a_study_does_not_stand_before_a_class() -> None:
    """Many queued runs of one student, then one of another's: it begins as soon as a worker is free."""
    store = open_store()
    study = store.experiment(store.submit([spec(seed=seed) for seed in range(30)], "who studies"))
    assert study is not None
    assert all(store.claim(run.id, "worker", 1) for run in study.runs[:2])
    race = store.experiment(store.submit([spec()], "one of a class"))
    assert race is not None
    assert store.queue_places()[race.runs[0].id] == 1


def test_a_run_that_was_measured_with_other_defaults_is_measured_again() -> None:
    study = Study(
        "Two strategies",
        base=spec(epochs=1).model_dump(exclude={"strategy", "seed"}),
        axes={"strategy": ("from_scratch", "fine_tune_all")},
        seeds=(0,),
    )
    other = {"": {"adam": {0: rates.Rates(1e-5, 1e-5)}, "sgd": {0: rates.Rates(1e-5, 1e-5)}}}
    with mock.patch.multiple(rates, SCRATCH={"": {"adam": {0: 1e-5}, "sgd": {0: 1e-5}}}, FINE_TUNING=other):
        finished(*study.specs())
        assert not sweeps.sweep(study, ME).missing
    again = sweeps.sweep(study, ME).missing
    assert {one.strategy for one in again} == {"from_scratch", "fine_tune_all"}
    finished(*again)
    assert not sweeps.sweep(study, ME).missing
