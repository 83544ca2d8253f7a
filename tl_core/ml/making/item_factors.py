"""Learn what films are like from many people: `python -m tl_core.ml.making.item_factors` → assets/weights.

People who are new in the data set `movietweetings` are left out. A film's mean comes from a ridge regression on who
rated what, so that it does not depend on how lenient those were who saw it (Koren, Bell and Volinsky 2009, Matrix
Factorization Techniques for Recommender Systems, "Adding biases"). Its factors come from a truncated singular value
decomposition of what is left of the ratings, noughts where there is none (PureSVD: Cremonesi, Koren and Turrin 2010,
Performance of Recommender Algorithms on Top-N Recommendation Tasks).
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import Ridge

from tl_core.base.settings import ASSETS
from tl_core.catalog import BACKBONES, DATASETS, dataset_folder
from tl_core.ml.data import movietweetings
from tl_core.ml.data.movietweetings import Ratings
from tl_core.ml.network.tiny_resnet import sha256

NAME = "item_factors"
RIDGE = 3.0  # ratings that the average stands for
SEED = 0


class Films(NamedTuple):
    """What is learned of F films."""

    average: float  # stars
    means: np.ndarray  # (F, 1) float64, stars above the average
    factors: np.ndarray  # (F, K) float64


def learned(ratings: Ratings, of: np.ndarray, factors: int) -> Films:
    """From the ratings `of` (N,) bool. A film without any has noughts."""
    film, stars = ratings.film[of], ratings.stars[of].astype(np.float64)
    _, person = np.unique(ratings.person[of], return_inverse=True)
    rows, films, people = np.arange(len(stars)), len(ratings.films), person.max() + 1
    ones = np.ones(len(stars))
    who_what = hstack(
        [csr_matrix((ones, (rows, film)), (len(rows), films)), csr_matrix((ones, (rows, person)), (len(rows), people))]
    ).tocsr()
    biases = Ridge(alpha=RIDGE, solver="sparse_cg", tol=1e-6).fit(who_what, stars)
    rest = csr_matrix((stars - biases.predict(who_what), (person, film)), (people, films))
    found = TruncatedSVD(factors, n_iter=10, random_state=SEED).fit(rest)
    return Films(
        float(biases.intercept_), biases.coef_[:films, None], found.components_.T * np.sqrt(found.singular_values_)
    )


def of_others() -> tuple[Ratings, np.ndarray]:
    """All ratings, and (N,) bool: which are of people who are not new in the data set."""
    ratings = movietweetings.read(dataset_folder(DATASETS["movietweetings"]).parent)
    new = np.unique(ratings.person[movietweetings.new_people(ratings).rows])
    return ratings, ~np.isin(ratings.person, new)


def write(
    name: str, average: float, tables: dict[str, np.ndarray], ratings: Ratings, of: np.ndarray, recipe: dict[str, Any]
) -> None:
    """The weights as float16, and a card of how they were learned from the ratings `of` (N,) bool."""
    path = ASSETS / "weights" / f"{name}.weights.npz"
    halves: dict[str, Any] = {key: table.astype(np.float16) for key, table in tables.items()}
    with path.open("wb") as file:
        np.savez(file, average=np.float32(average), **halves)
    card = {
        "name": name,
        "architecture": "tl_core.ml.network.item_factors, float16 weights",
        "data": "MovieTweetings, snapshot 100K (Dooms et al. 2013, MIT), without those who are new in the data set",
        "films": len(ratings.films),
        "people": len(np.unique(ratings.person[of])),
        "ratings": int(of.sum()),
        "recipe": recipe,
        "sha256": sha256(path),
    }
    path.with_name(f"{name}.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8", newline="\n")


def main() -> None:
    ratings, others = of_others()
    factors = BACKBONES[NAME].kwargs["factors"]
    films = learned(ratings, others, factors)
    tables = {"means/embeddings": films.means, "factors/embeddings": films.factors}
    write(NAME, films.average, tables, ratings, others, {"ridge": RIDGE, "factors": factors, "seed": SEED})


if __name__ == "__main__":
    main()
