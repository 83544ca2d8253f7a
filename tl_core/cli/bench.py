"""`python -m tl_core bench`: this app against the usual ways, ratios first."""

from __future__ import annotations

import argparse
import platform
import shutil
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from tl_core.base.spec import SpecError
from tl_core.bench import click, extraction, growth, memory, prefix, queue, rerun, scratch, uploads
from tl_core.bench.measure import Row, Skipped
from tl_core.cli.output import check_folders, write_json

CASES: dict[str, ModuleType] = {
    "a": extraction,
    "b": prefix,
    "c": scratch,
    "d": click,
    "e": rerun,
    "f": memory,
    "g": growth,
    "h": queue,
    "i": uploads,
}


def arguments(parser: argparse.ArgumentParser) -> None:
    cases = "; ".join(f"{letter}: {case.TITLE}" for letter, case in CASES.items())
    parser.add_argument("--only", default=",".join(CASES), metavar="a,b", help=f"these cases ({cases})")
    parser.add_argument("--quick", action="store_true", help="shorter, to see that it works; not to be quoted")
    parser.add_argument("--json", metavar="FILE", help="write the rows here")


def run(given: argparse.Namespace) -> int:
    """0 when every case ran or said why it did not, 1 when one broke."""
    check_folders(given.json)
    chosen = [letter.strip() for letter in given.only.split(",") if letter.strip()]
    unknown = [letter for letter in chosen if letter not in CASES]
    if unknown or not chosen:
        cases = "; ".join(f"{letter}: {case.TITLE}" for letter, case in CASES.items())
        raise SpecError(f"There is no case {', '.join(unknown) or 'without a name'}. There are: {cases}.")
    rows: list[Row] = []
    left_out: list[str] = []
    broken = False
    for letter in chosen:
        print(f"({letter}) {CASES[letter].TITLE} …", file=sys.stderr, flush=True)
        home = Path(tempfile.mkdtemp(prefix="bench-"))
        try:
            report = CASES[letter].run(given.quick, home)
            rows += report.rows
            left_out += report.left_out
        except Skipped as reason:
            left_out.append(f"({letter}) {reason}")
        except RuntimeError as error:
            broken = True
            left_out.append(f"({letter}) broke off: {error}")
        finally:
            shutil.rmtree(home, ignore_errors=True)
    _show(rows, left_out)
    write_json(given.json, _report(rows, left_out, given.quick))
    return int(broken)


def _show(rows: list[Row], left_out: list[str]) -> None:
    table = Table(title="Ratios: so many times better is this app, 1 where a limit is just held", title_justify="left")
    for column in ("ratio", "case", "ours", "peer", "unit"):
        table.add_column(column, justify="left" if column in ("case", "unit") else "right")
    for row in rows:
        table.add_row(f"{row.ratio:.2f}", row.case, f"{row.ours:.4g}", f"{row.peer:.4g}", row.unit)
    Console().print(table)
    for sentence in left_out:
        print(sentence)


def _report(rows: list[Row], left_out: list[str], quick: bool) -> dict[str, Any]:
    machine = {
        "cpus": psutil.cpu_count(),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
    }
    return {"cases": [row._asdict() for row in rows], "left_out": left_out, "quick": quick, "machine": machine}
