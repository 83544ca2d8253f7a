"""Guess how films are found from what they are called: `python -m tl_core.ml.making.film_titles` → assets/weights.

A film's title, year and genres become a vector of MiniLM-L6, all vectors are reduced to their principal components, and
a ridge regression goes from these to the means that other people's ratings give (`item_factors`). Each film's own
ratings are left out when its mean is guessed: it is as it would be for a film that nobody has rated yet.
"""

from __future__ import annotations

import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, cross_val_predict

from tl_core.base.events import Event
from tl_core.ml.data import sentences
from tl_core.ml.data.downloads import fetch_weights
from tl_core.ml.making import item_factors
from tl_core.ml.network import models

NAME, ENCODER = "film_titles", "minilm_l6"
LENGTH = 32  # tokens
COMPONENTS = 128
RIDGE = 100.0
FOLDS = 10
SEED = 0


def _ignore(event: Event) -> None:
    pass


def vectors(texts: np.ndarray) -> np.ndarray:
    """(N,) str objects → (N, 384) float32 of length 1."""
    read = sentences.reader(ENCODER, LENGTH, _ignore, lambda: False)
    network = models.build_backbone(ENCODER, LENGTH, fetch_weights(ENCODER, _ignore, lambda: False))
    return np.asarray(network.predict(read(texts), verbose=0))


def guessed(of: np.ndarray, means: np.ndarray, ratings: np.ndarray) -> np.ndarray:
    """(F,) float64 means of films by their vectors `of` (F, C): each from the `means` (F,) of films in other folds.

    `ratings` (F,): how many stand behind each mean. A mean of none says nothing, and one of many counts once.
    """
    few = PCA(COMPONENTS, whiten=True, random_state=SEED).fit_transform(of.astype(np.float64))
    folds = KFold(FOLDS, shuffle=True, random_state=SEED)
    trust = ratings / (ratings + item_factors.RIDGE)
    found: np.ndarray = cross_val_predict(Ridge(RIDGE), few, means, cv=folds, params={"sample_weight": trust})
    return found


def main() -> None:
    ratings, others = item_factors.of_others()
    films = item_factors.learned(ratings, others, factors=1)
    counts = np.bincount(ratings.film[others], minlength=len(ratings.films))
    means = guessed(vectors(np.array(ratings.films, object)), films.means[:, 0], counts)
    recipe = {"encoder": ENCODER, "components": COMPONENTS, "ridge": RIDGE, "folds": FOLDS, "seed": SEED}
    item_factors.write(NAME, films.average, {"means/embeddings": means[:, None]}, ratings, others, recipe)


if __name__ == "__main__":
    main()
