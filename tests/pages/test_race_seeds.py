"""The Lab with a race of several seeds, and with an arm that has learned nothing yet."""

from __future__ import annotations

from tests.finished import finished, run_queued
from tests.lab import spec
from tests.pages.lab import LAB, ME, address, charts, texts
from tests.pages.measured import RACE, finish, submit, train
from tl_core.races import convergence

SEEDS = RACE.changed(seeds=3)
SCRATCH, TUNED = (0.40, 0.44, 0.42), (0.60, 0.66, 0.63)
EACH = [accuracy for pair in zip(SCRATCH, TUNED, strict=True) for accuracy in pair]


def test_the_form_asks_for_seeds_and_starts_them_all(visit, the_store):
    lab = visit(LAB, backbone="tiny_resnet_cifar100", dataset="digits")
    lab.number_input(key="race_seeds").set_value(3).run()
    assert address(lab)["seeds"] == "3"
    assert "3 × " in texts(lab)
    next(button for button in lab.button if button.label == "Start the race").click().run()
    assert not lab.exception
    runs = the_store.experiment(address(lab)["experiment"]).runs
    assert [(run.spec.seed, run.spec.data.seed) for run in runs] == [(0, 0), (0, 0), (1, 1), (1, 1), (2, 2), (2, 2)]
    assert "0 of 3 seeds" in texts(lab)


def test_while_it_goes_on_an_arm_is_one_line_and_one_curve(visit, the_store):
    experiment = submit(the_store, ME, SEEDS)
    train(the_store, experiment, accuracies=EACH)
    lab = visit(LAB, experiment=experiment)
    assert "Fine-tune all leads from scratch by 20.0 points after 2 epochs" in texts(lab)
    traces = charts(lab)[0]["data"]
    assert [trace["name"] for trace in traces if trace["showlegend"]] == ["From scratch", "Fine-tune all"]
    assert sum(trace.get("fill") == "toself" for trace in traces) == 4  # accuracy and loss
    assert "0 of 3 seeds" in texts(lab)
    lab.button(key=f"stop_{the_store.experiment(experiment).runs[1].id}").click().run()
    asked = [run.strategy for run in the_store.experiment(experiment).runs if run.stop_requested_at]
    assert asked == ["fine_tune_all"] * 3


def test_at_the_end_it_speaks_of_means_and_of_differences_seed_by_seed(visit, the_store):
    experiment = submit(the_store, ME, SEEDS)
    train(the_store, experiment, 3, EACH)
    finish(the_store, experiment, EACH)
    lab = visit(LAB, experiment=experiment)
    assert (
        "Fine-tune all beats from scratch by 21.0 points (95 % interval over 3 seeds +18.5 to +23.5 points): 63.0 % "
        "against 42.0 % of 1,000 test images, mean of 3 seeds. More than the luck of the seed." in texts(lab)
    )
    assert "<td>42.0 %<small>37.0 – 47.0</small></td><td></td>" in texts(lab)
    assert "63.0 %<small>55.5 – 70.5</small></td><td>+21.0 (+18.5 to +23.5), more than luck</td>" in texts(lab)
    assert "<td>3.0 points</td>" in texts(lab)
    each = lab.dataframe[0].value
    assert list(each["Seed"]) == [0, 0, 1, 1, 2, 2]
    assert all(words.startswith("+") for words in each["Against from scratch"][1::2])
    shown = [pills.options for pills in lab.pills if pills.key.startswith("classes_")]
    assert shown == [["From scratch", "Fine-tune all"]]
    (seed,) = (box for box in lab.selectbox if box.label == "Seed")
    assert seed.options == ["Seed 0", "Seed 1", "Seed 2"]
    lab.button(key="again").click().run()
    assert address(lab)["seeds"] == "3"


def test_a_twin_at_chance_is_named_and_trained_to_convergence(visit, the_store, monkeypatch):
    """Real runs: a rate at which nothing is learned in an epoch, then the same with as much time as it needs."""
    monkeypatch.setattr(convergence, "EPOCHS", 12)
    monkeypatch.setattr(convergence, "PATIENCE", 2)
    slow = spec(epochs=1, optimizer={"name": "sgd", "learning_rate": 1e-6, "schedule": "constant"})
    runs = finished(slow, spec(strategy="feature_extraction", epochs=1), owner=ME)
    lab = visit(LAB, experiment=runs[0].experiment_id)
    assert "From scratch has learned nothing yet" in texts(lab)
    assert "Feature extraction has learned nothing" not in texts(lab)
    lab.button(key=f"converge_{runs[0].id}").click().run()
    assert not lab.exception
    queued = the_store.experiment(runs[0].experiment_id).runs
    assert [run.spec for run in queued] == [run.spec for run in runs] + [convergence.converged(slow)]
    assert "From scratch (to convergence)" in texts(lab)
    last = run_queued(queued[-1])
    assert last.summary.epochs > 1
    lab.run()
    assert "From scratch (to convergence)</td>" in texts(lab)
    assert f"converge_{runs[0].id}" not in [button.key for button in lab.button]


def test_nobody_trains_somebody_elses_twin(visit, the_store):
    experiment = submit(the_store, "the-owner-of-the-experiment")
    train(the_store, experiment, 3, (0.1, 0.71))
    finish(the_store, experiment, (0.1, 0.71))
    lab = visit(LAB, experiment=experiment)
    assert "From scratch has learned nothing yet: its 95 % interval, 7.0 % to 13.0 %, does not rise above" in texts(lab)
    assert not [button for button in lab.button if button.label == "Train it to convergence"]
