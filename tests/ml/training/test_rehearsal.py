"""What a worker compiles before the first click, and how it gives way to it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.ml.training.test_train import _run, _spec
from tl_core import catalog
from tl_core.base.settings import settings
from tl_core.base.spec import RunSpec
from tl_core.ml.training import rehearsal, warm


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that has just started."""
    warm.clear()
    monkeypatch.setattr(rehearsal, "_wanted", threading.Event())
    monkeypatch.setattr(rehearsal, "QUIET_S", 0.0)


def test_with_nothing_but_what_is_bundled_the_race_of_home_is_rehearsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    specs = rehearsal.proposed()
    assert {spec.strategy for spec in specs} == {"feature_extraction", "from_scratch"}
    assert specs[0].strategy == "feature_extraction"
    assert {catalog.backbone_availability(spec.backbone).kind for spec in specs} == {"bundled"}


def test_a_rehearsed_run_builds_nothing_and_leaves_no_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = _spec(strategy="feature_extraction", epochs=1)
    monkeypatch.setattr(rehearsal, "proposed", lambda: [spec])
    rehearsal.rehearse()
    assert not list(settings().home.rglob("*.np*"))
    (network,) = warm._networks.values()
    with rehearsal.interrupted():
        _run(spec, tmp_path)
    assert list(warm._networks.values()) == [network]
    assert len(network.compiled) == 1


def test_a_run_ends_the_rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:
    def first_click() -> list[RunSpec]:
        rehearsal._wanted.set()
        return [_spec()]

    monkeypatch.setattr(rehearsal, "proposed", first_click)
    rehearsal.rehearse()
    with rehearsal.interrupted():
        rehearsal.rehearse()
    assert not any(network.compiled for network in warm._networks.values())
