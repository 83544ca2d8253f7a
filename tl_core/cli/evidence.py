"""`python -m tl_core study NAME`: run what is not measured yet, a row in the CSV as each run lands."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from types import ModuleType

import pandas as pd

from tl_core.base.settings import settings
from tl_core.base.spec import ENDED, RunSpec
from tl_core.processes import jobs
from tl_core.store import Store, open_store
from tl_core.studies import evidence
from tl_core.studies import grid as studies

POLL_S = 1.0
OWNER = "command line"
STUDIES: dict[str, ModuleType] = {"evidence": evidence}


def run(arguments: argparse.Namespace) -> int:
    """Bring a study to its end; 0 only when every run of it is measured."""
    module = STUDIES[arguments.name]
    rows = Path(arguments.rows) if arguments.rows else module.ROWS
    there = set(_read(rows)["spec"])
    missing = [spec for spec in module.STUDY.specs() if studies.key(spec) not in there]
    print(f"{module.STUDY.title}: {len(there)} rows are there, {len(missing)} runs to go.")
    failed = _run(missing, module.STUDY, rows) if missing else 0
    table = module.table(_read(rows))
    rows.with_suffix(".md").write_text(table, encoding="utf-8")
    print(table)
    return 1 if failed else 0


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"spec": "str"}) if path.exists() else pd.DataFrame(columns=["spec"])


def _append(path: Path, row: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame([row]).to_csv(
        path, mode="a", header=not path.exists(), index=False, lineterminator="\n", float_format="%.6g"
    )


def _run(specs: list[RunSpec], study: studies.Study, rows: Path) -> int:
    """Run the specs on this machine's workers; how many did not finish."""
    experiment_id = jobs.submit(specs, OWNER, study.title)
    store = open_store()
    try:
        return _follow(store, experiment_id, study, rows)
    except KeyboardInterrupt:
        experiment = store.experiment(experiment_id)
        jobs.stop([run.id for run in experiment.runs] if experiment else [])
        time.sleep(settings().stop_grace_s)
        print("Stopped. The same command goes on from here.", file=sys.stderr)
        return 1
    finally:
        jobs.shutdown()


def _follow(store: Store, experiment_id: str, study: studies.Study, rows: Path) -> int:
    written: set[str] = set()
    failed = 0
    started = time.monotonic()
    while True:
        experiment = store.experiment(experiment_id)
        runs = experiment.runs if experiment else []
        for run in runs:
            if run.status not in ENDED or run.id in written:
                continue
            written.add(run.id)
            if run.status == "finished" and run.summary:
                _append(rows, studies.row(run.spec, list(study.axes), run.summary))
            else:
                failed += 1
            spent = time.monotonic() - started
            left = spent / len(written) * (len(runs) - len(written))
            print(
                f"{len(written)} of {len(runs)}: {run.spec.backbone} {run.strategy} on {run.spec.data.dataset}, "
                f"{run.spec.data.per_class} a class, seed {run.spec.seed}: "
                + (f"{run.summary.test_accuracy:.3f}" if run.summary else f"{run.status}. {run.reason}")
                + f" · about {left / 60:.0f} min to go",
                flush=True,
            )
        if len(written) == len(runs):
            return failed
        time.sleep(POLL_S)
