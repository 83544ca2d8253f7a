from pathlib import Path

import pytest

from tests.pages.measured import ME, RACE, finish, submit, train
from tl_core.base import wording
from tl_core.base.events import Progress
from tl_core.results import experiments
from tl_core.results.arm import arm_titles, arms
from tl_core.store import Store


@pytest.fixture
def store(home: Path):
    found = Store(f"sqlite:///{(home / 'lab.sqlite').as_posix()}")
    yield found
    found.close()


def experiment(store, epochs=2, race=RACE):
    made = submit(store, ME, race)
    train(store, made, epochs)
    return made, store.experiment(made)


def test_progress_of_a_running_arm(store):
    _, found = experiment(store)
    metrics = store.metrics([run.id for run in found.runs])
    share, doing = experiments.progress(found.runs[0], metrics, None)
    assert share == pytest.approx(2 / 3)
    assert doing == "Training · 512 images/s · about 2 s left"


def test_a_run_that_is_tested_is_done_with_training(store):
    _, found = experiment(store)
    run = found.runs[0]
    for label in ("Testing", "Testing on the source task"):
        store.record(run.id, 1, [Progress(label, 0, 1)])
        assert experiments.progress(store.run(run.id), store.metrics([run.id]), None)[0] == 1


def test_the_queue_says_how_many_are_ahead():
    assert [experiments.waiting(place) for place in (None, 1, 2, 5)] == [
        "in the queue",
        "next in the queue",
        "in the queue, 1 run ahead",
        "in the queue, 4 runs ahead",
    ]


def test_beside_an_arm_stands_its_validation_accuracy_until_it_is_tested(store):
    made, found = experiment(store)
    metrics = store.metrics([run.id for run in found.runs])
    assert [experiments.accuracy_words(arm, metrics) for arm in arms(found.runs)] == [
        "40.0\xa0% validation",
        "71.0\xa0% validation",
    ]
    assert experiments.tests(found.runs) == {}
    finish(store, made, (0.38, 0.7))
    ended = store.experiment(made).runs
    assert [experiments.accuracy_words(arm, metrics) for arm in arms(ended)] == ["38.0\xa0% test", "70.0\xa0% test"]
    assert experiments.tests(ended)[ended[1].id] == pytest.approx((0.7, 0.67, 0.73))


def test_time_left_respects_a_budget_in_seconds(store):
    short = RACE.changed(seconds=5.5, epochs=100)
    _, found = experiment(store, race=short)
    metrics = store.metrics([run.id for run in found.runs])
    assert experiments.seconds_left(found.runs[0], metrics) == pytest.approx(0.5)


def test_the_headline_turns_from_validation_to_test(store):
    queued = store.experiment(submit(store, ME))
    assert experiments.standing(queued, store.metrics([])) == "The race waits for a free worker."
    made, found = experiment(store)
    metrics = store.metrics([run.id for run in found.runs])
    assert "validation images" in experiments.standing(found, metrics)
    finish(store, made)
    assert "test images" in experiments.standing(store.experiment(made), metrics)


def test_state_counts_what_differs(store):
    made, found = experiment(store)
    assert experiments.state(found) == "running"
    store.finish(found.runs[0].id, 1, "failed", "Out of memory.")
    assert experiments.state(store.experiment(made)) == "1 failed, 1 running"
    assert experiments.progress(store.experiment(made).runs[0], store.metrics([]), None)[1] == "failed: Out of memory."


def test_an_experiment_that_nobody_named_is_called_by_what_it_was_run_on(store):
    named, nameless = (store.experiment(submit(store, ME, title=title)) for title in ("Mine", ""))
    assert experiments.title(named) == "Mine"
    about = "Tiny ResNet, photographs on Handwritten digits"
    assert experiments.title(nameless) == f"{about}, 20 labels per class to train on and 20 to validate"


def test_two_arms_of_one_strategy_have_two_names(store):
    made = store.submit([RACE.specs()[0]] * 2, ME)
    titles = arm_titles(store.experiment(made).runs)
    assert list(titles.values()) == ["From scratch", "From scratch 2"]


def test_only_tested_arms_are_in_the_table(store):
    made, found = experiment(store)
    assert experiments.table(found.runs) == []
    finish(store, made)
    rows = experiments.table(store.experiment(made).runs)
    assert [row["test_accuracy"] for row in rows] == [0.4, 0.71]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (89, "89 s"), (120, "2 min"), (200, "3 min 20 s"), (900, "15 min"), (3900, "1 h 5 min")],
)
def test_durations(seconds, words):
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(("number", "words"), [(950, "950"), (7690, "7.69 k"), (1_840_000, "1.84 M"), (999_900, "1 M")])
def test_counts(number, words):
    assert wording.count(number) == words
