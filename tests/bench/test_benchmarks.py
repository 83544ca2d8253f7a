"""The cases of `python -m tl_core bench` under pytest-benchmark: `python -m pytest -m bench -n 0 --benchmark-enable`.

Each case runs once, shortened, in processes of its own; its rows stand in the extra information of the report.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from tl_core.bench.measure import Report
from tl_core.cli.bench import CASES


@pytest.mark.bench
@pytest.mark.parametrize("letter", CASES)
def test_case(letter: str, benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    report: Report = benchmark.pedantic(CASES[letter].run, args=(True, tmp_path), rounds=1)
    benchmark.extra_info.update({row.case: row._asdict() for row in report.rows}, left_out=report.left_out)
    assert report.rows
    assert all(row.ours > 0 and row.peer > 0 for row in report.rows)
