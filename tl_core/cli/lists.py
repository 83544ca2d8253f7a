"""`python -m tl_core lessons|backbones|datasets`: what there is."""

from __future__ import annotations

import argparse
import sys

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from tl_core import catalog
from tl_core.cli.follow import owner
from tl_core.lessons.entries import LESSONS

WIDE = 160  # characters of a line in a file or a pipe


def lessons(arguments: argparse.Namespace) -> int:
    rows = [[name, entry.title, "pitfall" if entry.pitfall else "lesson"] for name, entry in LESSONS.items()]
    return _table("Lessons and pitfalls", ["id", "question", "kind"], rows)


def _table(title: str, columns: list[str], rows: list[list[str]]) -> int:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, no_wrap=column == columns[0])  # a name is to be copied whole
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else WIDE).print(table)
    return 0


def backbones(arguments: argparse.Namespace) -> int:
    rows = []
    for name, entry in catalog.BACKBONES.items():
        there = catalog.backbone_availability(name)
        params = f"{catalog.card(name).params / 1e6:.1f} M"
        rows.append([name, entry.title, params, entry.takes.of_size(entry.min_size), there.sentence])
    return _table("Backbones", ["name", "network", "parameters", "at least", "weights"], rows)


def datasets(arguments: argparse.Namespace) -> int:
    rows = []
    for name, entry in catalog.datasets(owner()).items():
        least, most = min(entry.pools_of()), max(entry.pools_of())
        images = str(most) if least == most else f"{least} to {most}"
        there = catalog.dataset_availability(name).sentence
        rows.append([name, entry.title, entry.holds.many, str(len(entry.classes)), images, there])
    return _table("Data sets", ["name", "title", "holds", "classes", "per class", "where"], rows)
