"""Estimators in the manner of scikit-learn, for pipelines and grids: what a scan, an index and a score do.

All take a sequence or a column of texts (a list, a Series of pandas or polars, an array of Arrow), one an item, and
answer in arrays of its length. A missing text (None, NaN) is refused by `MinHashVectorizer`, which could only call all
of them alike; the others have no finding for it.

    MinHashVectorizer       texts -> signatures; the share of equal columns estimates the Jaccard similarity
    NearDuplicateClusterer  texts -> labels_ and edges_, as `dedup scan`
    SpunCopyDetector        known texts, then new ones -> which are spun copies of a known one, and of which
    PhrasingScorer          texts -> how mangled their wording is, as `dedup score`
"""

from __future__ import annotations

import tempfile
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from dedup.config import Config
from dedup.fingerprint.minhash import fingerprint
from dedup.index.index import Index
from dedup.index.results import Match, QueryResult
from dedup.model import Document, Phrasing, Relation
from dedup.pipeline import scan
from dedup.pipeline.score import scores
from dedup.read import Items, is_missing, text_or_type_error

__all__ = ["MinHashVectorizer", "NearDuplicateClusterer", "PhrasingScorer", "SpunCopyDetector"]

_SEEDS = 2**32
MISSING = ""
"""What stands for a missing text: nothing is found in it."""


def _texts(X: Any, *, missing: bool = True) -> list[str]:  # noqa: N803 - as scikit-learn calls it
    """The texts; `MISSING` for those that are none, where that is allowed. Raises TypeError, ValueError."""
    found = []
    for position, item in enumerate(Items(X)):
        text = item.text if isinstance(item, Document) else item
        if is_missing(text):
            if not missing:
                raise ValueError(f"item {position}: there is no text")
            text = MISSING
        found.append(text_or_type_error(text, f"item {position}: the text"))
    return found


def _config(estimator: Any, *names: str, **more: Any) -> Config:
    """The settings that an estimator's parameters are. Raises ConfigError."""
    given = {name: getattr(estimator, name) for name in names}
    return Config().replace(**given, **more, threads=_threads(estimator.n_jobs))


def _threads(n_jobs: int | None) -> int:
    """Threads as settings count them, of `n_jobs` as scikit-learn does: None is one, -1 all."""
    if n_jobs is None:
        return 1
    return 0 if n_jobs < 0 else n_jobs


def _seed(random_state: Any) -> int:
    """A seed of permutations: an integer is one, everything else is asked for one."""
    if isinstance(random_state, int | np.integer) and not isinstance(random_state, bool):
        check_random_state(int(random_state))  # the same range as everywhere
        return int(random_state)
    return int(check_random_state(random_state).randint(0, _SEEDS, dtype=np.uint64))


class _TextTags(BaseEstimator):  # type: ignore[misc]
    """Says that the input is text."""

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.input_tags.allow_nan = True
        tags.no_validation = True  # there are no columns to count
        return tags


class MinHashVectorizer(ClassNamePrefixFeaturesOutMixin, TransformerMixin, _TextTags):  # type: ignore[misc]
    """MinHash signatures of texts: two rows are equal in about as many columns as the texts share of their shingles.

    The values are those of `datasketch.MinHash` (scheme affine32) over this program's shingles. A text of fewer than
    `ngram` words has no shingle, and the value 2**32 - 1 in all columns: leave such rows out before comparing.

    Parameters
    ----------
    ngram : words in a shingle
    num_perm : columns, a multiple of 4; the error of the estimate is about 1 / sqrt(num_perm)
    random_state : seed of the permutations. Signatures of different seeds do not compare; None draws a new one in `fit`

    Attributes
    ----------
    seed_ : the seed that was used

    """

    def __init__(self, *, ngram: int = 5, num_perm: int = 128, random_state: Any = 1) -> None:
        self.ngram = ngram
        self.num_perm = num_perm
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803
        """Settle the seed; nothing is learned. Raises ConfigError for parameters that cannot be, and for `X` as
        `transform` does.
        """
        _texts(X, missing=False)
        Config(ngram=self.ngram, num_perm=self.num_perm)
        self.seed_ = _seed(self.random_state)
        self._n_features_out = self.num_perm
        return self

    def transform(self, X: Any) -> NDArray[np.uint32]:  # noqa: N803
        """(n, num_perm) signatures. Raises ValueError for a missing text, TypeError for what is none."""
        check_is_fitted(self)
        return fingerprint(_texts(X, missing=False), self.ngram, self.num_perm, self.seed_).values

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags


class NearDuplicateClusterer(ClusterMixin, _TextTags):  # type: ignore[misc]
    """Clusters of copies, each pair verified on the texts.

    Parameters
    ----------
    threshold : Jaccard similarity of shingles from which two texts are near-duplicates
    ngram, num_perm : words in a shingle, permutations
    excerpts, containment : whether short texts that stand in longer ones count, and from which share on
    rewritten : whether pairs are aligned and spun copies looked for, as a default `dedup scan` does: slower
    n_jobs : threads; None is one, -1 all. Never changes a result
    random_state : seed of the permutations

    Attributes
    ----------
    labels_ : (n,) cluster of each text, -1 for none and for a missing text
    edges_ : (m, 2) positions of the verified pairs of copies, the smaller first, sorted
    edge_similarities_, edge_relations_ : (m,) aligned share or Jaccard, and the relation by name
    keep_mask_ : (n,) False for the copies that are dropped
    n_clusters_ : clusters

    """

    def __init__(
        self, *, threshold: float = 0.7, ngram: int = 5, num_perm: int = 128, excerpts: bool = True,
        containment: float = 0.85, rewritten: bool = False, n_jobs: int | None = None, random_state: Any = 1,
    ) -> None:  # fmt: skip
        self.threshold = threshold
        self.ngram = ngram
        self.num_perm = num_perm
        self.excerpts = excerpts
        self.containment = containment
        self.rewritten = rewritten
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803
        """Find the copies among the texts. Raises ConfigError, TypeError."""
        names = "threshold", "ngram", "num_perm", "excerpts", "containment", "rewritten"
        config = _config(self, *names, seed=_seed(self.random_state), phrasing=False, stories=False, fact_limit=0)
        result = scan(_texts(X), config)
        table, lines = result.edges, result.corpus.lines
        copies = np.flatnonzero(~np.isin(table.relation, _NO_COPY))
        self.labels_ = np.array(result.labels)
        self.edges_ = np.stack((lines[table.a[copies]], lines[table.b[copies]]), axis=1) - 1
        self.edge_similarities_ = np.array(table.similarity[copies])
        self.edge_relations_ = np.array([_NAMES[code] for code in table.relation[copies].tolist()], dtype=object)
        self.keep_mask_ = np.array(result.kept)
        self.n_clusters_ = len(result.clusters)
        return self


_NAMES = [relation.value for relation in Relation]
_NO_COPY = [_NAMES.index(relation) for relation in (Relation.FORM, Relation.SAME_STORY)]


class SpunCopyDetector(_TextTags):
    """Tells which texts are reworded copies of known ones, and of which.

    `fit` keeps the known texts in an index (a temporary file), and each text is asked about by itself: what is said of
    it does not depend on the others that are asked about.

    Parameters
    ----------
    relations : what counts: `spun`, and where asked for also `rewritten`, `near-duplicate`, `excerpt`, `exact`
    threshold, ngram, num_perm : as in `NearDuplicateClusterer`
    n_jobs : threads; None is one, -1 all
    random_state : seed of the permutations

    Attributes
    ----------
    n_known_ : texts that are known, without missing ones

    """

    def __init__(
        self, *, relations: Sequence[str] = ("spun",), threshold: float = 0.7, ngram: int = 5, num_perm: int = 128,
        n_jobs: int | None = None, random_state: Any = 1,
    ) -> None:  # fmt: skip
        self.relations = relations
        self.threshold = threshold
        self.ngram = ngram
        self.num_perm = num_perm
        self.n_jobs = n_jobs
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803
        """Learn the known texts. Raises ConfigError, ValueError for a relation that there is not, TypeError."""
        for name in self.relations:
            if name not in _NAMES:
                raise ValueError(f"relations: {name!r} is none of {', '.join(_NAMES)}")
        config = _config(self, "threshold", "ngram", "num_perm", seed=_seed(self.random_state), stories=False)
        known = _texts(X)
        self._archive = _Archive(known, config)
        self._archive.open()
        self.n_known_ = sum(not _is_blank(text) for text in known)
        return self

    def predict(self, X: Any) -> NDArray[np.int64]:  # noqa: N803
        """(n,) 1 for a copy of a known text by one of the `relations`, else 0, also where the known text is taken for
        the copy.
        """
        return np.array([tie is not None for tie in self._ties(X)], np.int64)

    def score_samples(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """(n,) similarity to the known text that it copies most of, 0 for no copy."""
        ties = self._ties(X)
        return np.array([tie.similarity if tie else 0.0 for tie in ties], np.float64)

    def sources(self, X: Any) -> NDArray[np.int64]:  # noqa: N803
        """(n,) position of that text among those that were fitted, -1 for none."""
        return np.array([int(tie.id) if tie else -1 for tie in self._ties(X)], np.int64)

    def _ties(self, X: Any) -> list[Match | None]:  # noqa: N803
        """Of each text its closest tie that counts."""
        check_is_fitted(self)
        wanted = frozenset(self.relations)
        return [_closest(seen, wanted) if seen else None for seen in self._archive.ask(_texts(X))]


def _is_blank(text: str) -> bool:
    return not text or text.isspace()


def _closest(seen: QueryResult, relations: frozenset[str]) -> Match | None:
    """The closest tie by one of the relations in which the other side is not taken for the copy."""
    found = [tie for tie in seen.ties if tie.relation in relations and tie.copy != "other"]
    return max(found, key=lambda tie: (tie.similarity, -tie.number), default=None)


class _Archive:
    """Known texts in an index of their own, which is made anew where it is unpickled. Any thread may ask."""

    def __init__(self, texts: Sequence[str], config: Config) -> None:
        self._texts, self._config = texts, config
        self._lock = threading.Lock()
        self._index: Index | None = None

    def __getstate__(self) -> tuple[Sequence[str], Config]:
        return self._texts, self._config

    def __setstate__(self, state: tuple[Sequence[str], Config]) -> None:
        self._texts, self._config = state
        self._lock, self._index = threading.Lock(), None

    def open(self) -> Index:
        """The index, filled."""
        if self._index is None:
            folder = tempfile.TemporaryDirectory(prefix="dedup-", ignore_cleanup_errors=True)
            index = Index.open(Path(folder.name) / "known.sqlite", self._config)
            weakref.finalize(self, _close, index, folder)
            index.add(_documents(self._texts))
            self._index = index
        return self._index

    def ask(self, texts: Sequence[str]) -> list[QueryResult | None]:
        """What is known of each text; None for a blank one."""
        with self._lock:
            index = self.open()
            asked = iter(index.query(_documents(texts)))
            return [None if _is_blank(text) else next(asked) for text in texts]


def _documents(texts: Sequence[str]) -> list[Document]:
    """Texts that are not blank, called by their positions."""
    return [Document(text, str(position)) for position, text in enumerate(texts) if not _is_blank(text)]


def _close(index: Index, folder: tempfile.TemporaryDirectory[str]) -> None:
    index.close()
    folder.cleanup()


class PhrasingScorer(_TextTags):
    """How mangled the wording of texts is, by a reference of clean text: nothing is learned from `X`.

    Parameters
    ----------
    reference : file that `dedup reference build` wrote; None for the one in the package
    phrases : files with known bad phrases
    thesaurus : file with words that may stand for one another
    threshold : score from which a text is mangled; None for that of the reference
    n_jobs : threads; None is one, -1 all

    Attributes
    ----------
    threshold_ : the threshold in force

    """

    def __init__(
        self, *, reference: Any = None, phrases: Any = None, thesaurus: Any = None, threshold: float | None = None,
        n_jobs: int | None = None,
    ) -> None:  # fmt: skip
        self.reference = reference
        self.phrases = phrases
        self.thesaurus = thesaurus
        self.threshold = threshold
        self.n_jobs = n_jobs

    def fit(self, X: Any = None, y: Any = None) -> Self:  # noqa: N803
        """Open the reference. Raises ReferenceFileError, ConfigError, InputError, and for `X` as `score_samples`
        does.
        """
        if X is not None:
            _texts(X)
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise ValueError(f"threshold: {self.threshold} is not between 0 and 1")
        _, usual = scores((), self.reference, self.phrases, self.thesaurus)
        self.threshold_ = usual if self.threshold is None else float(self.threshold)
        return self

    def score_samples(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """(n,) scores in [0, 1], 1 = mangled: higher is worse. NaN where a text cannot be judged (too short, another
        language, missing).
        """
        values = [verdict.score for verdict in self._verdicts(X)]
        return np.array([np.nan if value is None else value for value in values], np.float64)

    def predict(self, X: Any) -> NDArray[np.int64]:  # noqa: N803
        """(n,) 1 for a mangled text, else 0, also where it cannot be judged."""
        verdicts = self._verdicts(X)
        if self.threshold is None:
            return np.array([verdict.mangled for verdict in verdicts], np.int64)
        values = [-1.0 if verdict.score is None else verdict.score for verdict in verdicts]
        return (np.array(values, np.float64) >= self.threshold_).astype(np.int64)

    def _verdicts(self, X: Any) -> list[Phrasing]:  # noqa: N803
        check_is_fitted(self)
        threads = Config(threads=_threads(self.n_jobs)).run.thread_count
        verdicts, _ = scores(_texts(X), self.reference, self.phrases, self.thesaurus, threads=threads)
        return verdicts
