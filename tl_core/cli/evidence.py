"""`python -m tl_core study NAME`: run what is not measured yet, a row in the CSV as each run lands."""

from __future__ import annotations

import argparse
from pathlib import Path
from types import ModuleType

import pandas as pd

from tl_core.base import files
from tl_core.base.spec import RunSpec, SpecError
from tl_core.cli import follow
from tl_core.cli.follow import owner
from tl_core.processes import jobs
from tl_core.store import Run
from tl_core.studies import evidence, grid, sweeps

STUDIES: dict[str, ModuleType] = {"evidence": evidence}


def run(arguments: argparse.Namespace) -> int:
    """Bring a study to its end; 0 only when every run of it is measured."""
    module = STUDIES[arguments.name]
    rows = Path(arguments.rows) if arguments.rows else module.ROWS
    there = set(_read(rows)["spec"])
    missing = [spec for spec in module.STUDY.specs() if grid.key(spec) not in there]
    print(f"{module.STUDY.title}: {len(there)} rows are there, {len(missing)} runs to go.")
    failed = _run(missing, module.STUDY, rows) if missing else 0
    table = module.table(_read(rows))
    rows.with_suffix(".md").write_text(table, encoding="utf-8")
    print(table)
    return 1 if failed else 0


def _read(path: Path) -> pd.DataFrame:
    """The rows that are there. Raises SpecError when the file holds something else."""
    if not path.exists():
        return pd.DataFrame(columns=["spec"])
    try:
        rows = pd.read_csv(path, dtype={"spec": "str"})
    except ValueError:
        rows = pd.DataFrame()
    if "spec" not in rows:
        raise SpecError(f"{path} does not hold rows of this study: name another file.")
    return rows


def _write(path: Path, row: dict[str, object], axes: list[str]) -> None:
    """Add a row; one of the same point that was measured with other defaults goes."""
    rows = pd.concat([_read(path), pd.DataFrame([row])], ignore_index=True)
    latest = rows.drop_duplicates([*axes, "seed"], keep="last")
    files.write(path, latest.to_csv(index=False, lineterminator="\n", float_format="%.6g").encode())


def _run(specs: list[RunSpec], study: grid.Study, rows: Path) -> int:
    """Run the specs on this machine's workers, or wait for those under way; how many did not finish."""
    wanted = {grid.key(spec): spec for spec in specs}
    under_way = {sweeps.key_of(run): run for run in sweeps.sweep(study, owner()).active}
    new = [spec for key, spec in wanted.items() if key not in under_way]
    experiments = {run.experiment_id for key, run in under_way.items() if key in wanted}
    if new:
        experiments.add(jobs.submit(new, owner(), study.title))
    failed = 0

    def ended(run: Run) -> None:
        nonlocal failed
        if run.status != "finished" or run.summary is None:
            failed += 1
        elif wanted.pop(sweeps.key_of(run), None) is not None:
            _write(rows, grid.row(run.spec, list(study.axes), run.summary), list(study.axes))

    follow.to_end(sorted(experiments), follow.counted(ended))
    return failed
