"""While nobody has clicked yet, a fresh worker compiles what the first click will ask for."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from tl_core import catalog
from tl_core.base.events import RunError, Stopped
from tl_core.base.spec import RunSpec, SpecError
from tl_core.races import race

QUIET_S = 3.0  # a worker that is given a run at once has no time to rehearse; meanwhile the machine is measured

_wanted = threading.Event()
_busy = threading.Lock()


@contextlib.contextmanager
def interrupted() -> Iterator[None]:
    """For a run: no rehearsal goes on beside it, and none begins after it."""
    _wanted.set()
    with _busy:
        yield


def rehearse() -> None:
    """The races that Home and the Lab propose, as far as they need no download. Stops as soon as a run is there."""
    if _wanted.wait(QUIET_S):
        return
    from tl_core.ml.training import train

    for spec in proposed():
        with _busy, contextlib.suppress(RunError, SpecError, Stopped, OSError):
            train.rehearse(spec, _wanted.is_set)
        if _wanted.is_set():
            return


def proposed() -> list[RunSpec]:
    """What the first click will ask for, most likely first: Home's race, and what transfers in the Lab's.

    The Lab's twin from scratch is left out: compiling it takes long, and its first epoch longer.
    """
    races = [race.first(), race.proposed()]
    here = [
        each
        for each in races
        if catalog.backbone_availability(each.backbone).kind != "download"
        and catalog.dataset_availability(each.dataset).kind != "download"
    ]
    return [
        spec for each in here for spec in reversed(each.specs()) if each == races[0] or spec.strategy != "from_scratch"
    ]
