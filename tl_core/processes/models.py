"""The models of finished runs: how long they stay on the disk, who may keep one, and which have to go.

Results and curves stay in the store. What goes are the weights, without which a model answers no new pictures.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence

from tl_core.base.settings import settings
from tl_core.ml.network import checkpoint
from tl_core.store import Run, StoreError, models, open_store
from tl_core.store.models import Weights
from tl_core.uploads.limits import megabytes

DAY_S = 86400.0
AGAIN = "Results and curves stay; to use the model again, train it again."
UNFINISHED = "Only a run that has finished keeps its model."


def gone(runs: Sequence[Run]) -> dict[str, str]:
    """run id → why its model is no longer there, in sentences; runs whose model is there are left out."""
    return {
        name: f"{found.gone} {AGAIN}"
        for name, found in models.of(open_store(), [r.id for r in runs]).items()
        if found.gone
    }


def check(run: Run) -> None:
    """Raise a StoreError with the reason when the model of a run is gone."""
    if why := gone([run]).get(run.id):
        raise StoreError(why)


def rule() -> str:
    """When a model goes, said before it does."""
    limits = settings()
    return (
        f"The model of a run is deleted {limits.models_days:g} days after its end, or earlier when your models take "
        f"more than {megabytes(limits.models_each_bytes)} together or the whole class's more than "
        f"{megabytes(limits.models_bytes)}: the oldest first, except those you keep. Results and curves stay."
    )


def used(owner: str) -> int:
    """Bytes that the models of this student take."""
    return sum(found.bytes for found in models.there(open_store(), owner))


def kept(runs: Sequence[Run]) -> set[str]:
    """Those of these runs whose models their student wants to keep."""
    return {name for name, found in models.of(open_store(), [run.id for run in runs]).items() if found.kept}


def keep(run: Run, owner: str, wanted: bool) -> None:
    """Keep a model however old it becomes, or no longer.

    Raises
    ------
    StoreError
        When the run is not the owner's, its model is gone, or what is kept would take more than half of the room that
        a student has: the other half is for what is new.
    """
    if run.owner != owner:
        raise StoreError("There is no such run of yours.")
    check(run)
    store, size, most = open_store(), checkpoint.size(settings().runs / run.id), settings().models_each_bytes // 2
    others = sum(one.bytes for one in models.there(store, owner) if one.kept and one.run_id != run.id)
    if wanted and others + size > most:
        raise StoreError(
            f"You keep {megabytes(others)} of models, and this one has {megabytes(size)}: {megabytes(most)} is the "
            "limit for what is kept. Stop keeping another one, or take this one home."
        )
    models.write(store, run.id, bytes=size, kept=wanted)


def prune() -> None:
    """Delete the weights whose time has come or for which there is no room, and note why."""
    store, limits = open_store(), settings()
    for run_id, status in models.unknown(store):
        folder = limits.runs / run_id
        if status != "finished":
            _delete(run_id, UNFINISHED)
        elif folder.exists():  # else on another machine
            models.write(store, run_id, bytes=checkpoint.size(folder))
    today, there = f"{time.gmtime().tm_mday} {time.strftime('%B %Y', time.gmtime())}", models.there(store)
    old = [one for one in there if not one.kept and time.time() - one.ended_at > limits.models_days * DAY_S]
    for one in old:
        _delete(one.run_id, f"The model was deleted on {today}, {limits.models_days:g} days after its run.")
    rest = [one for one in there if one not in old]
    for one, whose, limit in surplus(rest, limits.models_each_bytes, limits.models_bytes):
        _delete(
            one.run_id, f"The model was deleted on {today} to make room: {whose} may take {megabytes(limit)} together."
        )


def surplus(there: Sequence[Weights], each: int, whole: int) -> Iterator[tuple[Weights, str, int]]:
    """Which weights have to go, whose limit they pass, and that limit in bytes.

    `there`: oldest first. A student's oldest go until the rest takes `each` bytes at most, then those of whoever has
    most until all take `whole`. What is kept stays.
    """
    loose: dict[str, deque[Weights]] = defaultdict(deque)
    size: dict[str, int] = defaultdict(int)
    for one in there:
        size[one.owner] += one.bytes
        if not one.kept:
            loose[one.owner].append(one)

    def oldest(owner: str) -> Weights:
        one = loose[owner].popleft()
        size[owner] -= one.bytes
        return one

    for owner in size:
        while size[owner] > each and loose[owner]:
            yield oldest(owner), "the models of one student", each
    while sum(size.values()) > whole and (left := [owner for owner in size if loose[owner]]):
        yield oldest(max(left, key=size.__getitem__)), "the models of the whole class", whole


def _delete(run_id: str, why: str) -> None:
    checkpoint.remove(settings().runs / run_id)
    models.write(open_store(), run_id, bytes=0, gone=why)
