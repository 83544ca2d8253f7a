"""The command line: the same engine without a browser. `python -m tl_core race --help` says the rest."""

from __future__ import annotations

from tl_core.cli import console

if __name__ == "__main__":
    console.prepare()

import argparse
import importlib
import sys
from typing import NoReturn

from tl_core import preflight

if missing := preflight.problem():
    print(missing, file=sys.stderr)
    sys.exit(2)

from tl_core.base.settings import SettingsError
from tl_core.base.spec import SpecError
from tl_core.store import StoreError
from tl_core.uploads.limits import UploadError

COMMANDS = {
    "race": "Train several strategies side by side and compare them.",
    "study": "Run a study that is not finished yet, row by row.",
    "lesson": "Run a lesson or a pitfall and say what came out.",
    "import": "Make a data set of a zip or a folder of pictures or sounds, or of a table of sentences.",
    "predict": "Try the model of a finished run on pictures, recordings or sentences.",
    "export": "Take a finished run home: model, script, history.",
    "bench": "Measure this app against the usual ways, side by side.",
}
LISTS = {
    "lessons": "List the lessons and the pitfalls.",
    "backbones": "List the networks and where their weights are.",
    "datasets": "List the data sets and where they are.",
}


class Parser(argparse.ArgumentParser):
    """One that complains in a sentence, as everything else does."""

    def error(self, message: str) -> NoReturn:
        raise SpecError(f"{message[:1].upper()}{message[1:]}. `{self.prog} --help` says what there is.")


def parser() -> argparse.ArgumentParser:
    """Every command and its options. A command is a module of tl_core.cli with `arguments` and `run`."""
    top = Parser(prog="python -m tl_core", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    for name, about in COMMANDS.items():
        module = importlib.import_module(f"tl_core.cli.{'import_' if name == 'import' else name}")
        command = commands.add_parser(name, help=about, description=about)
        module.arguments(command)
        command.set_defaults(run=module.run)
    lists = importlib.import_module("tl_core.cli.lists")
    for name, about in LISTS.items():
        commands.add_parser(name, help=about, description=about).set_defaults(run=getattr(lists, name))
    return top


def main(argv: list[str] | None = None) -> int:
    """Exit status: 0 when everything finished, 1 when a run did not, 2 for unusable input, after one sentence."""
    try:
        arguments = parser().parse_args(argv)
        status: int = arguments.run(arguments)
        print(end="", flush=True)
    except (SettingsError, SpecError, StoreError, UploadError) as error:
        return _refused(str(error))
    except BrokenPipeError:
        raise
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        return _refused(f"The system refused this{where}: {error.strerror or error}.")
    return status


def _refused(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


if __name__ == "__main__":
    parser()  # loads every command
    with console.interruptible():
        status = main()
    sys.exit(status)
