"""The run store, where the web process and the workers meet: experiments, runs, metrics, the cluster.

Times are UTC seconds since the epoch. A run belongs to one *attempt* at a time: whatever an earlier attempt
still writes is refused, so that a worker that was given up for dead can do no harm.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tl_core.base.events import Event, Metric, Progress, Summary
from tl_core.base.settings import settings
from tl_core.base.spec import RunSpec, Status, restored
from tl_core.store import database, queue, tables
from tl_core.store.database import StoreError
from tl_core.store.queue import ActiveRun
from tl_core.store.tables import ACTIVE, ClusterState, Experiment, Guess, Run

if TYPE_CHECKING:
    import pandas as pd

_runs, _metrics, _notes = tables.runs, tables.metrics, tables.notes
_METRIC_COLUMNS = ("run_id", "seq", *Metric._fields)


class Store:
    """The store at one database URL. Safe to share between threads.

    Raises
    ------
    StoreError
        When the database cannot be opened or belongs to something else.
    """

    def __init__(self, url: str) -> None:
        self.engine = database.connect(url)
        self.url = self.engine.url.render_as_string(hide_password=False)  # absolute: good in any process
        self.queue = queue.SharedLook(self.engine)
        self._specs: dict[str, RunSpec] = {}  # a spec never changes, and reading one costs more than its row

    def close(self) -> None:
        self.engine.dispose()

    # The web process

    def submit(
        self,
        specs: Sequence[RunSpec],
        owner: str,
        title: str = "",
        note: str = "",
        guess: Guess | None = None,
        supervisor: str = "",
        newcomer: str = "",
    ) -> str:
        """Queue one run for each spec, with what is said of them, all or nothing; the experiment's id.

        `guess`: of the lesson that they run. `supervisor`: who starts them ("": any). `newcomer`: whose turns they take
        in an owner's first hour ("": their own). Raises StoreError without a run, or room for it (`queue.problem`).
        """
        if not specs:
            raise StoreError("An experiment needs at least one run.")
        experiment_id = secrets.token_hex(9)
        with database.write(self.engine) as connection:
            queue.check_room(connection, owner, len(specs))
            connection.execute(
                tables.experiments.insert().values(
                    id=experiment_id, owner=owner, title=title, note=note, created_at=time.time()
                )
            )
            tables.queue_runs(connection, experiment_id, specs, owner, supervisor, newcomer)
            if guess is not None:
                values = {"experiment_id": experiment_id, "lesson": guess.lesson, "guess": guess.guess}
                connection.execute(tables.guesses.insert().values(values))
        self.queue.forget()
        return experiment_id

    def join(
        self, experiment_id: str, specs: Sequence[RunSpec], owner: str, supervisor: str = "", newcomer: str = ""
    ) -> None:
        """Queue more runs in an experiment, as its last arms. Raises as `submit`, and when it is not the owner's."""
        with database.write(self.engine) as connection:
            _check_owner(connection, experiment_id, owner)
            queue.check_room(connection, owner, len(specs))
            tables.queue_runs(connection, experiment_id, specs, owner, supervisor, newcomer)
        self.queue.forget()

    def experiment(self, experiment_id: str) -> Experiment | None:
        found = self._experiments(tables.experiments.c.id == experiment_id, 1)
        return found[0] if found else None

    def experiments(self, owner: str, limit: int = 100) -> list[Experiment]:
        """The owner's experiments, newest first."""
        return self._experiments(tables.experiments.c.owner == owner, limit)

    def run(self, run_id: str) -> Run | None:
        found = self._select_runs(_runs.c.id == run_id)
        return found[0] if found else None

    def request_stop(self, run_ids: Sequence[str], owner: str) -> None:
        """A queued run of the owner's is stopped at once; a running one as soon as its worker looks."""
        now, chosen = time.time(), sa.and_(_runs.c.id.in_(list(run_ids)), _runs.c.owner == owner)
        with database.write(self.engine) as connection:
            connection.execute(
                _runs.update()
                .where(chosen, _runs.c.status == "queued")
                .values(status="stopped", reason="Stopped while in the queue.", finished_at=now)
            )
            connection.execute(
                _runs.update()
                .where(chosen, _runs.c.status == "running", _runs.c.stop_requested_at.is_(None))
                .values(stop_requested_at=now)
            )
        self.queue.forget()

    def delete_experiment(self, experiment_id: str, owner: str) -> None:
        """Delete an experiment and everything measured in it.

        Raises
        ------
        StoreError
            When it is not the owner's, or a run of it has not ended.
        """
        table = tables.experiments
        with database.write(self.engine) as connection:
            _check_owner(connection, experiment_id, owner)
            going = sa.select(_runs.c.id).where(_runs.c.experiment_id == experiment_id, _runs.c.status.in_(ACTIVE))
            if connection.execute(going).first() is not None:
                raise StoreError("This experiment is still going on. Stop it first, then delete it.")
            connection.execute(table.delete().where(table.c.id == experiment_id))

    def describe(self, experiment_id: str, owner: str, title: str, note: str) -> None:
        """Give an experiment of the owner's another title and note; anybody else's stays as it is."""
        table = tables.experiments
        with database.write(self.engine) as connection:
            connection.execute(
                table.update().where(table.c.id == experiment_id, table.c.owner == owner).values(title=title, note=note)
            )

    def metrics(self, run_ids: Sequence[str], after_seq: int = 0) -> pd.DataFrame:
        """Measured values in the order in which they were written, those after `after_seq` only.

        Columns: run_id, seq, phase, epoch, step, elapsed_s, images, split, name, value (see events.Metric).
        A run that resumes loses the rows of its unfinished epoch: read from 0 when `Run.attempt` has changed.
        """
        import numpy as np
        import pandas as pd

        query = (
            sa.select(*(_metrics.c[name] for name in _METRIC_COLUMNS))
            .where(_metrics.c.run_id.in_(list(run_ids)), _metrics.c.seq > after_seq)
            .order_by(_metrics.c.seq)
        )
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(_METRIC_COLUMNS)
        types = dict.fromkeys(("seq", "phase", "step", "images"), "int64")
        types |= dict.fromkeys(("epoch", "elapsed_s", "value"), "float64")
        return pd.DataFrame(
            {
                name: np.array(column, types[name]) if name in types else pd.array(column, "str")
                for name, column in zip(_METRIC_COLUMNS, columns, strict=True)
            }
        )

    def queue_places(self) -> Mapping[str, int]:
        """Of every queued run: 1 for the one that begins next, as it was a second ago at most."""
        return self.queue().places

    def cluster(self, supervisor: str = "") -> ClusterState | None:
        """What one supervisor said last; without a name, whichever spoke last. None: none ever did."""
        table = tables.cluster
        query = sa.select(table).order_by(table.c.heartbeat_at.desc()).limit(1)
        if supervisor:
            query = query.where(table.c.id == supervisor)
        with self.engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return ClusterState(**row) if row else None

    # The supervisor

    def active(self) -> list[ActiveRun]:
        """Queued and running runs, in the order of submission."""
        return queue.active(self.engine)

    # The worker

    def claim(self, run_id: str, worker: str, attempt: int) -> Run | None:
        """A queued run begins, on this worker; None when it is not to be run, or not in this attempt."""
        now = time.time()
        begun = self.update(
            run_id,
            attempt,
            _runs.c.status == "queued",
            status="running",
            worker=worker,
            heartbeat_at=now,
            started_at=sa.func.coalesce(_runs.c.started_at, now),
            reason="",
        )
        return self.run(run_id) if begun else None

    def record(self, run_id: str, attempt: int, events: Sequence[Event] = ()) -> bool:
        """Write events, in order, and a heartbeat, all or nothing. False: this attempt no longer counts."""
        values: dict[str, Any] = {"heartbeat_at": time.time()}
        for event in events:
            if isinstance(event, Progress):
                values |= {
                    "progress_label": event.label,
                    "progress_done": float(event.done),
                    "progress_total": float(event.total),
                    "images_per_s": event.images_per_s,
                }
        with database.write(self.engine) as connection:
            if not tables.update_run(connection, run_id, attempt, _runs.c.status == "running", **values):
                return False
            tables.write_events(connection, run_id, events)
            return True

    def should_stop(self, run_id: str, attempt: int) -> bool:
        """Whether a stop was asked for, or this attempt no longer counts."""
        columns = (_runs.c.attempt, _runs.c.status, _runs.c.stop_requested_at)
        query = sa.select(*columns).where(_runs.c.id == run_id)
        with self.engine.connect() as connection:
            row = connection.execute(query).first()
        return row is None or tuple(row) != (attempt, "running", None)

    def finish(
        self, run_id: str, attempt: int, status: Status, reason: str = "", summary: Summary | None = None
    ) -> bool:
        """The end of a run, said by its worker or about it. False: this attempt no longer counts."""
        now = time.time()
        return self.update(
            run_id,
            attempt,
            _runs.c.status.in_(ACTIVE),
            status=status,
            reason=reason,
            finished_at=now,
            heartbeat_at=now,
            summary=summary.model_dump(mode="json") if summary else None,
        )

    def update(self, run_id: str, attempt: int, /, *conditions: Any, **values: Any) -> bool:
        """Change one run, of this attempt and if all conditions hold; whether it was."""
        with database.write(self.engine) as connection:
            changed = tables.update_run(connection, run_id, attempt, *conditions, **values)
        self.queue.forget()
        return changed

    def _select_runs(self, condition: sa.ColumnElement[bool]) -> list[Run]:
        texts: dict[str, list[str]] = {}
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(_runs).where(condition).order_by(*queue.OLDEST_FIRST)).all()
            if rows:
                chosen = sa.select(_notes).where(_notes.c.run_id.in_([row.id for row in rows]))
                for note in connection.execute(chosen.order_by(_notes.c.id)):
                    texts.setdefault(note.run_id, []).append(note.text)
        return [self._run(row, texts.get(row.id, [])) for row in rows]

    def _run(self, row: sa.Row[Any], texts: list[str]) -> Run:
        if row.id not in self._specs:
            self._specs[row.id] = restored(row.spec)
        known = {
            "spec": self._specs[row.id],
            "notes": texts,
            "summary": Summary.model_validate(row.summary) if row.summary else None,
        }
        return Run(**{**row._mapping, **known})

    def _experiments(self, condition: sa.ColumnElement[bool], limit: int) -> list[Experiment]:
        table = tables.experiments
        query = sa.select(table).where(condition).order_by(table.c.created_at.desc()).limit(limit)
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        runs: dict[str, list[Run]] = {row.id: [] for row in rows}
        for run in self._select_runs(_runs.c.experiment_id.in_(list(runs))) if rows else ():
            runs[run.experiment_id].append(run)
        return [Experiment(**row._mapping, runs=runs[row.id]) for row in rows]


def _check_owner(connection: sa.Connection, experiment_id: str, owner: str) -> None:
    table = tables.experiments
    mine = sa.select(table.c.id).where(table.c.id == experiment_id, table.c.owner == owner)
    if connection.execute(mine).first() is None:
        raise StoreError("There is no such experiment in your history.")


def open_store(url: str = "") -> Store:
    """The store at `url` ("": the one of the settings), opened once a process."""
    return _opened(url or settings().database_url)


_opened = cache(Store)
