"""A race with several seeds: what runs, what it costs, and how it is written."""

from __future__ import annotations

import pytest

from tl_core.__main__ import parser
from tl_core.base.spec import SpecError
from tl_core.cli import race as cli_race
from tl_core.races import race
from tl_core.races.convergence import EPOCHS, PATIENCE, converged
from tl_core.races.preview import preview, whole

USUAL = race.proposed("tiny_resnet_cifar100", "digits")


def test_every_arm_runs_with_every_seed_and_both_seeds_move() -> None:
    specs = USUAL.changed(seeds=3, seed=5, split_seed=7).specs()
    found = [(spec.seed, spec.data.seed, spec.strategy) for spec in specs]
    assert found == [(5 + k, 7 + k, arm) for k in range(3) for arm in USUAL.arms]
    assert {spec.with_seeds(0, 0).strategy for spec in specs} == set(USUAL.arms)


def test_the_command_line_and_the_address_ask_for_seeds() -> None:
    wanted = USUAL.changed(seeds=3)
    assert race.to_query(wanted, USUAL) == {"seeds": "3"}
    command = parser().parse_args(["race", *cli_race.options(USUAL), "--seeds", "3"])
    assert cli_race.raced(command) == wanted
    assert wanted.title.endswith(", 3 seeds")


@pytest.mark.parametrize(("text", "words"), [("0", "Seeds must be at least 1"), ("21", "Seeds must be at most 20")])
def test_a_number_of_seeds_out_of_range_is_one_sentence(text: str, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        race.read(USUAL, "seeds", text)
    with pytest.raises(SpecError, match=words):
        USUAL.changed(seeds=int(text)).specs()


def test_the_preview_has_a_row_for_each_arm_and_counts_every_run() -> None:
    once, thrice = preview(USUAL, gflops=40.0), preview(USUAL.changed(seeds=3), gflops=40.0)
    assert [arm.strategy for arm in thrice] == [arm.strategy for arm in once]
    alone = whole(once, 1)
    assert alone is not None
    assert whole(thrice, 1) == pytest.approx([3 * end for end in alone])


def test_a_twin_at_its_best_is_the_same_run_with_more_time_and_no_part_of_the_race() -> None:
    wanted = USUAL.changed(seeds=2, seconds=3.0)
    specs = wanted.specs()
    longer = [converged(spec) for spec in specs if spec.strategy == "from_scratch"]
    assert [(spec.epochs, spec.patience, spec.seconds) for spec in longer] == [(EPOCHS, PATIENCE, None)] * 2
    assert race.of_specs([*specs, *longer]) == wanted
    assert converged(longer[0]) == longer[0]
