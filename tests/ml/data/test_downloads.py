"""Downloads against a real web server: progress, cancelling, taking up again, and what goes wrong."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from tl_core import catalog
from tl_core.base.events import Event, Progress, RunError, Stopped
from tl_core.catalog.backbones import BACKBONES
from tl_core.ml.data import downloads
from tl_core.ml.data.downloads import download, fetch_weights
from tl_core.ml.network import models

CONTENT = np.random.default_rng(0).bytes(300_000)


class Site(ThreadingHTTPServer):
    """Serves CONTENT under every path that does not say /missing, and keeps what it was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.ranges: list[str | None] = []
        self.breaks_after: int | None = None  # bytes of one response
        self.knows_ranges = True
        self.gate = threading.Event()  # responses wait for it
        self.gate.set()


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        self.server.gate.wait(10)
        if self.path.startswith("/missing"):
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.server.knows_ranges else 0
        if start >= len(CONTENT):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(CONTENT)}")
            self.end_headers()
            return
        body = CONTENT[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        self.end_headers()
        self.wfile.write(body[: self.server.breaks_after])

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(downloads, "CHUNK", 20_000)
    with Site() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def never() -> bool:
    return False


def after(calls: int):
    """A `should_stop` that says so from the given call on."""
    left = iter(range(calls))
    return lambda: next(left, None) is None


def test_it_arrives_whole_with_progress_in_megabytes(site: Site, tmp_path: Path) -> None:
    events: list[Event] = []
    path = tmp_path / "new" / "file.bin"
    download(f"{site.url}/file.bin", path, events.append, never, "Downloading", sha256=digest("sha256"))
    assert path.read_bytes() == CONTENT
    assert [file.name for file in path.parent.iterdir()] == ["file.bin"]
    assert all(isinstance(event, Progress) and event.label == "Downloading" for event in events)
    assert events[-1][1:3] == (0.3, 0.3)
    done = [event.done for event in events]
    assert len(done) >= 15
    assert done == sorted(done)


def digest(kind: str) -> str:
    return hashlib.new(kind, CONTENT).hexdigest()


def test_a_cancelled_download_goes_on_where_it_stood(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    with pytest.raises(Stopped):
        download(f"{site.url}/file.bin", path, lambda event: None, after(5), "Downloading")
    part = tmp_path / "file.bin.part"
    assert not path.exists()
    assert part.read_bytes() == CONTENT[: part.stat().st_size]
    assert 0 < part.stat().st_size < len(CONTENT)
    kept = part.stat().st_size
    events: list[Event] = []
    download(f"{site.url}/file.bin", path, events.append, never, "Downloading", md5=digest("md5"))
    assert path.read_bytes() == CONTENT
    assert site.ranges == [None, f"bytes={kept}-"]
    assert events[0].done > kept / 1e6
    assert not part.exists()


def test_a_broken_connection_is_said_and_taken_up_again(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    site.breaks_after = 120_000
    with pytest.raises(RunError, match=r"Downloading broke off after 0\.1 of 0\.3 MB\. Start again"):
        download(f"{site.url}/file.bin", path, lambda event: None, never, "Downloading")
    site.breaks_after = None
    download(f"{site.url}/file.bin", path, lambda event: None, never, "Downloading")
    assert path.read_bytes() == CONTENT
    assert site.ranges == [None, "bytes=120000-"]


def test_a_server_without_ranges_starts_anew(site: Site, tmp_path: Path) -> None:
    site.knows_ranges = False
    (tmp_path / "file.bin.part").write_bytes(b"x" * 1000)
    download(f"{site.url}/file.bin", tmp_path / "file.bin", lambda event: None, never, "Downloading")
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("extra", [0, 1000])
def test_a_part_that_is_already_whole_or_too_long(site: Site, tmp_path: Path, extra: int) -> None:
    (tmp_path / "file.bin.part").write_bytes(CONTENT + b"x" * extra)
    download(f"{site.url}/file.bin", tmp_path / "file.bin", lambda event: None, never, "Downloading")
    assert (tmp_path / "file.bin").read_bytes() == CONTENT


def test_a_damaged_file_is_thrown_away(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file.bin.part").write_bytes(b"x" * 1000)
    path = tmp_path / "file.bin"
    with pytest.raises(RunError, match=r"file\.bin arrived damaged"):
        download(f"{site.url}/file.bin", path, lambda event: None, never, "Downloading", sha256=digest("sha256"))
    assert list(tmp_path.glob("file.bin*")) == []
    download(f"{site.url}/file.bin", path, lambda event: None, never, "Downloading", sha256=digest("sha256"))
    assert path.read_bytes() == CONTENT


def test_a_file_that_is_not_there(site: Site, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"127\.0\.0\.1 answered 404 \(Not Found\) for /missing/file\.bin"):
        download(f"{site.url}/missing/file.bin", tmp_path / "f", lambda event: None, never, "Downloading")
    assert not list(tmp_path.glob("f*"))


def test_no_network(site: Site, tmp_path: Path) -> None:
    site.server_close()
    with pytest.raises(RunError, match=r"Downloading failed: 127\.0\.0\.1 cannot be reached .* Check the network"):
        download(f"{site.url}/file.bin", tmp_path / "f", lambda event: None, never, "Downloading")
    assert not list(tmp_path.glob("f*"))


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on file sizes to stand in for a full disk")
def test_a_full_disk_leaves_nothing_behind(site: Site, tmp_path: Path) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(RunError, match=r"cannot be written .* Is the disk full\? Free some space"):
            download(f"{site.url}/file.bin", tmp_path / "f", lambda event: None, never, "Downloading")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.glob("f*"))


def test_two_runs_that_want_one_file_load_it_once(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "file.bin"
    said: list[list[Event]] = [[], []]
    site.gate.clear()
    runs = [
        threading.Thread(target=download, args=(f"{site.url}/file.bin", path, events.append, never, "Downloading"))
        for events in said
    ]
    for run in runs:
        run.start()
    while not any("another run" in event.label for events in said for event in events):
        pass
    site.gate.set()
    for run in runs:
        run.join()
    assert path.read_bytes() == CONTENT
    assert site.ranges == [None]


class TestFetchWeights:
    @pytest.fixture(autouse=True)
    def keras_home(self, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))

    def entry(self, monkeypatch: pytest.MonkeyPatch, **changes: str) -> None:
        monkeypatch.setitem(BACKBONES, "vgg16", replace(BACKBONES["vgg16"], **changes))

    def test_the_file_on_this_machine_is_used_when_it_is_whole(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.entry(monkeypatch, weights_hash=digest("sha256"))
        path = catalog.weights_path("vgg16")
        path.parent.mkdir(parents=True)
        path.write_bytes(CONTENT)
        assert fetch_weights("vgg16", lambda event: None, never) == path
        path.write_bytes(CONTENT[:-1] + b"?")
        with pytest.raises(RunError, match=f"{path.name} of VGG16 is damaged"):
            fetch_weights("vgg16", lambda event: None, never)

    def test_else_it_is_downloaded_and_checked(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        self.entry(monkeypatch, weights_url=f"{site.url}/vgg16.h5", weights_hash=digest("md5"))
        events: list[Event] = []
        path = fetch_weights("vgg16", events.append, never)
        assert path == catalog.weights_path("vgg16")
        assert path.read_bytes() == CONTENT
        assert events[0].label == "Downloading the weights of VGG16"
        assert catalog.backbone_availability("vgg16").kind == "local"

    def test_without_a_network_it_says_what_works(self, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        site.server_close()
        self.entry(monkeypatch, weights_url=f"{site.url}/vgg16.h5")
        with pytest.raises(RunError, match=r"weights of VGG16 failed: .* weights are on this machine work now"):
            fetch_weights("vgg16", lambda event: None, never)

    def test_bundled_weights_that_are_missing_are_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.entry(monkeypatch, weights_url="", weights_file="gone.weights.npz")
        with pytest.raises(RunError, match=r"gone\.weights\.npz, which comes with the app, is missing"):
            fetch_weights("vgg16", lambda event: None, never)


@pytest.mark.usefixtures("imagenet")
def test_real_weights_give_features_that_tell_pictures_apart() -> None:
    rng = np.random.default_rng(0)
    tiles = np.kron(rng.uniform(0, 255, (4, 6, 6, 3)), np.ones((1, 16, 16, 1))).astype("float32")
    for name, entry in BACKBONES.items():
        path = catalog.weights_path(name)
        if entry.module and path.is_file():
            backbone = models.build_backbone(name, 96, path)
            features = np.asarray(backbone(models.preprocess(name)(tiles), training=False)).mean(axis=(1, 2))
            assert np.isfinite(features).all(), name
            assert features.std(axis=0).max() > 0.1, name  # with random weights the signal dies
