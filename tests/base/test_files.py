"""A file is replaced whole, or stays as it was."""

from __future__ import annotations

import stat
import sys
import threading
from pathlib import Path

import pytest

from tl_core.base import files


def test_what_fails_leaves_the_old_content_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    files.write(path, b"old")
    with pytest.raises(TypeError), files.replacing(path) as file:
        file.writelines([b"ne", "no bytes"])  # type: ignore[list-item]
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_never_sees_a_half_written_file(tmp_path: Path) -> None:
    path, contents = tmp_path / "state", [bytes([i]) * 200_000 for i in range(4)]
    files.write(path, contents[0])

    def write_often(content: bytes) -> None:
        for _ in range(50):
            files.write(path, content)

    writers = [threading.Thread(target=write_often, args=(content,)) for content in contents]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX rights")
@pytest.mark.parametrize(
    ("mode", "holds", "becomes"),
    [(None, "", 0o700), (0o755, "", 0o750), (0o755, "mark", 0o750), (0o755, "other", 0o755), (0o1777, "mark", 0o1777)],
)
def test_a_folder_of_our_own_is_closed_to_others_and_no_other_one(
    tmp_path: Path, mode: int | None, holds: str, becomes: int
) -> None:
    folder = tmp_path / "home"
    if mode is not None:
        folder.mkdir()
        folder.chmod(mode)
    if holds:
        (folder / holds).touch()
    files.own_folder(folder, "mark")
    assert stat.S_IMODE(folder.stat().st_mode) == becomes
