"""Whatever a run and its classes are called, its script and notebook are the same code with other literals."""

from __future__ import annotations

import ast
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.finished import finished
from tests.lab import spec
from tests.results.test_take_home import ALONE, alone
from tests.uploading import ME, ignore, never, pictures, taken_in, zipped
from tl_core.base.questions import Model, Pack
from tl_core.ml.network import arm
from tl_core.ml.trained import script
from tl_core.processes import trained

PARTS = (
    *("\n", "\r", "\r\n", "\t", "\0", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\u202e", "\ud800", "\ufeff"),
    *("'", '"', "'''", '"""', "\\", "\\N{", "`", "```", "#", "# %%", "\n# %%\n", "# %% [markdown]", "%s", "{x}", "{{"),
    *("$", "$$", "$settings", "${data_file}", "$title", "]}", ")", ";", "raise SystemExit(3)", "import os"),
    *(
        "<img src=x>",
        "![p](//foreign.example/p.png)",
        "$5",
        "NaN",
        "2020-05",
        "A:B",
        "ねこ",
        "é",
        "e\u0301",
        "🦊",
        " ",
        "",
    ),
)
NAMES = 500


def hostile(count: int) -> list[str]:
    """So many names of a few parts each; the same ones in every run of the test."""
    draw = random.Random(5)
    return ["".join(draw.choices(PARTS, k=draw.randint(1, 6))) for _ in range(count)]


@pytest.fixture
def start() -> arm.RunModel:
    return arm.start(spec(epochs=1, strategy="lp_ft"), None, ignore, never)


def _divided(first: str) -> tuple[dict[str, Any], str]:
    """(the settings that the first cell of code holds, the rest of it)"""
    tree = ast.parse(first)
    (held,) = [part for part in tree.body if isinstance(part, ast.Assign) and ast.unparse(part.targets[0]) == "RUN"]
    tree.body.remove(held)
    return ast.literal_eval(held.value), ast.unparse(tree)


def _code(notebook: bytes) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(notebook)["cells"] if cell["cell_type"] == "code"]


def _prose(notebook: bytes) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(notebook)["cells"] if cell["cell_type"] == "markdown"]


def test_no_name_becomes_code_or_ends_a_comment(start: arm.RunModel, tmp_path: Path) -> None:
    asked = Pack(Model("a run", start.spec, tmp_path), "script", 0.5, 1.0, "A title")
    settings, parts = script._settings(asked, start, 30), script._parts(asked, start.spec)
    tame = script._notebook(script._text(asked, start, 30))
    _, around = _divided(_code(tame)[0])
    for name in hostile(NAMES):
        classes = [name, f"{name}2"]
        text = script._filled(settings | {"title": name, "classes": classes}, parts)
        compile(text, "run.py", "exec")
        notebook = script._notebook(text)
        first, *others = _code(notebook)
        held, rest = _divided(first)
        assert (held["title"], held["classes"], rest) == (name, classes, around), repr(name)
        assert (others, _prose(notebook)) == (_code(tame)[1:], _prose(tame)), repr(name)
        assert all(line.isprintable() for line in text.split("\n")), repr(name)
    named = replace(start, classes=tuple(classes))
    assert script._text(asked._replace(title=name), named, 30) == text  # by no other way does a name get in


@pytest.mark.long
def test_scripts_with_hostile_names_run(tmp_path: Path) -> None:
    names = ("'''$settings", "# %% ]} ねこ", '"""; raise SystemExit(3)')
    made = taken_in(zipped(tmp_path / "x.zip", pictures(*names, each=12)), title="\n# %%\n$data_file").dataset
    assert made is not None
    data = {"dataset": made.id, "per_class": 4, "test_images": None}
    (run,) = finished(spec(epochs=1, data=data), title="\r\u2028raise SystemExit(3)\n'''", owner=ME)
    for form in ("script", "notebook"):
        folder = tmp_path / form
        folder.mkdir()
        files = script.pack(trained.pack(run, form, "\r\u2028raise SystemExit(3)\n'''"), ignore).files
        for name, content in files.items():
            (folder / name).write_bytes(content)
        code = files["run.py"].decode() if form == "script" else "\n".join(_code(files["run.ipynb"]))
        assert "Test accuracy: " in alone(ALONE + code, folder)
