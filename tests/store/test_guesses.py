"""What was expected is kept with the experiment, and goes with it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from tests.lab import spec
from tl_core.store import Guess, Store, guesses


@pytest.mark.parametrize("guess", [42, 12.5, "bottom", None])
def test_a_guess_comes_back_as_it_was(tmp_path: Path, guess: float | str | None) -> None:
    store = Store(f"sqlite:///{tmp_path / 'lab.sqlite'}")
    experiment = store.submit([spec()], "ann", guess=Guess("leak", guess))
    assert guesses.of(store, experiment) == ("leak", guess)
    assert guesses.of(store, "nowhere") is None
    store.close()


def test_an_experiment_whose_guess_cannot_be_written_is_not_queued(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'lab.sqlite'}")
    with sqlite3.connect(tmp_path / "lab.sqlite") as database:
        database.execute("DROP TABLE guesses")
    with pytest.raises(SQLAlchemyError):
        store.submit([spec()], "ann", guess=Guess("leak", 3))
    assert store.experiments("ann") == []
    database.close()
    store.close()


def test_done_is_what_finished_and_the_newest_counts(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'lab.sqlite'}")
    guess = Guess("leak", 1)
    experiments = [store.submit([spec(), spec(seed=1)], "ann", guess=guess) for _ in range(3)]
    for experiment, statuses in zip(
        experiments, (("finished",) * 2, ("finished",) * 2, ("finished", "stopped")), strict=True
    ):
        for run, status in zip(store.experiment(experiment).runs, statuses, strict=True):
            store.finish(run.id, 1, status)
    assert guesses.latest(store, "ann") == {"leak": experiments[1]}
    assert guesses.latest(store, "bob") == {}
    other = store.submit([spec()], "ann")
    assert guesses.lessons(store, "ann") == dict.fromkeys(experiments, "leak")
    assert other not in guesses.lessons(store, "ann")
    assert guesses.lessons(store, "bob") == {}
    store.delete_experiment(experiments[1], "ann")
    assert guesses.of(store, experiments[1]) is None
    assert guesses.latest(store, "ann") == {"leak": experiments[0]}
    store.close()


def test_a_store_from_before_the_lessons_takes_guesses(tmp_path: Path) -> None:
    path = tmp_path / "lab.sqlite"
    Store(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE guesses")
        database.commit()
    store = Store(f"sqlite:///{path}")
    experiment = store.submit([spec()], "ann", guess=Guess("leak", 3))
    assert guesses.of(store, experiment) == ("leak", 3)
    store.close()
