"""`python -m tl_core lesson ID`: run what a lesson runs, then hold it against what was to be expected."""

from __future__ import annotations

import argparse
from typing import Any

from tl_core.base.spec import SpecError
from tl_core.cli import follow, race
from tl_core.cli.follow import owner
from tl_core.cli.output import check_folders, write_json
from tl_core.lessons import results
from tl_core.lessons.entries import LESSONS
from tl_core.lessons.lesson import Lesson, plain_source
from tl_core.lessons.results import Reveal
from tl_core.processes import jobs
from tl_core.races import labels
from tl_core.store import Guess, open_store


def arguments(parser: argparse.ArgumentParser) -> None:
    """Every option of the command."""
    parser.add_argument("id", help="see `python -m tl_core lessons`")
    parser.add_argument("--imagenet", action="store_true", help="with MobileNet 0.75 on CIFAR-10, where both are here")
    parser.add_argument("--json", metavar="FILE", help="write what was expected and measured here")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 when every run of it finished, whatever the outcome."""
    entry = LESSONS.get(arguments.id)
    if entry is None:
        raise SpecError(f"There is no lesson called {arguments.id!r}. There are: {', '.join(LESSONS)}.")
    check_folders(arguments.json)
    if arguments.imagenet and not entry.larger_is_here:
        raise SpecError(
            "With ImageNet weights this lesson runs where MobileNet 0.75 and CIFAR-10 are on the machine (see "
            "`python -m tl_core backbones`), and only some lessons have that form. Leave --imagenet out."
        )
    specs = entry.specs(entry.larger if arguments.imagenet else None)
    guess = Guess(arguments.id, None)
    experiment_id = jobs.submit([spec for _, spec in specs], owner(), entry.title, guess=guess)
    with follow.bars([entry.arms[arm].title for arm, _ in specs]) as look:
        runs = follow.to_end([experiment_id], look)
    finding = results.finding(entry, runs, open_store().metrics([run.id for run in runs]))
    _tell(entry, finding)
    write_json(arguments.json, report(arguments.id, finding) | race.report(runs))
    return 0 if finding is not None else 1


def report(lesson_id: str, finding: Reveal | None) -> dict[str, Any]:
    """What --json writes beside the runs."""
    entry = LESSONS[lesson_id]
    return {
        "lesson": lesson_id,
        "title": entry.title,
        "question": entry.question,
        "pitfall": entry.pitfall,
        "labels": labels.words(*(spec.data for _, spec in entry.specs())),
        "expected": {
            "sentence": entry.expected,
            "source": plain_source(entry.source),
            "evidence": results.evidence(entry),
        },
        "measured": finding.measured if finding else None,
        "answer": finding.answer if finding else None,
        "outcome": finding.verdict.outcome if finding else None,
        "effects": {words: effect._asdict() for words, effect in finding.verdict.effects.items()} if finding else {},
    }


def _tell(entry: Lesson, finding: Reveal | None) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(f"[bold]{entry.title}[/bold]\n{entry.question}\n")
    if finding is None:
        console.print("Not every run finished, so there is no answer.")
        return
    table = Table("arm", f"{entry.shown_title} (mean)", "each seed")
    for name, values in finding.shown.items():
        each = ", ".join(f"{100 * value:.1f} %" for value in values)
        table.add_row(entry.arms[name].title, f"{100 * finding.measured[name]:.1f} %", each)
    console.print(table)
    console.print(f"Expected: {entry.expected}\nSource: {plain_source(entry.source)}", markup=False)
    console.print(f"This time: {results.verdict(entry, finding)}", markup=False)
