"""A database of an earlier version goes on: each student's work is still their own, and every result is still read."""

from __future__ import annotations

import numpy as np
import sqlalchemy as sa

from tests.pages.measured import summary
from tests.store.samples import SPECS, submitted
from tl_core.base.events import Accuracy, Answers, Reference
from tl_core.base.signing import signed
from tl_core.base.spec import run_spec
from tl_core.store import Store, database, tables

KEYS = ("a-key-of-a-cookie-0123", "another-key-4567890123")


def _of_version_1(url: str) -> list[str]:
    """The ids of three experiments, of two students."""
    store = Store(url)
    made = [submitted(store, owner, SPECS)[0].experiment_id for owner in (*KEYS, KEYS[0])]
    with database.write(store.engine) as connection:
        connection.execute(sa.text("ALTER TABLE runs DROP COLUMN queued_as"))
        connection.execute(tables.schema.update().values(version=1))
    store.close()
    return made


def test_owners_are_signed_and_keep_what_is_theirs(url: str) -> None:
    first, others, second = _of_version_1(url)
    store = Store(url)
    mine = signed(KEYS[0])
    assert {one.id for one in store.experiments(mine)} == {first, second}
    assert [one.id for one in store.experiments(signed(KEYS[1]))] == [others]
    assert {(run.owner, run.queued_as) for run in store.experiment(first).runs} == {(mine, mine)}
    assert [store.experiments(key) for key in KEYS] == [[], []]
    with store.engine.connect() as connection:
        rows = [str(row) for table in tables.metadata.sorted_tables for row in connection.execute(sa.select(table))]
    assert not [row for row in rows for key in KEYS if key in row]
    store.request_stop([run.id for run in store.active()], mine)
    assert {run.owner for run in store.active()} == {signed(KEYS[1])}
    store.close()


def test_what_needed_no_network_is_all_in_one_place(url: str) -> None:
    """Version 2 had the bag of words in one place of a summary, and what means expect of ratings in another."""
    store = Store(url)
    runs = submitted(store, "ann", [*SPECS, run_spec(seed=1)])
    now, answers = summary(0.5), Answers.of(np.arange(2), np.zeros(2, int), np.array([True, False]))
    bag = Accuracy(value=0.5, low=0.1, high=0.9, answers=answers)
    measures = {"": {"rmse": 1.6, "recall_at_10": None}, "the film's mean": {"rmse": 1.7, "recall_at_10": None}}
    then = now.model_dump(mode="json", exclude={"references"}) | {"measures": {}, "reference": None}
    stored = [then | {"reference": bag.model_dump()}, then | {"measures": measures}, None]
    with database.write(store.engine) as connection:
        for run, one in zip(runs, stored, strict=True):
            connection.execute(tables.runs.update().where(tables.runs.c.id == run.id).values(summary=one))
        connection.execute(tables.schema.update().values(version=2))
    store.close()
    store = Store(url)
    words, films, none = (store.run(run.id).summary for run in runs)
    same = {"test_accuracy": 0.5, "test_accuracy_low": 0.1, "test_accuracy_high": 0.9, "answers": answers}
    assert words == now.model_copy(update={"references": {"a bag of words": Reference(**same)}})
    assert films.measures == measures[""]
    assert films.references == {"the film's mean": Reference(measures=measures["the film's mean"])}
    assert none is None
    store.close()


def test_it_is_brought_up_to_date_once(url: str) -> None:
    first, *_ = _of_version_1(url)
    for _ in range(2):
        store = Store(url)
        assert store.experiment(first).owner == signed(KEYS[0])
        store.submit(SPECS, "a newcomer")
        store.close()
