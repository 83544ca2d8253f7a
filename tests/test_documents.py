"""What the documents say about the project is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tl_core.base.settings import ROOT, Settings

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "assets/docs").glob("*.md")]


def test_the_readme_is_short() -> None:
    assert len(README.split()) <= 1200


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_is_named_is_there(document: Path) -> None:
    for name in re.findall(r"`((?:tl_core|pages|assets|tests)/[\w./]+)`", document.read_text(encoding="utf-8")):
        assert (ROOT / name).exists() or "NAME" in name, name


def test_ci_runs_the_readmes_own_commands() -> None:
    ci = (ROOT / ".ci/run").read_text(encoding="utf-8")
    for command in ("python3 -m venv", "python -m pip install -r requirements-dev.txt", "python .ci/check.py"):
        assert command in README
        assert command in ci


def test_every_setting_is_documented_with_its_name() -> None:
    listed = re.findall(r"^\| `TL_(\w+)`", (ROOT / "assets/docs/settings.md").read_text(encoding="utf-8"), re.M)
    assert [name.lower() for name in listed] == list(Settings.model_fields)


def test_the_readme_shows_the_layers_that_are_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = [set(layer.replace("tl_core.", "").split(" | ")) for layer in contracts[0]["layers"][2:]]
    drawn = README[README.index("tl_core/\n") : README.index("tl_core/ml/\n")].splitlines()[1:]
    assert [set(re.split(r"\s+", line[2:25].strip())) for line in drawn] == layers
