"""Sentences without a network: how often each word occurs, by tf-idf, and logistic regression on that.

The baseline of text classification (Wang and Manning 2012, Baselines and Bigrams: Simple, Good Sentiment and Topic
Classification), with scikit-learn's weights. The penalty is the one that does best on the validation sentences, as
for the probe.
"""

from __future__ import annotations

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from tl_core.ml.data.splits import Splits
from tl_core.uploads.sentences import UNSPACED

WORD = rf"[{UNSPACED}]|[^\W{UNSPACED}]+|[^\w\s]"
STRENGTHS = (0.1, 1.0, 10.0, 100.0)  # scikit-learn's C, from the strongest penalty to the weakest
STEPS = 1000  # at most


def probabilities(splits: Splits) -> np.ndarray:
    """(N, K) of the test sentences, in [0, 1]. `splits` hold (N,) str and one label for each, all K in training."""
    train, val, test = splits[:3]
    vectorizer = TfidfVectorizer(token_pattern=WORD)
    vectors = vectorizer.fit_transform(list(train.images[:]))
    held_out = vectorizer.transform(list(val.images[:]))
    fitted = [
        LogisticRegression(C=strength, max_iter=STEPS).fit(vectors, train.labels, train.weights)
        for strength in STRENGTHS
    ]
    best = min(
        fitted,
        key=lambda one: log_loss(
            val.labels, one.predict_proba(held_out), sample_weight=val.weights, labels=np.arange(len(splits.classes))
        ),
    )
    return best.predict_proba(vectorizer.transform(list(test.images[:])))
