"""The command line: the same engine without a browser. `python -m tl_core race --help` says the rest."""
from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from tl_core import preflight

if missing := preflight.problem():
    print(missing, file=sys.stderr)
    sys.exit(2)

from tl_core import catalog, cli_export, cli_import, cli_predict
from tl_core.builtin_studies import BUILT_IN
from tl_core.spec import SpecError


def _number_or_all(text: str) -> int | None:
    return None if text == "all" else int(text)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _race_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--dataset", default="digits", help="see `python -m tl_core datasets`")
    add("--backbone", default="mobilenet_075", help="see `python -m tl_core backbones`")
    add("--strategies", type=_names, default=("from_scratch", "feature_extraction"),
        help=f"comma-separated, of: {', '.join(catalog.STRATEGIES)}")
    add("--classes", type=_names, default=(), help="comma-separated; default: every class")
    add("--per-class", type=_number_or_all, default=20, help="training images a class, or 'all'")
    add("--validation-share", type=float, default=0.2)
    add("--test-images", type=_number_or_all, default=1000, help="in total, or 'all'")
    add("--image-size", type=int, help="side in pixels; default: 96, or 224 for few pictures of your own")
    add("--epochs", type=int, default=10)
    add("--seconds", type=float, help="a budget of training time that ends a run before its epochs")
    add("--batch-size", type=int, default=32)
    add("--optimizer", default="adam", help="adam, adamw or sgd")
    add("--learning-rate", type=float, help="default: what suits the strategy")
    add("--schedule", default="cosine", help="constant, cosine, warmup_cosine, plateau or range_test")
    add("--weight-decay", type=float, default=1e-4)
    add("--head", default="pool", help="pool, pool_hidden or flatten_256")
    add("--dropout", type=float, default=0.0)
    add("--head-start", default="automatic", help="what the head's last layer begins with: zeros, random or automatic")
    add("--augmentation", default="none", help="none, light or strong")
    add("--patience", type=int, help="early stopping after so many epochs without a better validation loss")
    add("--seed", type=int, default=0)
    add("--json", metavar="FILE", help="write the results here")


def _race(arguments: argparse.Namespace) -> int:
    from tl_core import cli_race

    return cli_race.race(arguments)


def _study_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    about = "; ".join(f"{name}: {entry.question}" for name, entry in BUILT_IN.items())
    add("name", choices=["evidence", *BUILT_IN], help=f"evidence: the study that comes with the app; {about}")
    add("--rows", metavar="FILE", help="write the raw rows here as CSV; evidence fills its own row by row")
    add("--dataset", help="see `python -m tl_core datasets`")
    add("--backbone", help="see `python -m tl_core backbones`")
    add("--seeds", type=int, help="how many; default: 2")
    add("--per-class", type=int, help="training images a class")
    add("--epochs", type=int, help="at least; few images get more, so that every run makes some steps")
    add("--image-size", type=int, help="side in pixels")
    add("--test-images", type=int, help="in total")
    add("--grid", help="comma-separated values of the study's axis, such as 5,20,50; default: what the page proposes")
    add("--series", help="comma-separated: strategies, forms or sources to compare")
    add("--json", metavar="FILE", help="write rows and findings here")
    add("--record", metavar="NAME", help="keep it with the app, as a recorded study: assets/evidence/study_NAME.csv")


def _study(arguments: argparse.Namespace) -> int:
    if arguments.name == "evidence":
        from tl_core import cli_study

        return cli_study.study(arguments)
    from tl_core import cli_studies

    return cli_studies.study(arguments)


def _bench_arguments(parser: argparse.ArgumentParser) -> None:
    from tl_core import cli_bench

    cli_bench.arguments(parser)


def _bench(arguments: argparse.Namespace) -> int:
    from tl_core import cli_bench

    return cli_bench.run(arguments)


def _lesson_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", help="see `python -m tl_core lessons`")
    parser.add_argument("--imagenet", action="store_true", help="with MobileNet 0.75 on CIFAR-10, where both are here")
    parser.add_argument("--json", metavar="FILE", help="write what was expected and measured here")


def _lesson(arguments: argparse.Namespace) -> int:
    from tl_core import cli_lesson

    return cli_lesson.lesson(arguments)


def _lessons(arguments: argparse.Namespace) -> int:
    from tl_core.lessons import LESSONS

    rows = [[name, entry.title, "pitfall" if entry.pitfall else "lesson"] for name, entry in LESSONS.items()]
    return _table("Lessons and pitfalls", ["id", "question", "kind"], rows)


def _table(title: str, columns: list[str], rows: list[list[str]]) -> int:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, no_wrap=column == columns[0])  # a name is to be copied whole
    for row in rows:
        table.add_row(*row)
    Console().print(table)
    return 0


def _backbones(arguments: argparse.Namespace) -> int:
    rows = []
    for name, entry in catalog.BACKBONES.items():
        there = catalog.backbone_availability(name)
        params = f"{catalog.card(name).params / 1e6:.1f} M"
        rows.append([name, entry.title, params, f"{entry.min_size} px", there.sentence])
    return _table("Backbones", ["name", "network", "parameters", "smallest image", "weights"], rows)


def _datasets(arguments: argparse.Namespace) -> int:
    from tl_core.cli_race import OWNER

    rows = []
    for name, entry in catalog.datasets(OWNER).items():
        least, most = min(entry.pools_of()), max(entry.pools_of())
        images = str(most) if least == most else f"{least} to {most}"
        rows.append([name, entry.title, str(len(entry.classes)), images, catalog.dataset_availability(name).sentence])
    return _table("Data sets", ["name", "pictures", "classes", "images a class", "where"], rows)


def parser() -> argparse.ArgumentParser:
    """Every command and its options."""
    top = argparse.ArgumentParser(prog="python -m tl_core", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)

    def command(name: str, about: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about)
        sub.set_defaults(run=run)
        return sub

    _race_arguments(command("race", "Train several strategies side by side and compare them.", _race))
    _study_arguments(command("study", "Run a study that is not finished yet, row by row.", _study))
    _lesson_arguments(command("lesson", "Run a lesson or a pitfall and say what came out.", _lesson))
    command("lessons", "List the lessons and the pitfalls.", _lessons)
    command("backbones", "List the networks and where their weights are.", _backbones)
    command("datasets", "List the data sets and where they are.", _datasets)
    cli_import.arguments(command("import", "Make a data set of a zip or a folder of pictures.", cli_import.run))
    cli_predict.arguments(command("predict", "Try the model of a finished run on pictures.", cli_predict.run))
    cli_export.arguments(command("export", "Take a finished run home: model, script, history.", cli_export.run))
    _bench_arguments(command("bench", "Measure this app against the usual ways, side by side.", _bench))
    return top


def main(argv: list[str] | None = None) -> int:
    """Exit status: 0 when everything finished, 1 when a run did not, 2 for unusable input."""
    arguments = parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except SpecError as error:
        print(error, file=sys.stderr)
        return 2
    return status


if __name__ == "__main__":
    sys.exit(main())
