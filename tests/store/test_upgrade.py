"""A database of version 1, whose owners stood there in clear, goes on: each student's work is still their own."""

from __future__ import annotations

import sqlalchemy as sa

from tests.store.samples import SPECS, submitted
from tl_core.base.signing import signed
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


def test_it_is_brought_up_to_date_once(url: str) -> None:
    first, *_ = _of_version_1(url)
    for _ in range(2):
        store = Store(url)
        assert store.experiment(first).owner == signed(KEYS[0])
        store.submit(SPECS, "a newcomer")
        store.close()
