"""Ratings: who is new, what is read of them, and the measures of recommendation."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tl_core.base.events import RunError
from tl_core.base.spec import DataSpec, run_spec
from tl_core.catalog import DATASETS
from tl_core.ml.data import modalities, movietweetings, ratings
from tl_core.ml.data.movietweetings import Ratings, fetch
from tl_core.ml.data.splits import load
from tl_core.ml.making import film_titles
from tl_core.ml.making.item_factors import learned
from tl_core.uploads.decode import Refused

ALL = np.ones((20, 1))
ENTRY = DATASETS["movietweetings"]
WANTED = ENTRY.pool + ENTRY.test


def _quiet(event: object) -> None:
    pass


def _made(counts: list[int], seed: int) -> Ratings:
    """People with so many ratings each, in mixed order."""
    rng = np.random.default_rng(seed)
    person = rng.permutation(np.repeat(np.arange(len(counts), dtype=np.int32), counts))
    films = tuple(f"Film {i}" for i in range(60))
    film = rng.integers(len(films), size=len(person)).astype(np.int32)
    return Ratings(films, film, person, rng.integers(1, 11, len(person)).astype(np.int32))


@given(
    st.lists(st.integers(WANTED, 80), min_size=ENTRY.strata, max_size=ENTRY.strata + 10),
    st.lists(st.integers(0, WANTED - 1), max_size=10),
    st.integers(0, 99),
)
def test_people_are_new_as_a_whole_and_none_with_too_few_ratings(many: list[int], few: list[int], seed: int) -> None:
    made = _made([*many, *few], seed)
    new = movietweetings.new_people(made)
    assert len(set(new.rows.tolist())) == len(new.rows) == ENTRY.strata * WANTED
    for number in range(ENTRY.strata):
        own = new.rows[new.person == number]
        assert len(set(made.person[own].tolist())) == 1
        assert new.is_test[new.person == number].sum() == ENTRY.test
    assert made.person[new.rows].max() < len(many)
    assert len(set(made.person[new.rows].tolist())) == ENTRY.strata


def test_with_too_few_people_nothing_is_drawn() -> None:
    with pytest.raises(RunError, match="too few people with 45 ratings"):
        movietweetings.new_people(_made([WANTED] * (ENTRY.strata - 1), 0))


def test_what_is_learned_of_films_does_not_depend_on_the_ratings_of_new_people() -> None:
    made = _made([WANTED] * ENTRY.strata + [20] * 200, 1)
    others = ~np.isin(made.person, made.person[movietweetings.new_people(made).rows])
    changed = made._replace(stars=np.where(others, made.stars, 11 - made.stars))
    first, second = (learned(one, others, 3) for one in (made, changed))
    assert np.array_equal(first.means, second.means)
    assert np.array_equal(first.factors, second.factors)


def test_a_mean_does_not_depend_on_how_lenient_those_are_who_saw_the_film() -> None:
    """Film 0 was seen by the strict alone, film 1 by the lenient alone; each is two stars above all other films."""
    rows = [(film, person, 4 + 4 * (person % 2)) for film in range(2, 60) for person in range(200)]
    rows += [(person % 2, person, 6 + 4 * (person % 2)) for person in range(200)]
    film, person, stars = np.array(rows, np.int32).T
    films = tuple(f"Film {i}" for i in range(60))
    found = learned(Ratings(films, film, person, stars), np.ones(len(rows), bool), 2).means[:, 0]
    assert found[0] == pytest.approx(found[1], abs=0.3)
    assert found[0] - found[2] == pytest.approx(2, abs=0.3)


def test_a_films_mean_is_guessed_from_its_vector_and_other_films_alone() -> None:
    rng = np.random.default_rng(4)
    of, ratings = rng.normal(size=(400, 150)), rng.integers(0, 9, 400)
    means = of[:, 0] - of[:, 1]
    means[ratings == 0] = 0.0  # nobody has rated these
    found = film_titles.guessed(of, means, ratings)
    unrated = ratings == 0
    assert np.corrcoef(found[unrated], (of[:, 0] - of[:, 1])[unrated])[0, 1] > 0.8
    means[7] += 50
    ratings[7] = 8
    assert film_titles.guessed(of, means, ratings)[7] == pytest.approx(found[7])
    assert not np.allclose(film_titles.guessed(of, means, ratings), found)


@pytest.mark.usefixtures("movietweetings")
class TestSplits:
    @pytest.mark.parametrize("per_person", [5, 10, 20])
    def test_every_person_has_as_many_in_every_part(self, per_person: int) -> None:
        found = load(DataSpec(dataset="movietweetings", per_class=per_person), _quiet, lambda: False)
        for part, each in ((found.train, per_person), (found.test, ENTRY.test)):
            people = [text.rpartition(" · person ")[2] for text in part.images[:]]
            assert sorted(map(int, set(people))) == list(range(1, ENTRY.strata + 1))
            assert {people.count(person) for person in set(people)} == {each}
        assert not set(found.train.ids) & (set(found.val.ids) | set(found.test.ids))

    def test_fewer_ratings_lie_within_more_and_the_test_stays(self) -> None:
        few, more = (
            load(DataSpec(dataset="movietweetings", per_class=n, seed=3), _quiet, lambda: False) for n in (5, 20)
        )
        assert set(few.train.ids) < set(more.train.ids)
        assert set(few.test.ids) == set(more.test.ids)

    def test_a_rating_is_read_as_its_film_and_its_person(self, movietweetings: Path) -> None:
        spec = run_spec(backbone="item_means", image_size=8, data={"dataset": "movietweetings", "per_class": 5})
        found = modalities.load(spec, _quiet, lambda: False).train
        shown = load(spec.data, _quiet, lambda: False).train
        films = ratings.movietweetings.read(movietweetings).films
        assert found.images.dtype == np.int32
        assert [f"{films[film]} · person {person + 1}" for film, person in found.images[:]] == list(shown.images[:])

    def test_the_examples_that_are_shown_are_there(self, movietweetings: Path) -> None:
        texts, labels, *_ = ratings.movietweetings.examples(movietweetings)
        stars = dict(zip(texts, labels + 1, strict=True))
        for film, rating in ENTRY.samples:
            person, given = rating.split(": ")
            assert stars[f"{film} · {person}"] == int(given.split()[0])

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"No such film (1899) \xc2\xb7 person 3", "names no film"),
            (b"", "names no film"),
            (b"\xff\xfe", "no text in UTF-8"),
            ("Grown Ups (2010), Comedy · person 51".encode(), "numbered from 1 to 50"),
            ("Grown Ups (2010), Comedy · person ²".encode(), "numbered from 1 to 50"),
        ],
    )
    def test_an_unknown_film_or_person_is_refused_in_a_sentence(self, content: bytes, words: str) -> None:
        with pytest.raises(Refused, match=words):
            ratings.opened(content, "movietweetings")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ratings.dat", "1::0000001::8"),
        ("ratings.dat", "1::9::8::0"),
        ("ratings.dat", "1::0000001::many::0"),
        ("ratings.dat", "1::0000001::80::0"),
        ("movies.dat", "0000001::A film"),
        ("movies.dat", "\udcff"),
        ("movies.dat", None),
    ],
)
def test_a_damaged_file_is_told_in_a_sentence(tmp_path: Path, name: str, text: str | None) -> None:
    folder = tmp_path / "ratings"
    folder.mkdir()
    (folder / "movies.dat").write_text("0000001::A film (1999)::Drama\n", encoding="utf-8")
    (folder / "ratings.dat").write_text("1::0000001::8::0\n", encoding="utf-8")
    assert movietweetings.read(folder).films == ("A film (1999), Drama",)
    movietweetings.read.cache_clear()
    if text is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(RunError, match=r"damaged or incomplete .* Delete the folder"):
        movietweetings.read(folder)
    shutil.rmtree(folder)


class TestFetch:
    def test_two_runs_at_once_find_both_files_whole(
        self, movietweetings: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr("tl_core.ml.data.movietweetings.URL", f"{movietweetings.as_uri()}/")
        folder = tmp_path / "there"
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: fetch(folder, _quiet, lambda: False), range(2)))
        assert {path.name for path in folder.iterdir()} == {"movies.dat", "ratings.dat"}
        for name in ("movies.dat", "ratings.dat"):
            assert (folder / name).read_bytes() == (movietweetings / name).read_bytes()

    def test_what_arrives_damaged_is_not_kept(
        self, movietweetings: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        source, folder = tmp_path / "source", tmp_path / "there"
        source.mkdir()
        (source / "movies.dat").write_bytes((movietweetings / "movies.dat").read_bytes())
        (source / "ratings.dat").write_bytes((movietweetings / "ratings.dat").read_bytes()[:-5])
        monkeypatch.setattr("tl_core.ml.data.movietweetings.URL", f"{source.as_uri()}/")
        with pytest.raises(RunError, match=r"ratings\.dat arrived damaged"):
            fetch(folder, _quiet, lambda: False)
        assert [path.name for path in folder.iterdir()] == ["movies.dat"]


class TestRecall:
    def test_the_best_order_finds_all_and_the_worst_what_is_left(self) -> None:
        truth, people = np.array([9] * 8 + [3] * 12), np.zeros(20, int)
        assert ratings.recall(truth.astype(float), truth, people)(ALL) == 1
        assert ratings.recall(-truth.astype(float), truth, people)(ALL) == 0

    def test_where_nothing_is_told_apart_it_is_the_mean_over_all_orders(self) -> None:
        truth, people = np.array([9] * 8 + [3] * 12), np.zeros(20, int)
        assert ratings.recall(np.full(20, 7.0), truth, people)(ALL) == pytest.approx(0.5)

    def test_it_is_not_defined_where_nothing_can_be_missed(self) -> None:
        truth = np.full(10, 9)
        assert np.isnan(ratings.recall(truth.astype(float), truth, np.zeros(10, int))(ALL[:10]))

    def test_people_count_alike_and_as_often_as_they_are_drawn(self) -> None:
        """The first of two finds all, the second half; of 20 films and of 12."""
        truth, people = np.array([9] * 8 + [3] * 12 + [9] * 12), np.repeat([0, 1], (20, 12))
        score = ratings.recall(np.r_[truth[:20], np.zeros(12)].astype(float), truth, people)
        counts = np.array([[1, 2, 0], [1, 1, 1]])[people]
        assert score(counts) == pytest.approx([(1 + 10 / 12) / 2, (2 + 10 / 12) / 3, 10 / 12])
