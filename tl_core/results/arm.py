"""The arms of an experiment: runs that differ in nothing but their seeds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

from tl_core.base.events import Answers
from tl_core.catalog import STRATEGIES, dataset
from tl_core.races import labels
from tl_core.races.convergence import converged
from tl_core.results.lead import Score, Seeds, chance, learned_nothing
from tl_core.results.over_seeds import reach

if TYPE_CHECKING:
    from tl_core.store.tables import Run


class Arm(NamedTuple):
    """One arm, with a run for each seed, in their order."""

    title: str
    strategy: str
    runs: list[Run]

    @property
    def id(self) -> str:
        """That of its first run."""
        return self.runs[0].id

    @property
    def tested(self) -> list[Run]:
        return [run for run in self.runs if run.summary is not None]

    @property
    def unlearned(self) -> list[Run]:
        """The runs that have learned nothing yet."""
        return [run for run in self.runs if run.summary is not None and learned_nothing(run.summary)]


def seeds_of(run: Run) -> Seeds:
    return run.spec.seed, run.spec.data.seed


def arms(runs: Sequence[Run]) -> list[Arm]:
    """The runs by arm, in their order; a number tells apart two arms of one strategy."""
    found: list[list[Run]] = []
    for run in runs:
        own = next((arm for arm in found if _joins(run, arm)), None)
        if own is None:
            found.append([run])
        else:
            own.append(run)
    named: list[Arm] = []
    for arm in found:
        named.append(Arm(_title(arm[0], named), arm[0].strategy, arm))
    return named


def _joins(run: Run, arm: Sequence[Run]) -> bool:
    alike = run.spec.with_seeds(*seeds_of(arm[0])) == arm[0].spec
    return alike and seeds_of(run) not in [seeds_of(other) for other in arm]


def _title(run: Run, before: Sequence[Arm]) -> str:
    title = STRATEGIES[run.strategy].title if run.strategy in STRATEGIES else run.strategy
    same = [arm for arm in before if arm.strategy == run.strategy]
    if any(run.spec == converged(arm.runs[0].spec) for arm in same):
        return f"{title} (to convergence)"
    return f"{title} {len(same) + 1}" if same else title


def arm_titles(runs: Sequence[Run]) -> dict[str, str]:
    """run id → what to call it: its arm, and its seed where the arm has several."""
    return {
        run.id: f"{arm.title}, seed {run.spec.seed}" if len(arm.runs) > 1 else arm.title
        for arm in arms(runs)
        for run in arm.runs
    }


def resampled(run: Run) -> str:
    """How to go on after an interval of a run's test: ", by resampling 200 designs"; "" where images stand alone."""
    groups = run.summary.test_groups if run.summary else None
    return "" if groups is None else f", by resampling {groups:,} {dataset(run.spec.data.dataset).groups}"


def intervals(runs: Sequence[Run]) -> str:
    """What is to be known of the 95 % intervals of these tests; "" where each image stands alone and that is all."""
    groups = next((words for run in runs if (words := resampled(run))), "")
    together = f"95 % intervals{groups}: images that belong together are right or wrong together. " if groups else ""
    return f"{together}{dataset(runs[0].spec.data.dataset).intervals}".strip()


def scores(runs: Sequence[Run]) -> list[Score]:
    """The test result of every arm that has one, over the seeds for which all of these have one."""
    tested = [arm for arm in arms(runs) if arm.tested]
    common = set.intersection(*({seeds_of(run) for run in arm.tested} for arm in tested)) if tested else set()
    return [score(arm, common or None) for arm in tested]


def score(arm: Arm, seeds: Collection[Seeds] | None = None) -> Score:
    """The test result of an arm, with these seeds only where some are named."""
    counted = [(run, run.summary) for run in arm.runs if run.summary and (seeds is None or seeds_of(run) in seeds)]
    run, first = counted[0]
    accuracies = {seeds_of(run): summary.test_accuracy for run, summary in counted}
    alone = first.test_accuracy_low, first.test_accuracy_high
    return over_seeds(arm.title, run, accuracies, alone, first.answers)._replace(
        strategy=arm.strategy,
        unlearned=sum(learned_nothing(summary) for _, summary in counted),
        chance=guessing([run for run, _ in counted]),
    )


def guessing(runs: Sequence[Run]) -> float | None:
    """The accuracy of guessing on the test of these runs, as it was drawn; before that, as it will be, where known."""
    tested = [found for run in runs if run.summary and (found := chance(run.summary)) is not None]
    return max(tested) if tested else labels.chance(runs[0].spec.data)


def over_seeds(
    title: str, first: Run, by_seed: Mapping[Seeds, float], alone: tuple[float, float], answers: Answers | None
) -> Score:
    """These accuracies as one: of several seeds their mean, of one what is given, its interval and its answers.

    `first`: a run that measured them.
    """
    centre, several = fmean(by_seed.values()), len(by_seed) > 1
    half = reach(list(by_seed.values())) if several else 0.0
    low, high = (max(0.0, centre - half), min(1.0, centre + half)) if several else alone
    images = first.summary.test_images if first.summary else 0
    answers, words = (None, "") if several else (answers, resampled(first))
    return Score(title, "", centre, low, high, images, answers, by_seed, resampled=words)
