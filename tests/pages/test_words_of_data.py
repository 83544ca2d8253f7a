"""What a finished race shows speaks of what its data set holds, everything that can be measured of it included."""

from __future__ import annotations

import json
import re

import pytest

from tests.pages.lab import LAB, ME, charts, texts
from tests.pages.measured import shifted, submit, summary, train
from tests.pages.test_probabilities import MEASURED, RATES
from tl_core.base.events import WANTED, Operating, Roc
from tl_core.catalog import dataset
from tl_core.catalog.shifts import SHIFTS
from tl_core.races.race import proposed
from tl_core.results import experiments
from tl_core.results.source_task import beforehand

OPERATING = [Operating(threshold=0.4, recall=share, false_alarms=0.1, precision=None) for share in WANTED]
OF_THE_SEEN = (  # of what a network is shown, such as the picture of a recording, and of its own source task
    *(way.summary for way in SHIFTS.values()),
    "the image enters",
    "its test images are not",
    "as pictures of sound",
    beforehand("tiny_resnet_syllables"),
)


@pytest.mark.parametrize("name", ["sst2", "movietweetings", "spoken_digits"])
@pytest.mark.parametrize("defined", [True, False])
def test_no_result_speaks_of_pictures_where_there_are_none(visit, the_store, name: str, defined: bool) -> None:
    data = dataset(name)
    made = submit(the_store, ME, proposed(dataset=name).changed(arms=("from_scratch", "feature_extraction")))
    train(the_store, made)
    experiment = the_store.experiment(made)
    doing = [experiments.progress(run, the_store.metrics([run.id]), None)[1] for run in experiment.runs]
    assert all(f"512 {data.holds.many}/s" in words for words in doing)
    curves = Roc(fpr=[0.0, 0.5, 1.0], tpr=[*RATES, RATES[0]] if defined else [None] * 10)
    changes = MEASURED | {"roc": curves, "operating": [OPERATING] * 10}
    if not defined:
        changes |= {"temperature": None, "confusion": None, "roc_auc": None}
    measured = summary(0.7).model_copy(update=changes)
    if data.holds.shifts:
        measured = shifted(measured, 0.5, 0.6)
    for run in experiment.runs:
        assert the_store.finish(run.id, 1, "finished", summary=measured)
    lab = visit(LAB, experiment=made)
    shown = [texts(lab), *(json.dumps(chart) for chart in charts(lab)), *(str(box.label) for box in lab.button_group)]
    shown += [" ".join(map(str, frame.value.columns)) for frame in lab.dataframe]
    said = re.sub(r"data:image|<style>.*?</style>|<script.*?</script>|<svg.*?</svg>", "", " ".join(shown), flags=re.S)
    for words in OF_THE_SEEN:
        said = said.replace(words.replace("\N{NO-BREAK SPACE}", " "), "")
    found = [
        said[max(0, hit.start() - 60) : hit.end() + 30] for hit in re.finditer(r"(?i)\b(images?|pictures?)\b", said)
    ]
    assert not found, "\n".join(found)
    assert f"validation {data.holds.many}" in said
