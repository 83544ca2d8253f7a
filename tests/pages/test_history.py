import pytest

from tests.pages.lab import address
from tests.pages.measured import finish, submit, train
from tests.pages.test_lessons_page import record

ME = "the-student-of-this-test"


def rows(history):
    return [link.proto.label.strip("*") for link in history.get("page_link") if link.proto.label.startswith("**")]


def test_an_empty_history_says_so(visit):
    history = visit("pages/2_History.py")
    assert any("Nothing here yet" in text.value for text in history.markdown)


def test_search_finds_words_of_title_and_note(visit, the_store):
    first = submit(the_store, ME, title="Digits with MobileNet")
    submit(the_store, ME, title="Ships")
    the_store.describe(first, ME, "Digits with MobileNet", "a surprising twin")
    history = visit("pages/2_History.py")
    assert rows(history) == ["Ships", "Digits with MobileNet"]
    history.text_input(key="history_search").set_value("twin digits").run()
    assert rows(history) == ["Digits with MobileNet"]
    history.text_input(key="history_search").set_value("nowhere").run()
    assert rows(history) == []


def test_a_title_cannot_smuggle_markup_into_the_page(visit, the_store):
    submit(the_store, ME, title="[click](#evil) **x** :red[y] $z$")
    history = visit("pages/2_History.py")
    assert rows(history) == [r"\[click\]\(\#evil\) \*\*x\*\* \:red\[y\] \$z\$"]


def test_renaming_and_a_note(visit, the_store):
    experiment = submit(the_store, ME, title="Old")
    history = visit("pages/2_History.py")
    history.button(key=f"name_{experiment}").click().run()
    next(field for field in history.text_input if field.label == "Title").set_value("New")
    history.text_area[0].set_value("Expected 70, saw 71.")
    next(button for button in history.button if button.label == "Save").click().run()
    found = the_store.experiment(experiment)
    assert (found.title, found.note) == ("New", "Expected 70, saw 71.")


def test_deleting_asks_first(visit, the_store):
    experiment = submit(the_store, ME)
    train(the_store, experiment)
    history = visit("pages/2_History.py")
    assert history.button(key=f"delete_{experiment}").disabled
    finish(the_store, experiment)
    history.run()
    history.button(key=f"delete_{experiment}").click().run()
    assert the_store.experiment(experiment) is not None
    next(button for button in history.button if button.label == "Delete for good").click().run()
    assert the_store.experiment(experiment) is None
    assert rows(history) == []


def test_many_experiments_come_in_pages(visit, the_store):
    for number in range(12):
        submit(the_store, ME, title=f"Race {number}")
    history = visit("pages/2_History.py")
    assert rows(history) == [f"Race {number}" for number in range(11, 1, -1)]


def test_a_lesson_opens_as_a_lesson_from_the_history_and_from_home(visit, the_store):
    experiment = record(the_store, "leak", {"right": 0.2, "wrong": 0.7})
    race = submit(the_store, ME, title="A race")
    for page in ("pages/2_History.py", ""):
        links = {link.proto.label: link.proto for link in visit(page).get("page_link")}
        lesson = links[r"**Validation images in the training set**"]
        assert lesson.page.endswith("Lessons")
        assert f"experiment={experiment}" in lesson.query_string
        assert "lesson=leak" in lesson.query_string
        assert links["**A race**"].page.endswith("Lab")
        assert f"experiment={race}" in links["**A race**"].query_string


@pytest.mark.parametrize("lesson", ["leak", "judging_honestly"])
def test_a_lessons_experiment_at_the_labs_address_leads_to_the_lesson(visit, the_store, lesson):
    accuracies = {"right": 0.2, "wrong": 0.7, "from_scratch": 0.2, "frozen": 0.6, "frozen_balanced": 0.5}
    experiment = record(the_store, lesson, accuracies)
    at = visit("pages/1_Lab.py", experiment=experiment)
    assert at.query_params["lesson"] in (lesson, [lesson])
    assert address(at)["experiment"] == experiment
    assert any("Now change one thing" in heading.value for heading in at.header)
