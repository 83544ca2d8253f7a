"""The queue: in which order its runs begin, and how many there may be."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

import sqlalchemy as sa

from tl_core.base.settings import settings
from tl_core.base.spec import Status
from tl_core.base.wording import many
from tl_core.store.database import StoreError
from tl_core.store.tables import ACTIVE, runs

SHARED_S = 1.0  # one reading of the queue serves every page that looks at it within this time
OLDEST_FIRST = (runs.c.created_at, runs.c.experiment_id, runs.c.arm)


class ActiveRun(NamedTuple):
    """What there is to know of a queued or running run in order to look after it: a row without its settings."""

    id: str
    owner: str
    queued_as: str
    status: Status
    attempt: int
    worker: str
    supervisor: str
    heartbeat_at: float
    stop_requested_at: float | None


class _Waiting(Protocol):
    @property
    def owner(self) -> str: ...
    @property
    def queued_as(self) -> str: ...
    @property
    def status(self) -> str: ...


Waiting = TypeVar("Waiting", bound=_Waiting)


def fair_order(active: Iterable[Waiting]) -> list[Waiting]:
    """Queued runs in the order in which they begin: whoever has the fewest runs in flight is next.

    Newcomers from one address take turns as one, and among themselves in the same way. `active` is in the order of
    submission; it decides between those with equally many.
    """
    found = list(active)
    running = [run for run in found if run.status == "running"]
    return _in_turn([*running, *_in_turn(found, lambda run: run.owner)], lambda run: run.queued_as)


def _in_turn(found: Sequence[Waiting], whose: Callable[[Waiting], str]) -> list[Waiting]:
    in_flight = Counter(whose(run) for run in found if run.status == "running")
    turns = []
    for run in found:
        if run.status == "queued":
            turns.append((in_flight[whose(run)], run))
            in_flight[whose(run)] += 1
    return [run for _, run in sorted(turns, key=lambda turn: turn[0])]


def active(engine: sa.Engine) -> list[ActiveRun]:
    """Queued and running runs, in the order of submission."""
    columns = (runs.c[name] for name in ActiveRun._fields)
    query = sa.select(*columns).where(runs.c.status.in_(ACTIVE)).order_by(*OLDEST_FIRST)
    with engine.connect() as connection:
        return [ActiveRun(*row) for row in connection.execute(query)]


class Queue(NamedTuple):
    """The queue as it stood at one moment."""

    places: Mapping[str, int]  # queued run → 1 for the one that begins next
    under_way: Mapping[str, int]  # owner → queued and running runs

    @property
    def running(self) -> int:
        return sum(self.under_way.values()) - len(self.places)


class SharedLook:
    """The queue, read from the database once a second at most, however many pages ask; safe between threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine, self._lock = engine, threading.Lock()
        self._queue, self._read_at = Queue({}, {}), float("-inf")

    def __call__(self) -> Queue:
        with self._lock:
            if time.monotonic() - self._read_at > SHARED_S:
                found = active(self._engine)
                places = {run.id: place for place, run in enumerate(fair_order(found), 1)}
                self._queue = Queue(places, Counter(run.owner for run in found))
                self._read_at = time.monotonic()
            return self._queue

    def problem(self, owner: str, new: int) -> str:
        """Why the owner may not queue so many more runs now, as a sentence; "" when they may."""
        under_way = self().under_way
        return problem(new, under_way.get(owner, 0), sum(under_way.values()))

    def forget(self) -> None:
        """What this process has just changed is seen by its next look."""
        self._read_at = float("-inf")


def problem(new: int, mine: int, everybodys: int) -> str:
    """Why `new` more runs may not be queued beside those under way, as a sentence; "" when they may."""
    limits = settings()
    if mine + new > limits.queued_each:
        return (
            f"You have {many(mine, 'run')} under way, and {new:,} more would pass the limit of "
            f"{limits.queued_each:,} for one student. Wait until some have ended, stop some, or start fewer."
        )
    if everybodys + new > limits.queued:
        return (
            f"The whole class has {many(everybodys, 'run')} under way, and {new:,} more would pass the limit of "
            f"{limits.queued:,} for all students. Wait until some have ended, or start fewer."
        )
    return ""


def check_room(connection: sa.Connection, owner: str, new: int) -> None:
    """Raise a StoreError unless so many more runs of this owner may be queued."""
    query = sa.select(runs.c.owner, sa.func.count()).where(runs.c.status.in_(ACTIVE)).group_by(runs.c.owner)
    counts = {name: count for name, count in connection.execute(query)}
    if found := problem(new, counts.get(owner, 0), sum(counts.values())):
        raise StoreError(found)
