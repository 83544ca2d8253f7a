"""A published archive, downloaded and unpacked into the Keras home."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

from tl_core.base.events import Emit, Progress, RunError, ShouldStop
from tl_core.ml.data.downloads import download


def fetch(url: str, folder: Path, title: str, emit: Emit, should_stop: ShouldStop, sha256: str = "") -> None:
    """Download a tar archive and unpack it as `folder`, which appears only when it is whole.

    Raises
    ------
    RunError
        No network, a damaged archive, a full disk.
    Stopped
        When `should_stop` says so; what has come so far is kept for the next time.
    """
    archive = folder.with_name(f"{folder.name}.tar.gz")
    try:
        download(url, archive, emit, should_stop, f"Downloading {title}", sha256=sha256)
    except RunError as error:
        raise RunError(f"{error} The data set 'digits' needs no download and works now.") from error
    emit(Progress(f"Unpacking {title}", 0, 1))
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(partial, filter="data")
        partial.rename(folder)
    except (OSError, tarfile.TarError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise RunError(
            f"{title} could not be unpacked ({error}). Is the disk full? Free some space and try again."
        ) from error
    archive.unlink(missing_ok=True)
