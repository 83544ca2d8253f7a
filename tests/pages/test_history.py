from tests.pages.measured import finish, submit, train

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
    submit(the_store, ME, title="[click](http://evil) **x** :red[y] $z$")
    history = visit("pages/2_History.py")
    assert rows(history) == [r"\[click\]\(http\://evil\) \*\*x\*\* \:red\[y\] \$z\$"]


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
