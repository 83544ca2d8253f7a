"""Studies that were run before and come with the app: raw rows, and when, where and by which command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tl_core.base.settings import ASSETS
from tl_core.base.wording import many
from tl_core.studies.setup import Setup

if TYPE_CHECKING:
    import pandas as pd

FOLDER = ASSETS / "evidence"


class Recording(NamedTuple):
    """One recorded study. `path` is its card; the rows lie beside it as CSV (columns of `studies.rows`).

    `limits` says what it cannot show, such as where the study has changed since.
    """

    path: Path
    setup: Setup
    machine: str
    date: str
    command: str
    runs: int
    limits: str = ""

    @property
    def said(self) -> str:
        """That it is recorded, and where it comes from, in one sentence."""
        return f"Recorded on {self.date}: {many(self.runs, 'run')} on {self.machine}."


def recordings(study: str, folder: Path = FOLDER) -> list[Recording]:
    """Every recording of this study, in the order of their names."""
    found = []
    for path in sorted(folder.glob("study_*.json")):
        card = json.loads(path.read_text(encoding="utf-8"))
        if card["study"] == study:
            setup = Setup.model_validate(card["setup"])
            found.append(
                Recording(
                    path,
                    setup,
                    card["machine"],
                    card["date"],
                    card["command"],
                    card["runs"]["finished"],
                    card.get("limits", ""),
                )
            )
    return found


def provenance(path: Path) -> str:
    """Where and when raw rows were recorded, from the JSON beside them ("date", "machine"); "" when there is none."""
    beside = path.with_suffix(".json")
    if not beside.is_file():
        return ""
    card = json.loads(beside.read_text(encoding="utf-8"))
    return f"Recorded on {card['date']} on {card['machine']}. "


def rows(recording: Recording) -> pd.DataFrame:
    """Its raw rows."""
    import pandas as pd

    return pd.read_csv(recording.path.with_suffix(".csv"), dtype={"spec": "str"})


def write(name: str, report: Mapping[str, Any], table: pd.DataFrame, command: str, folder: Path = FOLDER) -> Path:
    """Keep a study as assets/evidence/study_NAME.csv and .json; the card's path. `report`: as `cli_studies.report`."""
    path = folder / f"study_{name}.json"
    card = {"command": command} | {key: value for key, value in report.items() if key != "rows"}
    table.to_csv(path.with_suffix(".csv"), index=False, lineterminator="\n", float_format="%.6g")
    path.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
