"""Lessons on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_cli import _cli
from tl_core.lessons.entries import LESSONS


def test_every_lesson_and_pitfall_is_listed() -> None:
    done = _cli("lessons")
    assert done.returncode == 0
    assert all(name in done.stdout for name in LESSONS)
    assert "pitfall" in done.stdout


def test_an_unknown_lesson_is_one_sentence_and_status_two() -> None:
    done = _cli("lesson", "magic")
    assert done.returncode == 2
    assert "no lesson called 'magic'" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.long
def test_a_lesson_runs_and_says_what_was_expected_and_measured(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    done = _cli("lesson", "leak", "--json", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(out.read_text(encoding="utf-8"))
    assert report["labels"] == "5 labels per class to train on and 20 to validate"
    assert report["expected"]["sentence"] == LESSONS["leak"].expected
    assert "http" in report["expected"]["source"]
    assert report["measured"]["cost_points"] == pytest.approx(report["answer"])
    assert report["outcome"] in ("held", "undecided")
    assert [run["status"] for run in report["runs"]] == ["finished"] * 6
    assert {run["spec"]["mistake"] for run in report["runs"]} == {"none", "validation_in_training"}
    assert "This time:" in done.stdout
