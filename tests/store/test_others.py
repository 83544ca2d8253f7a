"""Two students and an outsider, walked through every function of the store: nothing of another's is read or changed.

Whoever is told an experiment's or a run's id may look at it. A new function fails the first test until it stands here.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

import tl_core.store
from tests.store.samples import SPECS, metric, rows_of, submitted
from tl_core.base.settings import ROOT
from tl_core.store import Experiment, Guess, Store, StoreError, following, guesses, models

Call = Callable[[Store, str, Experiment], object]  # by whom, on whose
ANN, BOB, OUTSIDER = "ann", "bob", "an outsider"
TITLE, NOTE = "A title of Ann's", "A note of Ann's"

OF_AN_OWNER: dict[str, Call] = {
    "Store.submit": lambda store, me, theirs: store.submit(SPECS, me),
    "Store.join": lambda store, me, theirs: store.join(theirs.id, SPECS, me),
    "Store.experiments": lambda store, me, theirs: store.experiments(me),
    "Store.request_stop": lambda store, me, theirs: store.request_stop([run.id for run in theirs.runs], me),
    "Store.delete_experiment": lambda store, me, theirs: store.delete_experiment(theirs.id, me),
    "Store.describe": lambda store, me, theirs: store.describe(theirs.id, me, "Mine", "Mine"),
    "guesses.lessons": lambda store, me, theirs: guesses.lessons(store, me),
    "guesses.latest": lambda store, me, theirs: guesses.latest(store, me),
    "models.there": lambda store, me, theirs: models.there(store, me),
}
# With an id that somebody may try: empty, a pattern, a part of the right one.
OF_AN_ID: dict[str, Callable[[Store, str], object]] = {
    "Store.experiment": lambda store, name: store.experiment(name),
    "Store.run": lambda store, name: store.run(name),
    "Store.metrics": lambda store, name: store.metrics([name]).to_dict("records"),
    "following.metrics": lambda store, name: following.metrics(store, [name]).to_dict("records"),
    "following.begun": lambda store, name: following.begun(store, [name]),
    "guesses.of": lambda store, name: guesses.of(store, name),
    "models.of": lambda store, name: models.of(store, [name]),
}
OF_NOBODY: dict[str, Callable[[Store], object]] = {
    "Store.queue_places": lambda store: store.queue_places(),
    "Store.cluster": lambda store: store.cluster(),
}
NOT_FOR_PAGES = {
    *(f"Store.{name}" for name in ("active", "claim", "record", "should_stop", "finish", "update", "close")),
    *(f"supervising.{name}" for name in ("adopt", "take_over", "losses", "set_cluster")),
    *(f"models.{name}" for name in ("unknown", "write")),
}


def _functions() -> Iterator[str]:
    yield from (f"Store.{name}" for name, one in vars(Store).items() if inspect.isfunction(one) and name[0] != "_")
    for found in pkgutil.iter_modules(tl_core.store.__path__):
        module = importlib.import_module(f"tl_core.store.{found.name}")
        for name, one in inspect.getmembers(module, inspect.isfunction):
            if one.__module__ == module.__name__ and name[0] != "_" and "store" in inspect.signature(one).parameters:
                yield f"{found.name}.{name}"


def test_every_function_is_here() -> None:
    assert set(_functions()) == OF_AN_OWNER.keys() | OF_AN_ID.keys() | OF_NOBODY.keys() | NOT_FOR_PAGES


def test_what_only_the_server_may_do_no_page_does() -> None:
    names = "|".join(name.partition(".")[2] for name in NOT_FOR_PAGES)
    for path in [ROOT / "home.py", *(ROOT / "pages").rglob("*.py")]:
        source = path.read_text(encoding="utf-8")
        assert not re.search(rf"store(\(\))?\.({names})\(", source), path
        assert not re.search(r"tl_core\.store import .*\b(supervising|models|database|tables)\b", source), path


@pytest.fixture
def anns(store: Store) -> Experiment:
    """An experiment of Ann's that runs, with a title, a note, a guess, a curve and a model. Bob has one, too."""
    submitted(store, BOB)
    made = store.experiment(store.submit(SPECS, ANN, TITLE, NOTE, Guess("why_transfer", 0.123)))
    assert made is not None
    run = made.runs[0]
    assert store.claim(run.id, "tcp://here", 1)
    assert store.record(run.id, 1, [metric(1.0)])
    models.write(store, run.id, bytes=1)
    return made


def _tells(answer: Any, theirs: Experiment) -> list[str]:
    """What an answer says of an experiment."""
    return [word for word in (theirs.id, theirs.runs[0].id, TITLE, NOTE, ANN, "0.123") if word in repr(answer)]


@pytest.mark.parametrize("me", [BOB, OUTSIDER, ""])
def test_an_owners_functions_leave_others_alone(store: Store, anns: Experiment, me: str) -> None:
    before = rows_of(store, anns)
    assert len(before) > 4
    for name, call in OF_AN_OWNER.items():
        answer = None
        with suppress(StoreError):
            answer = call(store, me, anns)
        assert not _tells(answer, anns), name
        assert rows_of(store, anns) == before, name


def test_only_who_knows_an_id_looks(store: Store, anns: Experiment) -> None:
    for known in (anns.id, anns.runs[0].id):
        assert re.fullmatch("[0-9a-f]{18}", known), "nobody guesses it"
        for guessed in ("", "%", "_" * len(known), known[:-1], known.upper() + " ", f"{known}' or '1'='1", "*", ANN):
            for name, call in OF_AN_ID.items():
                assert not _tells(call(store, guessed), anns), (name, guessed)


def test_what_is_said_of_all_names_nobody(store: Store, anns: Experiment) -> None:
    for name, call in OF_NOBODY.items():
        assert not {TITLE, NOTE, ANN, "0.123"} & set(_tells(call(store), anns)), name
