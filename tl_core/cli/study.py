"""`python -m tl_core study labels|freeze_depth|…`: run what is missing of a built-in study, then say what it found."""

from __future__ import annotations

import argparse
import json
import math
import platform
import re
import sys
import time
from typing import Any

import pandas as pd

from tl_core.base.spec import SpecError
from tl_core.cli import evidence, follow
from tl_core.cli.follow import owner
from tl_core.cli.output import check_folders, write_json
from tl_core.store import open_store
from tl_core.studies import build, range_test, recorded, sweeps
from tl_core.studies.builtin import BUILT_IN
from tl_core.studies.grid import Study
from tl_core.studies.setup import Setup, changed
from tl_core.studies.sweeps import Sweep

OPTIONS = tuple(name for name in Setup.model_fields if name != "study")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Every option of the command."""
    add = parser.add_argument
    about = "; ".join(f"{name}: {entry.question}" for name, entry in BUILT_IN.items())
    add("name", choices=["evidence", *BUILT_IN], help=f"evidence: the study that comes with the app; {about}")
    add("--rows", metavar="FILE", help="write the raw rows here as CSV; evidence fills its own row by row")
    add("--dataset", help="see `python -m tl_core datasets`")
    add("--backbone", help="see `python -m tl_core backbones`")
    add("--seeds", type=int, help="how many; default: 2")
    add("--per-class", type=int, help="training examples per class, of ratings per person")
    add("--epochs", type=int, help="at least; with few examples there are more, so that every run makes enough steps")
    add("--image-size", type=int, help="side in pixels, of sentences how many tokens")
    add("--test-images", type=int, help="in total")
    add("--grid", help="comma-separated values of the study's axis, such as 5,20,50; default: what the page proposes")
    add("--series", help="comma-separated: strategies, forms or sources to compare")
    add("--json", metavar="FILE", help="write rows and findings here")
    add("--record", metavar="NAME", help="keep it with the app, as a recorded study: assets/evidence/study_NAME.csv")


def setup_of(arguments: argparse.Namespace) -> Setup:
    """The study's settings as the command line gives them; the rest as the page proposes them."""
    given = {name: getattr(arguments, name) for name in OPTIONS if getattr(arguments, name) is not None}
    grids = {name: given.pop(name) for name in ("grid", "series") if name in given}
    return changed(build.moved(Setup(study=arguments.name), **given), **grids)


def run(arguments: argparse.Namespace) -> int:
    """Bring a study to its end; 0 only when every run of it finished."""
    check_folders(arguments.json, arguments.rows)
    if arguments.name == "evidence":
        return evidence.run(arguments)
    setup = setup_of(arguments)
    if arguments.record and not re.fullmatch(r"[a-z0-9_]+", arguments.record):
        raise SpecError("The name of a recording has small letters, digits and _ only.")
    wanted = [sweeps.sweep(one, owner()) for one in _studies(setup)]
    for one in wanted:
        count = sweeps.counts(one)
        print(f"{one.study.title}: {count['all']} runs, {count['finished']} of them measured before.")
    found, *ranged = _run(wanted)
    rows, content = pd.DataFrame(found.rows()), report(setup, found, *ranged)
    print("\n".join(finding["sentence"] for finding in content["findings"] if finding["sentence"]))
    print(f"Every run had {content['labels']}.")
    write_json(arguments.json, content)
    if arguments.rows:
        rows.to_csv(arguments.rows, index=False, lineterminator="\n", float_format="%.6g")
    whole = all(len(one.finished) == len(one.specs) for one in (found, *ranged))
    if arguments.record and whole:
        print(f"Recorded in {recorded.write(arguments.record, content, rows, command(arguments)).name}.")
    if arguments.record and not whole:
        print("Not recorded: some runs did not finish. The same command goes on from here.", file=sys.stderr)
    return 0 if whole else 1


def _studies(setup: Setup) -> list[Study]:
    """The study, and the range test that goes with one of learning rates."""
    return [build.build(setup), *([range_test.study(setup)] if setup.study == "learning_rate" else [])]


def _run(wanted: list[Sweep]) -> list[Sweep]:
    """Queue what is missing, and wait for it and for what an earlier command has left under way."""
    begun = [sweeps.start(one, owner()) for one in wanted]
    found = [sweeps.sweep(one.study, owner()) for one in wanted]
    left = [run.experiment_id for one in found for run in one.active]
    experiments = list(dict.fromkeys(name for name in (*begun, *left) if name))
    runs = follow.to_end(experiments, follow.counted()) if experiments else []
    return [one.seen(runs) for one in found]


def report(setup: Setup, found: Sweep, ranged: Sweep | None = None) -> dict[str, Any]:
    """What --json writes: the settings, a tidy table, the numbers that the page states, and where they come from.

    A `value`, `low` or `high` of null in a finding: beyond the grid, or with one seed no interval. `ranged`: the
    range test of a learning-rate study; its curves stand under `range_test`, one row per epoch: strategy, rate, loss.
    """
    rows, curves = pd.DataFrame(found.rows()), _curves(ranged)
    stated = [*build.findings(setup, rows), *range_test.findings(curves, build.titles())]
    findings = [finding._asdict() for finding in stated]
    for finding in findings:
        for name in ("value", "low", "high"):
            if finding[name] is not None and not math.isfinite(finding[name]):
                finding[name] = None
    versions = next((run.summary.versions for run in found.finished.values() if run.summary), {})
    return {
        "study": setup.study,
        "title": found.study.title,
        "setup": setup.model_dump(mode="json"),
        "labels": build.labelled(setup),
        "runs": {"all": len(found.specs), "finished": len(found.finished)},
        "rows": json.loads(rows.to_json(orient="records")) if len(rows) else [],
        "findings": findings,
        **({"range_test": json.loads(curves.to_json(orient="records"))} if ranged else {}),
        "machine": machine(),
        "date": time.strftime("%Y-%m-%d"),
        "versions": versions,
    }


def _curves(ranged: Sweep | None) -> pd.DataFrame:
    if ranged is None or not ranged.finished:
        return pd.DataFrame(columns=["strategy", "epoch", "rate", "loss"])
    runs = list(ranged.finished.values())
    table = range_test.table(open_store().metrics([run.id for run in runs]), runs)
    return table[["strategy", "epoch", "rate", "loss"]]


def command(arguments: argparse.Namespace) -> str:
    """The command that runs this study again, without the files it wrote."""
    given = [(name, getattr(arguments, name)) for name in OPTIONS if getattr(arguments, name) is not None]
    options = "".join(f" --{name.replace('_', '-')} {value}" for name, value in given)
    return f"python -m tl_core study {arguments.name}{options}"


def machine() -> str:
    """The machine in words, without its name."""
    import psutil

    memory = psutil.virtual_memory().total / 2**30
    return f"{platform.system()} on {platform.machine()}, {psutil.cpu_count()} logical cores, {memory:.0f} GiB memory"
