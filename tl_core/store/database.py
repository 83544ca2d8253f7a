"""How the database of the run store is opened: SQLite (WAL) by default, PostgreSQL by URL."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from tl_core.store.tables import VERSION, metadata, schema
from tl_core.store.upgrade import upgrade

BUSY_S = 30.0  # how long a writer waits for another one


class StoreError(RuntimeError):
    """The run store cannot be used, or not like this: one sentence that says what to do."""


def connect(url: str) -> sa.Engine:
    """Open the database at `url`; the tables exist afterwards.

    Raises
    ------
    StoreError
        When the URL names no usable database, or one that belongs to another program or another version.
    """
    engine = _engine(url)
    where = engine.url.render_as_string(hide_password=True)
    try:
        if engine.url.database and engine.dialect.name == "sqlite":
            _use_wal(engine.url.database)
        with write(engine) as connection:
            _create(connection, where)
    except (DBAPIError, sqlite3.Error) as error:
        engine.dispose()
        raise StoreError(_sentence(where, getattr(error, "orig", error))) from error
    except StoreError:
        engine.dispose()
        raise
    return engine


def _sentence(where: str, error: object) -> str:
    if "not a database" in str(error) or "malformed" in str(error):
        return (
            f"The run store {where} is not a database, or is damaged. Move that file away; a new, empty store "
            "is then made in its place."
        )
    return (
        f"The run store {where} cannot be opened: {' '.join(str(error).split())}. Check TL_STORE_URL, TL_HOME, the "
        "rights on that folder and that its disk is not full."
    )


@contextmanager
def write(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that commits at the end of its `with`. On SQLite it waits its turn among the writers."""
    with engine.connect() as connection:
        connection = connection.execution_options(tl_write=True)
        with connection.begin():
            yield connection


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(parsed)
        return sa.create_engine(parsed, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise StoreError(
            "TL_STORE_URL is not the address of a database. It looks like sqlite:////folder/lab.sqlite or "
            "postgresql://user:password@host/name."
        ) from error
    except ModuleNotFoundError as error:
        raise StoreError(
            f"This database needs the package {error.name!r}, which is not installed: "
            "pip install 'psycopg[binary]' for PostgreSQL."
        ) from error


def _sqlite(url: sa.URL) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        raise StoreError("The run store must be a file, because workers in other processes write to it too.")
    path = Path(url.database).expanduser().resolve()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"The folder of the run store {path} cannot be made: {error.strerror}.") from error
    engine = sa.create_engine(
        url.set(database=path.as_posix()), connect_args={"timeout": BUSY_S, "isolation_level": None}
    )
    sa.event.listen(engine, "connect", _configure)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: Any, record: object) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin(connection: sa.Connection) -> None:
    """A writer takes the lock at once: one that reads first and then upgrades fails instead of waiting."""
    writes = connection.get_execution_options().get("tl_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _use_wal(path: str) -> None:
    """Readers beside one writer. The switch ignores the busy timeout, so it is tried until it holds."""
    deadline = time.monotonic() + BUSY_S
    with closing(sqlite3.connect(path, timeout=BUSY_S)) as connection:
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)


def _create(connection: sa.Connection, where: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(7409071)"))  # one process makes the tables
    there = set(sa.inspect(connection).get_table_names())
    if schema.name in there:
        version = connection.execute(sa.select(schema.c.version)).scalar() or 0
        if not 1 <= version <= VERSION:
            raise StoreError(
                f"The run store {where} was made by another version of Transfer Lab (its format is "
                f"{version}, this one is {VERSION}). Set TL_HOME to another folder, or move the file away."
            )
        if version < VERSION:
            upgrade(connection, version)
            connection.execute(schema.update().values(version=VERSION))
        metadata.create_all(connection)  # tables that this version adds; those that are there stay as they are
    elif there & set(metadata.tables):
        raise StoreError(f"The database {where} belongs to another program. Set TL_STORE_URL to an empty one.")
    else:
        metadata.create_all(connection)
        connection.execute(schema.insert().values(version=VERSION))
