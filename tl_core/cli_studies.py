"""`python -m tl_core study labels|freeze_depth|…`: run what is missing of a built-in study, then say what it found."""
from __future__ import annotations

import argparse
import json
import math
import platform
import re
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

from tl_core import jobs, recorded, study_build, sweeps
from tl_core.cli_race import OWNER
from tl_core.settings import settings
from tl_core.spec import ENDED, SpecError
from tl_core.store import open_store
from tl_core.study_setup import Setup, changed
from tl_core.sweeps import Sweep
from tl_core.wording import duration

POLL_S = 0.5
OPTIONS = ("dataset", "backbone", "seeds", "per_class", "epochs", "image_size", "test_images", "grid", "series")


def setup_of(arguments: argparse.Namespace) -> Setup:
    """The study's settings as the command line gives them; the rest as the page proposes them."""
    given = {name: getattr(arguments, name) for name in OPTIONS if getattr(arguments, name) is not None}
    return changed(Setup(study=arguments.name), **given)


def study(arguments: argparse.Namespace) -> int:
    """Bring a study to its end; 0 only when every run of it finished."""
    setup = setup_of(arguments)
    for path in filter(None, (arguments.json, arguments.rows)):
        if not Path(path).resolve().parent.is_dir():
            raise SpecError(f"The folder of {path} does not exist, so the results could not be written.")
    if arguments.record and not re.fullmatch(r"[a-z0-9_]+", arguments.record):
        raise SpecError("The name of a recording has small letters, digits and _ only.")
    found = sweeps.sweep(study_build.build(setup), OWNER)
    count = sweeps.counts(found)
    print(f"{found.study.title}: {count['all']} runs, {count['finished']} of them measured before.")
    found = _run(found)
    rows = pd.DataFrame(found.rows())
    findings = study_build.findings(setup, rows)
    print("\n".join(finding.sentence for finding in findings if finding.sentence))
    if arguments.json:
        text = json.dumps(report(setup, found), indent=2)
        Path(arguments.json).write_text(text + "\n", encoding="utf-8")
    if arguments.rows:
        rows.to_csv(arguments.rows, index=False, lineterminator="\n", float_format="%.6g")
    whole = len(found.finished) == len(found.specs)
    if arguments.record and whole:
        print(f"Recorded in {recorded.write(arguments.record, report(setup, found), rows, command(arguments)).name}.")
    if arguments.record and not whole:
        print("Not recorded: some runs did not finish. The same command goes on from here.", file=sys.stderr)
    return 0 if whole else 1


def _run(found: Sweep) -> Sweep:
    experiment_id = sweeps.start(found, OWNER)
    if experiment_id is None:
        return found
    try:
        return _follow(found, experiment_id)
    except KeyboardInterrupt:
        experiment = open_store().experiment(experiment_id)
        jobs.stop([run.id for run in experiment.runs] if experiment else [])
        time.sleep(settings().stop_grace_s)
        print("Stopped. The same command goes on from here.", file=sys.stderr)
        return found.seen(experiment.runs if experiment else [])
    finally:
        jobs.shutdown()


def _follow(found: Sweep, experiment_id: str) -> Sweep:
    store, began = open_store(), time.monotonic()
    told: set[str] = set()
    while True:
        experiment = store.experiment(experiment_id)
        runs = experiment.runs if experiment else []
        new = [run for run in runs if run.status in ENDED and run.id not in told]
        told |= {run.id for run in new}
        for run in (run for run in new if run.status != "finished"):
            print(f"A run ended as {run.status}. {run.reason}", file=sys.stderr)
        if new:
            left = (time.monotonic() - began) / len(told) * (len(runs) - len(told))
            print(f"{len(told)} of {len(runs)} runs, about {duration(left)} to go", flush=True)
        if len(told) == len(runs):
            return found.seen(runs)
        time.sleep(POLL_S)


def report(setup: Setup, found: Sweep) -> dict[str, Any]:
    """What --json writes: the settings, a tidy table, the numbers that the page states, and where they come from.

    A `value`, `low` or `high` of null in a finding: beyond the grid, or with one seed no interval.
    """
    rows = pd.DataFrame(found.rows())
    findings = [finding._asdict() for finding in study_build.findings(setup, rows)]
    for finding in findings:
        for name in ("value", "low", "high"):
            if finding[name] is not None and not math.isfinite(finding[name]):
                finding[name] = None
    versions = next((run.summary.versions for run in found.finished.values() if run.summary), {})
    return {
        "study": setup.study, "title": found.study.title, "setup": setup.model_dump(mode="json"),
        "runs": {"all": len(found.specs), "finished": len(found.finished)},
        "rows": json.loads(rows.to_json(orient="records")) if len(rows) else [], "findings": findings,
        "machine": machine(), "date": time.strftime("%Y-%m-%d"), "versions": versions,
    }


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
