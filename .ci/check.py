"""Every check of this project, in the Python that runs it: `python .ci/check.py`; with --all every test, too."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHECKS = (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",), ("lint-imports",))
TESTS = ((), ("-m", "alone", "-n", "0"), ("-m", "long"))


def _tool(name: str, *arguments: str) -> int:
    return subprocess.run([Path(sysconfig.get_path("scripts")) / name, *arguments], cwd=ROOT).returncode


def _tests(*arguments: str) -> int:
    """pytest's standard output alone: TensorFlow's messages would come after its closing line. Shown when it fails."""
    with tempfile.TemporaryFile("w+") as errors:
        status = subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, stderr=errors).returncode
        if status:
            errors.seek(0)
            print("".join(errors.readlines()[-100:]), flush=True)
    return status


def main() -> int:
    parts = TESTS if "--all" in sys.argv[1:] else TESTS[:1]
    steps = [(_tool, check) for check in CHECKS] + [(_tests, part) for part in parts]
    return next((status for run, arguments in steps if (status := run(*arguments))), 0)


if __name__ == "__main__":
    sys.exit(main())
