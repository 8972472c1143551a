"""scikit-learn's own checks, on texts.

They feed matrices of numbers, and are skipped as a whole for what takes texts. Here each row of such a matrix is made
a text of its own (equal rows, equal texts), so that every check that is not about numbers applies. What is left out
stands below, each with its reason.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from sklearn.utils import check_array
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted

from dedup.estimators import MinHashVectorizer, NearDuplicateClusterer, PhrasingScorer, SpunCopyDetector

WORDS = """
    the of and to in a is that for it as was with be by on not he this are or his from at which but have an had they
    you were their one all we can her has there been if more when will would who so no city council report minister
    water road house school market week year people government police court health money local plan member group
""".split()  # noqa: SIM905


@cache
def text_of(row: bytes) -> str:
    """A text of ninety words for a row of numbers."""
    generator = np.random.default_rng(list(row))
    return " ".join(WORDS[word] for word in generator.integers(0, len(WORDS), 90))


def texts_of(matrix) -> list[str]:
    rows = check_array(matrix, dtype=np.float64, ensure_min_samples=1)
    return [text_of(row.tobytes()) for row in rows]


class OnNumbers:
    """Mixed into an estimator of texts: takes matrices."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.string, tags.input_tags.one_d_array = True, False, False
        tags.input_tags.allow_nan = False
        return tags

    def fit(self, X, y=None):
        self.width_ = np.shape(X)[-1]
        return super().fit(texts_of(X), y)


def taking_numbers(name):
    def method(self, X):
        check_is_fitted(self)
        if np.shape(X)[-1] != self.width_:
            raise ValueError("another number of columns")
        return getattr(super(type(self), self), name)(texts_of(X))

    method.__name__ = name
    return method


def on_numbers(kind):
    """The estimator for matrices, under the same name."""
    methods = ("transform", "predict", "score_samples", "sources")
    own = {name: taking_numbers(name) for name in methods if hasattr(kind, name)}
    made = type(kind.__name__, (OnNumbers, kind), {**own, "__module__": __name__, "__init__": kind.__init__})
    globals()[kind.__name__ + "OnNumbers"] = made
    made.__qualname__ = kind.__name__ + "OnNumbers"
    return made


KINDS = (MinHashVectorizer, NearDuplicateClusterer, SpunCopyDetector, PhrasingScorer)
ADAPTED = [on_numbers(kind)() for kind in KINDS]
NUMBERS = "about numbers: the score of a partition of blobs by their distance, and texts made of their rows have none"


def left_out(estimator):
    """Checks that do not apply, and why."""
    if isinstance(estimator, NearDuplicateClusterer):
        return {"check_clustering": NUMBERS}
    return {}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks(ADAPTED, expected_failed_checks=left_out)
def test_what_scikit_learn_expects(estimator, check):
    check(estimator)
