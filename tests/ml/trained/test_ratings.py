"""A finished model on ratings that were written: here, on the command line, and where it was taken home to."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.finished import finished
from tl_core.__main__ import main
from tl_core.base.spec import run_spec
from tl_core.catalog import MODALITIES
from tl_core.ml.data import ratings
from tl_core.ml.data.answering import FOLDER
from tl_core.processes import trained
from tl_core.uploads.decode import Refused

pytestmark = pytest.mark.usefixtures("movietweetings")
SPEC = run_spec(
    backbone="item_factors",
    strategy="feature_extraction",
    image_size=8,
    epochs=1,
    data={"dataset": "movietweetings", "per_class": 5},
)
ALIEN = "Alien (1979), Horror, Sci-Fi"


@pytest.mark.parametrize(
    "text", ["Nothing (2999) · person 7", ALIEN, *(f"{ALIEN} · person {one}" for one in ("0", "51", "99", "-1", "x"))]
)
def test_where_it_was_taken_home_to_the_reader_refuses_what_is_refused_here(text: str, tmp_path: Path) -> None:
    (tmp_path / "films.txt").write_text("\n".join(ratings._films()), encoding="utf-8")
    with pytest.raises(Refused) as here:
        ratings.opened(text.encode(), "movietweetings")
    reader = {"HERE": tmp_path, "np": np, "sys": sys}
    exec((FOLDER / "read_ratings.py.txt").read_text(encoding="utf-8"), reader)
    with pytest.raises(SystemExit) as there:
        reader["read"]([text])
    assert str(there.value) == f"{text} {here.value}."
    good = f"{ALIEN} · person 7"
    assert reader["read"]([good]).tolist() == [list(ratings._reader()(good))]


def test_the_command_line_takes_ratings_as_they_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    (run,) = finished(SPEC)
    like = MODALITIES["ratings"].like
    try:
        assert main(["predict", run.id, like, "gone.txt"]) == 0
    finally:
        trained.shutdown()
    said = capsys.readouterr()
    assert said.out.startswith(f"{like}: ")
    assert f"a rating is written as in “{like}”" in said.err
    assert main(["predict", run.id, *map(str, range(21))]) == 2
    assert "The limit is 20 ratings at once; these are 21." in capsys.readouterr().err


def test_help_says_how_what_can_be_written_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["predict", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert all(holds.like in said for holds in MODALITIES.values())
