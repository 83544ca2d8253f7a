"""A published archive, downloaded and unpacked into the Keras home."""

from __future__ import annotations

import gzip
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from tl_core.base.events import Emit, Progress, RunError, ShouldStop
from tl_core.ml.data.downloads import download

WRONG = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, KeyError, ValueError)


def untar(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")


def fetch(
    url: str,
    folder: Path,
    title: str,
    emit: Emit,
    should_stop: ShouldStop,
    unpack: Callable[[Path, Path], None] = untar,
    sha256: str = "",
    md5: str = "",
) -> None:
    """Download an archive and `unpack` it (archive, folder) as `folder`, which appears only when it is whole.

    An archive that cannot be unpacked, or whose content `unpack` refuses by a ValueError, is deleted again.

    Raises
    ------
    RunError
        No network, a damaged archive, a full disk.
    Stopped
        When `should_stop` says so; what has come so far is kept for the next time.
    """
    archive = folder.with_name(url.rpartition("/")[2])
    try:
        download(url, archive, emit, should_stop, f"Downloading {title}", sha256=sha256, md5=md5)
    except RunError as error:
        raise RunError(f"{error} Data sets that are on this machine work now.") from error
    emit(Progress(f"Unpacking {title}", 0, 1))
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        unpack(archive, partial)
        partial.rename(folder)
    except WRONG as error:
        archive.unlink(missing_ok=True)
        why = (str(error) or "the archive ends early").splitlines()[0].rstrip(":")
        raise RunError(f"Unpacking {title} failed: {why}. Nothing was kept: start again to load it anew.") from error
    except OSError as error:
        raise RunError(
            f"Unpacking {title} failed ({error}). Is the disk full? Free some space and try again."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    archive.unlink(missing_ok=True)
