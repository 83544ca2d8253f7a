"""What came out of a lesson's runs: held against the expectation and against the guess."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any, NamedTuple

from tl_core.base.events import Summary, numbers
from tl_core.base.settings import ASSETS
from tl_core.base.spec import DataSpec
from tl_core.base.wording import in_sentence, many, percent
from tl_core.catalog import BACKBONES, DATASETS, STRATEGIES
from tl_core.lessons.lesson import Choice, Lesson, Measured, Results, RunResult
from tl_core.lessons.verdict import Verdict, of_seeds
from tl_core.races import labels
from tl_core.results import experiments, over_seeds
from tl_core.results.over_seeds import Mean

if TYPE_CHECKING:
    import pandas as pd

    from tl_core.store import Run
    from tl_core.store.tables import Answer


class Reveal(NamedTuple):
    """What came out, beside the guess.

    `shown`: arm → what the figure draws of it, one value per seed. `answer`: what the guess is held against, and `each`
    the same from every seed alone, where it is a number. `scores`: arm → what else was measured, means over seeds with
    their intervals over seeds.
    """

    measured: Measured
    shown: dict[str, list[float]]
    answer: float | str
    each: list[float]
    verdict: Verdict
    scores: dict[str, dict[str, Mean]]


def arm_of(lesson: Lesson, run: Run) -> str | None:
    """Which arm of the lesson a run is; None: it runs settings that the lesson no longer has."""
    either = [*lesson.specs(), *(lesson.specs(lesson.larger) if lesson.larger else ())]
    return next((arm for arm, spec in either if spec == run.spec), None)


def titles(lesson: Lesson, runs: Sequence[Run]) -> dict[str, str]:
    """run id → what to call it: its arm, and its seed where there are several."""
    arms = {run.id: arm_of(lesson, run) for run in runs}
    names = {run.id: lesson.arms[arm].title if (arm := arms[run.id]) else "An earlier form" for run in runs}
    several = len({run.spec.seed for run in runs}) > 1
    return {run.id: f"{names[run.id]} · seed {run.spec.seed}" if several else names[run.id] for run in runs}


def curves(lesson: Lesson, runs: Sequence[Run], metrics: pd.DataFrame) -> pd.DataFrame:
    """Ends of epochs as means over the seeds that have come so far; `run_id` is the arm. Rows as of `metrics`."""
    from tl_core.figures.curves import over_seeds  # plotly only when there is something to draw

    return over_seeds(metrics, {run.id: arm_of(lesson, run) for run in runs})


def standing(lesson: Lesson, runs: Sequence[Run], places: Mapping[str, int]) -> dict[str, tuple[float, str]]:
    """arm → (share done in [0, 1], how it stands in words). `places`: of its runs in the queue."""
    found = {}
    for arm in lesson.arms:
        own = [run for run in runs if arm_of(lesson, run) == arm]
        ended = sum(not run.active for run in own)
        shares = [1.0 if not run.active else experiments.share(run) for run in own]
        troubled = next((run for run in own if not run.active and run.status != "finished"), None)
        place = min((places[run.id] for run in own if run.id in places), default=None)
        now = next(
            (run.progress_label or "Starting" for run in own if run.status == "running"), experiments.waiting(place)
        )
        words = "finished" if ended == len(own) else now
        if troubled is not None:
            words = f"{troubled.status}: {troubled.reason}"
        elif len(own) > 1:
            words += f" · {ended} of {many(len(own), 'seed')}"
        found[arm] = (min(mean(shares or [0.0]), 1.0), words)
    return found


def finding(lesson: Lesson, runs: Sequence[Run], metrics: pd.DataFrame) -> Reveal | None:
    """What the runs measured; None until every one of the lesson's own has finished.

    `metrics`: rows as `Store.metrics` gives them.
    """
    results: dict[str, list[RunResult]] = {arm: [] for arm in lesson.arms}
    for run in runs:
        arm = arm_of(lesson, run)
        if arm is not None and run.status == "finished" and run.summary is not None:
            results[arm].append(outcome(run, metrics))
    complete = len(runs) == len(lesson.specs()) and all(len(found) == len(lesson.seeds) for found in results.values())
    return conclude(lesson, results) if complete else None


def outcome(run: Run, metrics: pd.DataFrame) -> RunResult:
    """What a finished run measured; its curves end where the last epoch did."""
    assert run.summary is not None
    rows = metrics[(metrics["run_id"] == run.id) & (metrics["name"] == "accuracy")].sort_values("seq")
    train, val = (float(rows[rows["split"] == split]["value"].iloc[-1]) for split in ("train", "val"))
    return RunResult(run.summary, train, val)


def conclude(lesson: Lesson, results: Results) -> Reveal:
    """From outcomes to plain numbers, and whether the effects went the expected way, judged over the seeds."""
    measured = lesson.measure(results)
    shown = {arm: [lesson.shown(outcome) for outcome in results[arm]] for arm in lesson.arms}
    seeds = min(len(found) for found in results.values())
    alone = [{arm: [found[place]] for arm, found in results.items()} for place in range(seeds)]
    by_seed = [lesson.measure(one) for one in alone]
    answers = [lesson.answer(one) for one in by_seed]
    each = [answer for answer in answers if isinstance(answer, float)]
    scores = {arm: _scores([outcome.summary for outcome in found]) for arm, found in results.items()}
    return Reveal(measured, shown, lesson.answer(measured), each, of_seeds(lesson.effects, by_seed), scores)


def _scores(summaries: Sequence[Summary]) -> dict[str, Mean]:
    """Means of events.numbers over the seeds; what is not defined for one of them is left out.

    So are the ends of intervals about test images: their mean would be the end of no interval.
    """
    each = [numbers(summary) for summary in summaries]
    names = [name for name in each[0] if not name.endswith(("_low", "_high"))]
    columns = {name: [value for one in each if (value := one[name]) is not None] for name in names}
    return {name: over_seeds.mean(values) for name, values in columns.items() if len(values) == len(each)}


def answer_words(lesson: Lesson, answer: float | str | None) -> str:
    """A guess or an answer in words: '58.2 points', '73 %', or the option's own."""
    if answer is None:
        return "no guess"
    if isinstance(lesson.guess, Choice):
        return lesson.guess.options.get(str(answer), str(answer))
    number = f"{float(answer):.1f}".removesuffix(".0").replace("-", "−")
    return f"{number}\N{NO-BREAK SPACE}{lesson.guess.unit}"


def verdict(lesson: Lesson, found: Reveal) -> str:
    """The answer, and whether the expectation held."""
    return f"{answer_words(lesson, found.answer)}. {found.verdict.sentence}"


def beside(lesson: Lesson, guesses: Mapping[str, Answer], found: Reveal) -> str:
    """The answer, and beside it each guess: whose ("Your guess") → what it was, None where there is none."""
    said = [f"Measured: {in_sentence(answer_words(lesson, found.answer))}."]
    for whose, guess in guesses.items():
        if guess is not None:
            said.append(f"{whose}: {_near(lesson, guess, found.answer)}.")
    return " ".join(said)


def _near(lesson: Lesson, guess: float | str, answer: float | str) -> str:
    words = in_sentence(answer_words(lesson, guess))
    if isinstance(lesson.guess, Choice):
        return "right" if guess == answer else words
    off = abs(float(guess) - float(answer))
    return f"{words}, {'spot on' if off < 3 else 'close' if off < 10 else f'{off:.0f} points apart'}"


def evidence(lesson: Lesson) -> list[str]:
    """The rows of our own table that the lesson names, a sentence each; those that are not there are left out."""
    path = ASSETS / "evidence" / "transfer.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, Any]] = list(csv.DictReader(file))
    sentences = []
    for dataset, per_class, backbone, strategy in lesson.evidence:
        wanted = {"data.dataset": dataset, "data.per_class": str(per_class), "backbone": backbone, "strategy": strategy}
        scores = [float(row["test_accuracy"]) for row in rows if all(row[k] == v for k, v in wanted.items())]
        if scores:
            spread = f" ± {100 * stdev(scores):.1f}" if len(scores) > 1 else ""
            who = "" if strategy == "from_scratch" else f" from {BACKBONES[backbone].title}"
            sentences.append(
                f"{STRATEGIES[strategy].title}{who} on {in_sentence(DATASETS[dataset].title)}, "
                f"{labels.words(DataSpec(dataset=dataset, per_class=per_class))}: {percent(mean(scores))}{spread} "
                f"({many(len(scores), 'seed')})."
            )
    return sentences
