"""Every lesson and pitfall, run for real with a small budget: the effect goes the way that the lesson says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.lab import Server
from tests.pages.measured import summary
from tl_core import catalog
from tl_core.base.settings import settings
from tl_core.base.spec import RunSpec
from tl_core.catalog import strategies
from tl_core.lessons import lesson, results
from tl_core.lessons.beyond import BEYOND
from tl_core.lessons.entries import LESSONS
from tl_core.lessons.lesson import Choice, Lesson, RunResult, Slider
from tl_core.lessons.sentences import SENTENCES
from tl_core.lessons.tastes import TASTES
from tl_core.lessons.verdict import Verdict, of_seeds
from tl_core.races import race
from tl_core.studies.grid import key

FIVE = ("anchor", "bell", "cup", "fish", "key")
PICTOGRAMS = {"data.classes": FIVE, "data.test_images": 150, "epochs": 6}
DIGITS = {"data.classes": ("0", "1", "2", "3", "4"), "data.test_images": 150}
SMALL: dict[str, dict[str, Any]] = {  # lesson → settings of a smaller budget for every arm
    "how_much_data": {"data.test_images": 150, "epochs": 8},
    "does_the_source_matter": {"data.test_images": 200, "epochs": 12},
    "judging_honestly": {"data.test_images": 150},
    "overfitting": {"data.test_images": 200, "epochs": 12},
    "small_images": {"data.test_images": 300},
    "not_compiled": {"data.test_images": 300, "epochs": 8},
    "leak": DIGITS,
    "batch_norm": DIGITS | {"epochs": 6},
    "hearing": {"epochs": 8},
    "x_rays": {"epochs": 3},
    "recommending": {},
    "what_a_sentence_says": {"data.test_images": 300, "epochs": 2},
}
SEEDS = (0, 1, 2)
Found = tuple[RunResult, list[str]]  # what a run measured, and its notes


def _small(name: str) -> tuple[Lesson, dict[str, Any]]:
    return replace(LESSONS[name], seeds=SEEDS), SMALL.get(name, PICTOGRAMS)


def _to_download(spec: RunSpec) -> list[str]:
    there = (catalog.backbone_availability(spec.backbone), catalog.dataset_availability(spec.data.dataset))
    assert {one.kind for one in there} <= {"bundled", "local", "download"}
    return [one.sentence for one in there if one.kind == "download"]


@pytest.fixture(scope="module")
def found(server: Server) -> dict[str, Found]:
    """Every run of every lesson by its settings, on the shared workers; what several lessons run is run once."""
    specs: dict[str, RunSpec] = {}
    for name in LESSONS:
        entry, changes = _small(name)
        if any(_to_download(spec) for _, spec in entry.specs()):
            continue  # its test is skipped, or fails where data are required
        specs |= {key(spec): spec for _, spec in entry.specs(changes)}
    runs = [server.until_ended(run_id, 500) for run_id in server.submit(*specs.values())]
    assert {run.status: run.reason for run in runs} == {"finished": ""}
    metrics = server.store.metrics([run.id for run in runs])
    return {name: (results.outcome(run, metrics), run.notes) for name, run in zip(specs, runs, strict=True)}


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", LESSONS)
def test_the_effect_goes_the_way_the_lesson_says_over_seeds(
    name: str, found: dict[str, Found], at_hand: Callable[[RunSpec], None]
) -> None:
    entry, changes = _small(name)
    for _, spec in entry.specs(changes):
        at_hand(spec)
    measured: dict[str, list[RunResult]] = {arm: [] for arm in entry.arms}
    for arm, spec in entry.specs(changes):
        outcome, notes = found[key(spec)]
        measured[arm].append(outcome)
        assert any(note.startswith("Mistake") for note in notes) == (spec.mistake != "none")
    verdict = results.conclude(entry, measured).verdict
    assert verdict.outcome != "against", verdict
    assert all(effect.value > 0 for effect in verdict.effects.values()), verdict


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_is_whole_and_runs_offline_or_says_what_it_downloads(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    entry = LESSONS[name]
    before, after = lesson.text(name)
    assert len(before) > 100
    assert len(after) > 300
    assert "http" in entry.source
    for _, spec in entry.specs():
        catalog.check(spec)
        needed = _to_download(spec)
        assert all("need a download of" in one or "Needs a download of" in one for one in needed)
        assert not needed or name in BEYOND | TASTES | SENTENCES
    chosen = entry.race()
    assert race.fitted(chosen) == chosen
    assert chosen.specs()
    if isinstance(entry.guess, Slider):
        assert entry.guess.low < entry.guess.high
        assert entry.guess.unit in {"%", "points"}
    else:
        assert len(entry.guess.options) >= 2


def test_the_lessons_of_the_course_are_there_in_order() -> None:
    kinds = [entry.pitfall for entry in LESSONS.values()]
    assert kinds == [False] * (9 + len(BEYOND | TASTES | SENTENCES)) + [True] * 7
    mistakes = {spec.mistake for entry in LESSONS.values() for _, spec in entry.specs()} - {"none"}
    assert mistakes == {"divide_by_255", "batch_norm_in_training", "not_compiled_again", "validation_in_training"}


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_can_hold_fail_and_stay_undecided(name: str) -> None:
    """By its own effects, whatever the runs say: none is above zero by construction, and each has several seeds."""
    effects = LESSONS[name].effects
    assert len(LESSONS[name].seeds) >= 3
    for values, outcome in (((9, 10, 11), "held"), ((-9, -10, -11), "against"), ((-9, 0, 12), "undecided")):
        assert of_seeds(effects, [dict.fromkeys(effects, float(value)) for value in values]).outcome == outcome


@given(
    some.lists(some.floats(-50, 50), min_size=1, max_size=6), some.lists(some.floats(-50, 50), min_size=6, max_size=6)
)
def test_a_verdict_holds_only_where_every_interval_is_above_zero(one: list[float], other: list[float]) -> None:
    verdict = of_seeds({"a": "first", "b": "second"}, [{"a": a, "b": b} for a, b in zip(one, other, strict=False)])
    lows = [effect.low for effect in verdict.effects.values()]
    assert (verdict.outcome == "held") == all(low is not None and low > 0 for low in lows)
    assert verdict.sentence.startswith(("As expected: first", "Against the expectation: first", "Undecided: first"))
    assert "again" not in verdict.sentence.removeprefix("Against")


def test_high_is_thirty_times_the_usual_rate_and_nothing_else_changes() -> None:
    for name, usual, high in (("high_rate", "right", "wrong"), ("fine_tuning_well", "gentle", "high_rate")):
        arms = {arm: spec for arm, spec in LESSONS[name].specs() if spec.seed == 0}
        rates = {arm: strategies.learning_rate(spec) for arm, spec in arms.items()}
        assert rates[high] == pytest.approx(30 * rates[usual])
        same = arms[high].optimizer.model_copy(update={"learning_rate": None})
        assert arms[high].model_copy(update={"optimizer": same}) == arms[usual]


def test_a_leak_that_promises_no_more_than_honest_validation_is_not_held() -> None:
    promises = (0.82, 0.78, 0.82)
    same = {arm: [RunResult(summary(0.8), 1.0, promise) for promise in promises] for arm in ("right", "wrong")}
    assert results.conclude(LESSONS["leak"], same).verdict.outcome == "undecided"


def test_the_guess_stands_beside_the_answer_in_words() -> None:
    slider, choice = LESSONS["why_transfer"], LESSONS["which_layers"]
    assert isinstance(choice.guess, Choice)

    def said(entry, guess, answer):
        return results.beside(entry, {"Your guess": guess}, _finding(entry, answer)).replace("\N{NO-BREAK SPACE}", " ")

    assert said(slider, 60, 58.21) == "Measured: 58.2 points. Your guess: 60 points, spot on."
    assert said(slider, 50, 58.0).endswith("close.")
    assert said(slider, 10, 58.0).endswith("48 points apart.")
    assert said(slider, None, -3.0) == "Measured: −3 points."
    assert said(choice, "bottom", "bottom").endswith("Your guess: right.")
    assert said(choice, "top", "bottom").startswith("Measured: the bottom one, next to the pixels. Your guess: the top")
    both = results.beside(slider, {"Your guess": 10, "Their guess": 60}, _finding(slider, 58.0))
    assert both.index("Your guess") < both.index("Their guess")


def _finding(entry: Lesson, answer: float | str) -> results.Reveal:
    return results.Reveal({}, {}, answer, [], Verdict({}, 3), {})


def test_our_own_evidence_is_quoted_from_the_table_and_only_where_it_is() -> None:
    sentences = results.evidence(LESSONS["why_transfer"])
    assert sentences[0].startswith("From scratch on pictograms, 5 labels per class to train on and 20 to validate: ")
    nowhere = replace(LESSONS["why_transfer"], evidence=(("digits", 12345, "tiny_resnet_glyphs", "lp_ft"),))
    assert results.evidence(nowhere) == []


def test_the_settings_stand_in_the_spec_and_change_the_cache_key(tmp_path: Path) -> None:
    """A wrong preprocessing gives other features: they must not be taken for the right ones, nor the reverse."""
    from tl_core.ml.training import train

    spec = LESSONS["wrong_preprocessing"].specs({"data.classes": FIVE, "epochs": 1, "data.test_images": 25})
    right, wrong = spec[0][1], spec[1][1]
    assert (right.mistake, wrong.mistake) == ("none", "divide_by_255")
    first = train.run(right, lambda event: None, lambda: False, tmp_path / "right")
    second = train.run(wrong, lambda event: None, lambda: False, tmp_path / "wrong")
    assert not second.prefix_from_cache
    assert first.test_loss != second.test_loss
    assert len(list(settings().activations.glob("*.npy"))) == 6
