"""Pretrained weights: the file on this machine, or a download to watch, to cancel and to take up again."""

from __future__ import annotations

import hashlib
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

from tl_core import catalog
from tl_core.base.events import Emit, Progress, RunError, ShouldStop, Stopped
from tl_core.catalog.backbones import BACKBONES, Backbone

CHUNK = 256 * 1024  # bytes between two looks at `should_stop`
TIMEOUT_S = 20.0  # without a byte from the other side
WAIT_S = 0.2  # between two looks at a file that another run is downloading
MB = 1e6


def fetch_weights(name: str, emit: Emit, should_stop: ShouldStop) -> Path:
    """The weights file of a backbone, downloaded first where it is not on this machine.

    Raises
    ------
    RunError
        There are no such weights, or they are not here and cannot be downloaded. Random ones never stand in.
    Stopped
        `should_stop` said so; what has come so far is kept for the next time.
    """
    entry, path = BACKBONES[name], catalog.weights_path(name)
    if not entry.weights_url and not path.is_file():
        raise RunError(f"{path.name}, which comes with the app, is missing from this installation: install it again.")
    return _published(entry, "weights", entry.weights_url, path, entry.weights_hash, emit, should_stop)


def fetch_tokenizer(name: str, emit: Emit, should_stop: ShouldStop) -> Path:
    """The tokenizer of a backbone for sentences, which a network with random weights needs, too. As `fetch_weights`."""
    entry, path = BACKBONES[name], catalog.weights_path(name).with_name("tokenizer.json")
    return _published(entry, "tokenizer", entry.tokenizer_url, path, entry.tokenizer_hash, emit, should_stop)


def _published(
    entry: Backbone, what: str, url: str, path: Path, digest: str, emit: Emit, should_stop: ShouldStop
) -> Path:
    """A file of a backbone as it was published; `digest` in hex, MD5 or SHA-256, "" where none is known."""
    kind = "md5" if len(digest) == 32 else "sha256"
    if path.is_file():
        if digest and _known_digest(path, kind, path.stat().st_mtime_ns) != digest:
            raise RunError(
                f"The {what} file {path.name} of {entry.title} is damaged: it is not the one that was published. "
                f"Delete it (in {path.parent}) and start again, so that it is downloaded afresh."
            )
        return path
    try:
        download(url, path, emit, should_stop, f"Downloading the {what} of {entry.title}", **{kind: digest})
    except RunError as error:
        raise RunError(f"{error} Backbones whose weights are on this machine work now.") from error
    return path


def download(
    url: str, path: Path, emit: Emit, should_stop: ShouldStop, label: str, sha256: str = "", md5: str = ""
) -> None:
    """Download `url` to `path` with Progress in MB (10^6 bytes); `path` appears only when it is whole.

    What has come lies in `<path>.part` until then: after a cancel or a broken connection the next call goes
    on from there. When two runs want the same file, one downloads and the other waits. A `sha256` or `md5`
    in hex is held against the whole file.

    Raises
    ------
    RunError
        One sentence: no network, a refusal of the server, a full disk, a file that arrived damaged.
    Stopped
        `should_stop` said so.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(label, path, error) from error
    with _alone(path, emit, should_stop, label):
        if path.is_file():
            return
        part = path.with_name(path.name + ".part")
        _fill(url, part, emit, should_stop, label)
        for kind, wanted in {"sha256": sha256, "md5": md5}.items():
            if wanted and _digest(part, kind) != wanted:
                part.unlink()
                raise RunError(f"{label} failed: {path.name} arrived damaged. Start again to load it anew.")
        part.replace(path)


@contextmanager
def _alone(path: Path, emit: Emit, should_stop: ShouldStop, label: str) -> Iterator[None]:
    """Hold the one lock on the download of `path`, after waiting for it; a process that dies gives it up."""
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    place = Path(tempfile.gettempdir(), f"transfer-lab-{name}.lock")
    try:
        lock = place.open("a+b")
    except OSError as error:
        raise _unwritable(label, place, error) from error
    with lock:
        waiting = False
        while not _try_lock(lock.fileno()):
            if not waiting:
                emit(Progress(f"{label}: another run is at it", 0, 1))
                waiting = True
            if should_stop():
                raise Stopped
            time.sleep(WAIT_S)
        yield


def _try_lock(file: int) -> bool:
    """Whether this process now has the lock; closing the file gives it back."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _fill(url: str, part: Path, emit: Emit, should_stop: ShouldStop, label: str) -> None:
    """Bring `part` to its full length, from where it stands."""
    done = part.stat().st_size if part.is_file() else 0
    response = _open(url, done, label)
    if response is None:  # the server has nothing beyond `done`
        return
    with response:
        resumed = response.status == 206
        done = done if resumed else 0
        total = done + int(response.headers.get("Content-Length") or 0)
        try:
            file = part.open("ab" if resumed else "wb")
        except OSError as error:
            raise _unwritable(label, part, error) from error
        with file:
            for chunk in _chunks(response, url, label):
                if should_stop():
                    raise Stopped
                try:
                    file.write(chunk)
                    file.flush()
                except OSError as error:
                    file.close()
                    part.unlink(missing_ok=True)
                    raise _unwritable(label, part, error) from error
                done += len(chunk)
                emit(Progress(label, done / MB, max(total, done) / MB))
    if done < total:
        raise RunError(f"{label} broke off after {done / MB:.1f} of {total / MB:.1f} MB. Start again to go on there.")


def _open(url: str, start: int, label: str) -> HTTPResponse | None:
    """The response from byte `start` on (206), or from the beginning (200); None: there is no such byte."""
    request = urllib.request.Request(url, headers={"Range": f"bytes={start}-"} if start else {})
    host = urlsplit(url).hostname
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        with error:
            whole = (error.headers.get("Content-Range") or "").removeprefix("bytes */")
            if error.code == 416 and whole == str(start):
                return None
            if error.code == 416:
                return _open(url, 0, label)
            raise RunError(
                f"{label} failed: {host} answered {error.code} ({error.reason}) for {urlsplit(url).path}. "
                "The file may have moved; try again later."
            ) from error
    except (OSError, HTTPException) as error:
        raise _unreachable(label, host, error) from error


def _chunks(response: HTTPResponse, url: str, label: str) -> Iterator[bytes]:
    while True:
        try:
            chunk = response.read(CHUNK)
        except (OSError, HTTPException) as error:
            raise _unreachable(label, urlsplit(url).hostname, error) from error
        if not chunk:
            return
        yield chunk


def _unreachable(label: str, host: str | None, error: Exception) -> RunError:
    reason = getattr(error, "reason", None) or error
    return RunError(
        f"{label} failed: {host} cannot be reached ({reason}). Check the network connection and start again."
    )


def _unwritable(label: str, path: Path, error: OSError) -> RunError:
    return RunError(
        f"{label} failed: {path.parent} cannot be written ({error.strerror}). Is the disk full? Free some "
        "space and start again."
    )


@lru_cache(maxsize=32)
def _known_digest(path: Path, kind: str, mtime_ns: int) -> str:
    return _digest(path, kind)


def _digest(path: Path, kind: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, kind).hexdigest()
