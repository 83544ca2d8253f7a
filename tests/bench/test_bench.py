"""The benchmark's command, shortened."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from tl_core.__main__ import main
from tl_core.bench import measure
from tl_core.cli.bench import CASES


@pytest.mark.long
def test_rows_stand_in_the_table_and_in_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.json"
    assert main(["bench", "--quick", "--only", "c", "--json", str(out)]) == 0
    content = json.loads(out.read_text(encoding="utf-8"))
    assert content["quick"]
    assert content["machine"]["cpus"] >= 1
    rows = {row["case"]: row for row in content["cases"]}
    row = rows["c against keras_fit"]
    assert list(row) == ["case", "ours", "peer", "ratio", "unit"]
    assert row["unit"] == "images/s"
    assert row["ratio"] == pytest.approx(row["ours"] / row["peer"])
    assert min(row["ours"], row["peer"]) > 0
    said = capsys.readouterr().out
    assert f"{row['ratio']:.2f}" in said
    if importlib.util.find_spec("torch") is None:
        assert any("PyTorch is not installed" in sentence for sentence in content["left_out"])
        assert "PyTorch is not installed" in said


def test_a_contender_that_breaks_is_told_with_its_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="KeyError: 'abacus'"):
        measure.contend("scratch", tmp_path, "abacus", 1)


def test_an_unknown_case_is_refused_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--only", "a,z"]) == 2
    said = capsys.readouterr().err
    assert "There is no case z. There are: a: " in said
    assert all(f"{name}: {case.TITLE}" in said for name, case in CASES.items())


def test_every_case_has_a_title_and_ratios_say_how_much_better_ours_is() -> None:
    assert all(case.TITLE and callable(case.run) for case in CASES.values())
    assert measure.faster("x", 2.0, 8.0).ratio == 4.0
    assert measure.more("x", 2.0, 8.0, "images/s").ratio == 0.25
