"""The command line, as a student runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import pytest

from tl_core.base.settings import ROOT
from tl_core.base.spec import run_spec
from tl_core.catalog.strategies import STRATEGIES

SMALL = ("race", "--dataset", "digits", "--backbone", "tiny_resnet_cifar100", "--image-size", "16", "--per-class", "10")
FIELDS = {
    "strategy",
    "status",
    "test_accuracy",
    "test_accuracy_low",
    "test_accuracy_high",
    "macro_f1",
    "roc_auc",
    "prefix_s",
    "train_s",
    "total_s",
    "trainable_params",
    "total_params",
    "history",
}
EPOCH = {"epoch", "elapsed_s", "train_accuracy", "val_accuracy", "train_loss", "val_loss", "learning_rate"}


def _cli(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tl_core", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=250,
    )


def test_a_race_ends_in_a_table_and_a_file(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    arms = ("from_scratch", "feature_extraction")
    asked = ("--strategies", ",".join(arms), "--epochs", "2", "--test-images", "50", "--seeds", "2")
    done = _cli(*SMALL, *asked, "--json", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "From scratch, seed 1" in done.stdout
    report = json.loads(out.read_text(encoding="utf-8"))
    assert [(run["strategy"], run["seed"], run["split_seed"]) for run in report["runs"]] == [
        (arm, seed, seed) for seed in (0, 1) for arm in arms
    ]
    for run in report["runs"]:
        assert set(run) >= FIELDS
        assert run["status"] == "finished"
        assert [row["epoch"] for row in run["history"]] == [1, 2]
        solved = run["strategy"] == "feature_extraction"
        assert all(set(row) == EPOCH - ({"learning_rate"} if solved else set()) for row in run["history"])
        assert 0 <= run["test_accuracy_low"] <= run["test_accuracy"] <= run["test_accuracy_high"] <= 1
        assert run_spec(**run["spec"]).strategy == run["strategy"]
    assert {"tensorflow", "keras", "python"} <= set(report["versions"])
    _check_seeds(report, done.stdout)


def _check_seeds(report: dict[str, Any], said: str) -> None:
    """What several seeds say together follows from what each run says."""
    scratch, probe = ([run["test_accuracy"] for run in report["runs"][arm::2]] for arm in (0, 1))
    for arm, accuracies in zip(report["arms"], (scratch, probe), strict=True):
        assert arm["mean_accuracy"] == pytest.approx(mean(accuracies))
        assert arm["spread"] == pytest.approx(stdev(accuracies))
    (over,) = report["over_seeds"]
    assert (over["first"], over["second"], over["seeds"]) == ("feature_extraction", "from_scratch", 2)
    differences = [mine - theirs for mine, theirs in zip(probe, scratch, strict=True)]
    assert over["difference"] == pytest.approx(mean(differences))
    assert (over["low"] + over["high"]) / 2 == pytest.approx(over["difference"])
    assert [(pair["first"], pair["second"]) for pair in report["paired"]] == [
        (report["runs"][i]["run"], report["runs"][i + 1]["run"]) for i in (0, 2)
    ]
    assert "95 % over seeds" in " ".join(said.split())


def test_a_race_with_a_shift_reports_every_arm_in_and_out_of_distribution(tmp_path: Path) -> None:
    out, arms = tmp_path / "out.json", "from_scratch,feature_extraction"
    small = ("--epochs", "1", "--test-images", "30", "--shift", "noise", "--severity", "5")
    done = _cli(*SMALL, "--strategies", arms, *small, "--json", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    for run in json.loads(out.read_text(encoding="utf-8"))["runs"]:
        assert run["spec"]["shift"] == {"kind": "noise", "severity": 5}
        (score,) = run["shifted"]
        assert score["kind"] == "noise"
        for found in (score["plain"], score["adapted"], run["adapted"]):
            assert set(found) >= {"value", "low", "high"}
            assert 0 <= found["low"] <= found["value"] <= found["high"] <= 1


def test_a_run_that_fails_gives_status_one_and_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = tmp_path / "models" / "mobilenet_2_5_224_tf_no_top.h5"
    weights.parent.mkdir()
    weights.write_bytes(b"not a weights file")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    out = tmp_path / "out.json"
    done = _cli(
        "race",
        "--dataset",
        "digits",
        "--backbone",
        "mobilenet_025",
        "--image-size",
        "32",
        "--strategies",
        "feature_extraction",
        "--json",
        str(out),
    )
    assert done.returncode == 1
    assert weights.name in " ".join(done.stdout.split())
    run = json.loads(out.read_text(encoding="utf-8"))["runs"][0]
    assert (run["status"], run["history"], run["test_accuracy"]) == ("failed", [], None)
    assert weights.name in run["reason"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--learning-rate", "0"), "Learning rate must be greater than 0"),
        (("--learning-rate", "nan"), "Learning rate must be a finite number"),
        (("--per-class", "0"), "Images per class must be at least 1"),
        (("--classes", "3"), "at least two classes"),
        (("--shift", "fog"), "Shifted test images must be one of"),
        (("--severity", "6"), "Severity must be at most 5"),
        (("--strategies", "magic"), "no strategy called 'magic'"),
        (("--backbone", "resnet5000"), "no backbone called 'resnet5000'"),
        (("--image-size", "8"), "at least 16×16"),
        (("--strategies", ","), "at least one strategy"),
        (("--json", "/no/such/folder/out.json"), "does not exist"),
    ],
)
def test_bad_input_is_one_sentence_and_status_two(arguments: tuple[str, ...], words: str) -> None:
    done = _cli(*SMALL, "--strategies", "from_scratch", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_lists_name_everything_and_where_it_is() -> None:
    backbones, datasets = _cli("backbones"), _cli("datasets")
    assert backbones.returncode == datasets.returncode == 0
    for name in ("vgg16", "mobilenet_075", "convnext_tiny", "tiny_resnet_cifar100"):
        assert name in backbones.stdout
    assert "Always there" in " ".join(datasets.stdout.split())


def test_help_names_every_strategy() -> None:
    text = " ".join(_cli("race", "--help").stdout.split())
    assert all(name in text for name in STRATEGIES)
