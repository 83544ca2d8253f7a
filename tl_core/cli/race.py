"""`python -m tl_core race`: submit, follow, tell."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from tl_core.base.events import Answers, Summary, numbers
from tl_core.base.spec import RunSpec, SpecError
from tl_core.base.wording import defined, in_sentence
from tl_core.catalog import STRATEGIES, dataset
from tl_core.cli import follow
from tl_core.cli.follow import owner
from tl_core.cli.output import check_folders, write_json
from tl_core.processes import jobs
from tl_core.races import fields, labels, race
from tl_core.races.convergence import converged
from tl_core.races.race import Race, of_specs
from tl_core.results import headline, references
from tl_core.results.arm import arm_titles, arms, intervals, scores, seeds_of
from tl_core.results.experiments import beside, held
from tl_core.results.lead import BASELINE, Score, against_twin, leads, learned_nothing
from tl_core.results.paired import holm, paired
from tl_core.store import Run, open_store

if TYPE_CHECKING:
    import pandas as pd

MEASURED = ("per_class", "confusion", "roc", "reliability", "scaled_reliability")  # in JSON, beside the numbers
OTHER_NAMES = {"arms": "strategies"}
HELP = {
    "backbone": "see `python -m tl_core backbones`",
    "dataset": "see `python -m tl_core datasets`",
    "arms": f"comma-separated, of: {', '.join(STRATEGIES)}",
    "plan": "freeze plan of the strategy custom: f, t or r for every stage bottom up, as in the Lab's address",
    "split_seed": "which examples are drawn; default: the seed",
    "image_size": "side in pixels, of sentences how many tokens; default: what suits the backbone and the data set",
    "learning_rate": "default: what suits the strategy and the optimiser",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Every setting of a race is an option; what is not given is as the Lab proposes it."""
    for name in race.NAMES:
        parser.add_argument(f"--{_option(name)}", help=HELP.get(name) or _help(name), dest=name)
    parser.add_argument("--json", metavar="FILE", help="write the results here")


def _option(name: str) -> str:
    return OTHER_NAMES.get(name, name).replace("_", "-")


def _help(name: str) -> str:
    field = fields.info(name)
    words = ", ".join(fields.choices(name)) or (field.description or f"{field.title}.")
    return words.replace("%", "%%")


def raced(arguments: argparse.Namespace) -> Race:
    """The race that the command line asks for.

    Raises
    ------
    SpecError
        With one sentence, when an option is unusable.
    """
    given = {name: text for name in race.NAMES if (text := getattr(arguments, name)) is not None}
    found = race.proposed(given.pop("backbone", None), given.pop("dataset", None))
    if "seed" in given:
        given.setdefault("split_seed", given["seed"])
    for name, text in given.items():
        found = race.read(found, name, text)
    if not found.arms:
        raise SpecError("Name at least one strategy, such as --strategies from_scratch,feature_extraction.")
    return found


def specs(arguments: argparse.Namespace) -> list[RunSpec]:
    """One spec for each strategy; all share data, seed and budget. Raises as `raced` does."""
    return raced(arguments).specs()


def options(wanted: Race) -> list[str]:
    """The options that ask for this race; what the Lab proposes for its backbone and data set is left out."""
    texts = race.to_texts(wanted, race.proposed(wanted.backbone, wanted.dataset))
    texts = {"backbone": wanted.backbone, "dataset": wanted.dataset} | texts
    if "seed" in texts:
        texts.setdefault("split_seed", str(wanted.shared.data.seed))
    return [f"--{_option(name)}={text}" for name, text in texts.items()]


def run(arguments: argparse.Namespace) -> int:
    """Run the arms to their end; 0 only when every one finished."""
    wanted = raced(arguments)
    check_folders(arguments.json)
    experiment = jobs.submit(wanted.specs(), owner())
    with follow.bars() as look:
        runs = follow.to_end([experiment], look)
    _print(runs)
    write_json(arguments.json, report(runs))
    return 0 if all(run.status == "finished" for run in runs) else 1


def _measures(runs: Sequence[Run]) -> dict[str, str]:
    """The columns of scores: name of the measure → its head."""
    several = dataset(runs[0].spec.data.dataset).multi_label
    return {
        "test_accuracy": "accuracy (95 %)",
        "macro_f1": "F1 (95 %)",
        **({"micro_f1": "micro F1"} if several else {}),
        "roc_auc": "AUC (95 %)",
        "mean_average_precision": "mAP",
        "ece": "ECE",
        **{measure.name: measure.head for measure in held(runs).measures},
    }


def _seconds(result: Summary | None) -> list[str]:
    return [f"{seconds:.1f} s" for seconds in (result.prefix_s, result.train_s, result.total_s)] if result else []


def _scores(row: Mapping[str, float | None], names: Iterable[str]) -> list[str]:
    """0.612 (0.581 – 0.642) and the like, without the interval where there is none."""
    return [_within(*(row.get(f"{name}{end}") for end in ("", "_low", "_high"))) for name in names]


def _within(value: float | None, low: float | None, high: float | None) -> str:
    interval = "" if low is None else f" ({low:.3f} – {high:.3f})"
    return f"{defined(value)}{interval}"


def _print(runs: list[Run]) -> None:
    """The runs in a table, and in another one the means where there are several seeds; then who won, in words."""
    titles, console = arm_titles(runs), Console()
    if not console.is_terminal:
        console = Console(width=140)
    measured = _measures(runs)
    table = Table("strategy", "status", *measured.values(), "prefix", "training", "total")
    for run in runs:
        scored = _scores(numbers(run.summary), measured) if run.summary else [""] * len(measured)
        table.add_row(titles[run.id], run.status, *scored, *_seconds(run.summary))
    for row in references.table(runs):
        table.add_row(row["title"], "no network", *_scores(row, measured))
    console.print(table)
    if about := intervals(runs):
        console.print(held(runs).said(about))
    for run in runs:
        for text in (run.reason, *run.notes):
            if text:
                console.print(f"{titles[run.id]}: {held(runs).said(text)}")
    found = scores(runs)
    if any(len(score.by_seed) > 1 for score in found):
        console.print(_means(found))
    if found:
        console.print(held(runs).said(headline.final(found)))
    if words := beside(runs):
        console.print(words)
    for arm in (arm for arm in arms(runs) if arm.unlearned):
        longer = of_specs([converged(run.spec) for run in arm.runs])
        command = shlex.join(["race", *options(longer)])
        console.print(f"As much time as {in_sentence(arm.title)} needs: python -m tl_core {command}", soft_wrap=True)


def _means(found: Sequence[Score]) -> Table:
    table = Table("strategy", "seeds", "mean accuracy (95 % over seeds)", "spread", "points against from scratch")
    against = against_twin(found)
    for score in found:
        mean = _within(score.accuracy, score.low, score.high)
        table.add_row(
            score.title, str(len(score.by_seed)), mean, f"{score.spread or 0.0:.3f}", against.get(score.title, "")
        )
    return table


def report(runs: list[Run]) -> dict[str, Any]:
    """What --json writes: for each run its seeds, its whole summary, its notes, its history by epoch and its spec.

    `paired`: every pair of arms with the same seed, on the same test images; `beside`: every arm with what needs no
    network. `arms`: every arm over its seeds.
    `over_seeds`: every arm against the twin from scratch, where there are several seeds.
    """
    metrics = open_store().metrics([run.id for run in runs])
    versions: dict[str, str] = {}
    entries = []
    for run in runs:
        entry: dict[str, Any] = {"strategy": run.strategy, "status": run.status, "reason": run.reason, "run": run.id}
        entry |= {"seed": run.spec.seed, "split_seed": run.spec.data.seed, "labels": labels.words(run.spec.data)}
        entry |= run.summary.model_dump(mode="json", exclude={"versions"}) if run.summary else numbers(None)
        entry |= run.summary.measures if run.summary else {}
        entry["learned_nothing"] = learned_nothing(run.summary) if run.summary else None
        source = run.summary.source_task if run.summary else None
        if source:
            entry |= {"source_before": source.before, "source_after": source.after}
        entry["notes"] = run.notes
        entry["history"] = history(metrics[metrics["run_id"] == run.id])
        if run.summary:
            entry |= run.summary.model_dump(mode="json", include=set(MEASURED))
        entry["spec"] = run.spec.model_dump(mode="json")
        versions = run.summary.versions if run.summary else versions
        entries.append(entry)
    by_seed = {seeds_of(run): [other for other in runs if seeds_of(other) == seeds_of(run)] for run in runs}
    return {
        "runs": entries,
        "paired": [pair for same in by_seed.values() for pair in comparisons(combinations(_answers(same), 2))],
        "beside": [
            pair for same in by_seed.values() for pair in comparisons(product(_answers(same), _answers_beside(same)))
        ],
        **seeds_together(scores(runs)),
        "versions": versions,
    }


def seeds_together(found: Sequence[Score]) -> dict[str, Any]:
    """Every arm over its seeds, and against the twin from scratch; differences are first minus second, seed by seed."""
    twin = next((score for score in found if score.strategy == BASELINE), None)
    over = leads(found, twin) if twin and len(twin.by_seed) > 1 else []
    return {
        "arms": [
            {
                "strategy": score.strategy,
                "seeds": len(score.by_seed),
                "mean_accuracy": score.accuracy,
                "low": score.low,
                "high": score.high,
                "spread": score.spread,
                "seeds_that_learned_nothing": score.unlearned,
            }
            for score in found
        ],
        "over_seeds": [
            {"first": score.strategy, "second": BASELINE, **lead._asdict(), "p_corrected": p} for score, lead, p in over
        ],
    }


def _answers(runs: list[Run]) -> list[tuple[str, Answers | None]]:
    """Of every run that was tested, by its id."""
    return [(run.id, run.summary.answers) for run in runs if run.summary]


def _answers_beside(runs: list[Run]) -> list[tuple[str, Answers | None]]:
    """Of what needs no network, by its name."""
    return [(one.title, one.answers) for one in references.scores(runs)]


def comparisons(of: Iterable[tuple[tuple[str, Answers | None], tuple[str, Answers | None]]]) -> list[dict[str, Any]]:
    """Every pair on the same test images, the first minus the second; `p_corrected` for how many they are."""
    pairs = [(one, other, found) for (one, ours), (other, theirs) in of if (found := paired(ours, theirs))]
    corrected = holm([found.p for *_, found in pairs])
    return [
        {"first": one, "second": other, **found._asdict(), "p_corrected": p}
        for (one, other, found), p in zip(pairs, corrected, strict=True)
    ]


def history(metrics: pd.DataFrame) -> list[dict[str, float]]:
    """Epoch ends of one run, in order: epoch, elapsed_s, train and validation accuracy and loss, and the rate there.

    A probe that is solved has no rate.
    """
    ends: dict[float, dict[str, float]] = {}
    for row in metrics.to_dict("records"):
        end = ends.setdefault(row["epoch"], {"epoch": row["epoch"]})
        end["elapsed_s"] = row["elapsed_s"]
        rate = row["name"] == "learning_rate"
        end["learning_rate" if rate else f"{row['split']}_{row['name']}"] = row["value"]
    return [end for _, end in sorted(ends.items()) if "val_accuracy" in end]
