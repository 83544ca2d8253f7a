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


def main() -> None:
    ratings = movietweetings.read(dataset_folder(DATASETS["movietweetings"]).parent)
    new = np.unique(ratings.person[movietweetings.new_people(ratings).rows])
    others = ~np.isin(ratings.person, new)
    factors = BACKBONES[NAME].kwargs["factors"]
    films = learned(ratings, others, factors)
    path = ASSETS / "weights" / f"{NAME}.weights.npz"
    tables: dict[str, Any] = {"means/embeddings": films.means, "factors/embeddings": films.factors}
    tables = {name: table.astype(np.float16) for name, table in tables.items()}
    with path.open("wb") as file:
        np.savez(file, average=np.float32(films.average), **tables)
    card = {
        "name": NAME,
        "architecture": "tl_core.ml.network.item_factors, float16 weights",
        "data": "MovieTweetings, snapshot 100K (Dooms et al. 2013, MIT), without those who are new in the data set",
        "films": len(ratings.films),
        "people": len(np.unique(ratings.person[others])),
        "ratings": int(others.sum()),
        "recipe": {"ridge": RIDGE, "factors": factors, "seed": SEED},
        "sha256": sha256(path),
    }
    path.with_name(f"{NAME}.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
