"""The models of finished runs: which stay on the disk, which go, and what is said of them."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from tests.finished import finished
from tests.lab import spec
from tests.uploading import ME
from tl_core.__main__ import main
from tl_core.base.settings import settings
from tl_core.ml.network import checkpoint
from tl_core.processes import models, removal, trained
from tl_core.processes.models import surplus
from tl_core.store import Run, StoreError, database, open_store, tables
from tl_core.store.models import Weights


@pytest.fixture
def two() -> list[Run]:
    """Two runs that were trained, the second with early stopping."""
    return finished(spec(epochs=1), spec(epochs=2, patience=1))


def _folder(run: Run) -> Path:
    return settings().runs / run.id


def _age(run: Run, days: float) -> None:
    then = time.time() - days * 86400
    with database.write(open_store().engine) as connection:
        connection.execute(update(tables.runs).where(tables.runs.c.id == run.id).values(finished_at=then))


def test_an_old_model_goes_with_a_reason_and_results_stay(two: list[Run], capsys: pytest.CaptureFixture[str]) -> None:
    one, other = two
    removal.expire()
    assert models.gone(two) == {}
    assert models.used(ME) == sum(checkpoint.size(_folder(run)) for run in two) > 0
    models.keep(other, ME, True)
    curve = open_store().metrics([one.id])
    for run in two:
        _age(run, 91)
    removal.expire()
    assert list(models.gone(two)) == [one.id]
    assert "90 days after its run. Results and curves stay" in models.gone(two)[one.id]
    assert [path.name for path in _folder(one).rglob("*.npz")] == ["test.npz"]
    assert checkpoint.load(_folder(other) / checkpoint.BEST) is not None
    again = open_store().run(one.id)
    assert again.summary == one.summary
    assert open_store().metrics([one.id]).equals(curve)

    with pytest.raises(StoreError, match="90 days after its run"):
        trained.pack(one, "keras", "A model")
    assert trained.pack(one, "script", "A run").form == "script"  # it trains anew
    for command in (["predict", one.id, "x.png"], ["export", one.id, "--format", "tflite", "--to", "model.tflite"]):
        assert main(command) == 2
        assert "90 days after its run" in capsys.readouterr().err


def test_what_is_kept_has_a_limit_of_its_own(two: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two
    monkeypatch.setenv("TL_MODELS_EACH_BYTES", str(2 * checkpoint.size(_folder(one)) + 1))
    settings.cache_clear()
    models.keep(one, ME, True)
    assert models.kept(two) == {one.id}
    with pytest.raises(StoreError, match="is the limit for what is kept"):
        models.keep(other, ME, True)
    with pytest.raises(StoreError, match="no such run of yours"):
        models.keep(other, "somebody else", True)
    removal.expire()
    assert list(models.gone(two)) == [other.id]
    assert "to make room: the models of one student may take" in models.gone(two)[other.id]
    with pytest.raises(StoreError, match="to make room"):
        models.keep(other, ME, True)
    models.keep(one, ME, False)
    assert models.kept(two) == set()


def test_a_run_that_did_not_finish_leaves_no_weights() -> None:
    store = open_store()
    experiment = store.experiment(store.submit([spec()], ME))
    (run,) = experiment.runs
    store.claim(run.id, "worker", 1)
    _folder(run).mkdir(parents=True)
    (_folder(run) / checkpoint.FILE).write_bytes(b"weights")
    removal.expire()
    assert checkpoint.size(_folder(run)) == 7  # it may go on
    store.finish(run.id, 1, "stopped")
    removal.expire()
    assert checkpoint.size(_folder(run)) == 0


@st.composite
def _weights(draw: st.DrawFn) -> list[Weights]:
    rows = draw(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 50), st.booleans()), max_size=20))
    return [Weights(str(i), owner, float(i), size, kept, "") for i, (owner, size, kept) in enumerate(rows)]


@given(_weights(), st.integers(0, 150), st.integers(0, 300))
def test_both_limits_hold_as_far_as_what_is_kept_allows(there: list[Weights], each: int, whole: int) -> None:
    doomed = [one for one, _, _ in surplus(there, each, whole)]
    left = [one for one in there if one not in doomed]
    assert len(set(doomed)) == len(doomed)
    assert not any(one.kept for one in doomed)
    size: Counter[str] = Counter()
    for one in left:
        size[one.owner] += one.bytes
    loose = {one.owner for one in left if not one.kept}
    assert all(size[owner] <= each for owner in loose)
    assert size.total() <= whole or not loose
    for one in doomed:  # nobody's newer model goes before an older one that is not kept
        assert not any(other.owner == one.owner and other.ended_at < one.ended_at and not other.kept for other in left)
