"""Every test has a data home of its own; real data and weights are used where they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import hypothesis
import pytest

from tests.lab import raced as raced
from tests.lab import server as server
from tl_core import catalog
from tl_core.base import priority
from tl_core.base.settings import keras_home, settings
from tl_core.base.spec import RunSpec

hypothesis.settings.register_profile(  # how long an example takes says nothing on a busy machine
    "project", deadline=None, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
hypothesis.settings.load_profile("project")


def pytest_configure(config: pytest.Config) -> None:
    """Each process of pytest-xdist gives way as the workers of the app do, in a session of its own.

    Else a test that waits for its workers would wait for the other process's tests.
    """
    if hasattr(config, "workerinput"):
        if hasattr(os, "setsid"):
            os.setsid()
        priority.give_way()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty TL_HOME."""
    folder = tmp_path / "home"
    monkeypatch.setenv("TL_HOME", str(folder))
    monkeypatch.setenv("KERAS_HOME", str(keras_home()))  # a run in this process may set another one
    for name in ("TL_STORE_URL", "TL_CLUSTER"):
        monkeypatch.delenv(name, raising=False)
    settings.cache_clear()
    yield folder
    settings.cache_clear()


def _needs(there: bool, what: str) -> None:
    if not there and os.environ.get("TL_REQUIRE_DATA"):
        pytest.fail(f"{what} must be there in this environment")
    if not there:
        pytest.skip(f"{what} is not in the Keras home {keras_home()}")


@pytest.fixture
def cifar10() -> None:
    """Real CIFAR-10, or the test is skipped (a failure where TL_REQUIRE_DATA is set)."""
    _needs(catalog.dataset_availability("cifar10").kind == "local", "CIFAR-10")


@pytest.fixture
def imagenet() -> None:
    """Real ImageNet weights of MobileNet 0.75, or the test is skipped (likewise)."""
    _needs(catalog.backbone_availability("mobilenet_075").kind == "local", "MobileNet 0.75 with ImageNet weights")


@pytest.fixture
def minilm() -> Path:
    """The folder of the real all-MiniLM-L6-v2, or the test is skipped (likewise)."""
    folder = keras_home() / "models" / "all-MiniLM-L6-v2"
    _needs(folder.is_dir(), "all-MiniLM-L6-v2")
    return folder


@pytest.fixture
def sst2() -> None:
    """Real SST-2, or the test is skipped (likewise)."""
    _needs(catalog.dataset_availability("sst2").kind == "local", "SST-2")


@pytest.fixture
def movietweetings() -> Path:
    """The folder of real MovieTweetings, or the test is skipped (likewise)."""
    _needs(catalog.dataset_availability("movietweetings").kind == "local", "MovieTweetings")
    return catalog.dataset_folder(catalog.DATASETS["movietweetings"]).parent


@pytest.fixture
def beyond() -> None:
    """Real spoken digits and chest X-rays, or the test is skipped (likewise)."""
    for name in ("spoken_digits", "pneumonia"):
        _needs(catalog.dataset_availability(name).kind == "local", catalog.DATASETS[name].title)


@pytest.fixture
def at_hand() -> Callable[[RunSpec], None]:
    """Skip the test (likewise) unless what this run needs is on this machine."""

    def look(spec: RunSpec) -> None:
        for what, title in (
            (catalog.dataset_availability(spec.data.dataset), catalog.dataset(spec.data.dataset).title),
            (catalog.backbone_availability(spec.backbone), catalog.BACKBONES[spec.backbone].title),
        ):
            _needs(what.kind in ("bundled", "local"), title)

    return look
