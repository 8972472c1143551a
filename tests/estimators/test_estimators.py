"""What the estimators say, and that they live in pipelines: pickled, cloned, set to other outputs."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import ParameterGrid
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer

from dedup import scan, score
from dedup.errors import ConfigError, ReferenceFileError
from dedup.estimators import MinHashVectorizer, NearDuplicateClusterer, PhrasingScorer, SpunCopyDetector
from dedup.fingerprint.minhash import shingles
from tests import texts

STORY, SPUN, OTHER = texts.REPORT, texts.spun(texts.REPORT), texts.INDEPENDENT
NEAR = STORY.replace("Tuesday", "Monday")
KINDS = (MinHashVectorizer, NearDuplicateClusterer, SpunCopyDetector, PhrasingScorer)


def test_signatures_estimate_jaccard():
    values = MinHashVectorizer(num_perm=512).fit_transform([STORY, NEAR, OTHER])
    assert values.dtype == np.uint32 and values.shape == (3, 512)
    one, two = (set(shingles(text, 5)) for text in (STORY, NEAR))
    jaccard = len(one & two) / len(one | two)
    assert abs((values[0] == values[1]).mean() - jaccard) < 0.06 and (values[0] == values[2]).mean() < 0.02
    short = MinHashVectorizer().fit_transform(["few words", ""])
    assert (short == 2**32 - 1).all()


def test_signatures_in_pipelines():
    near = make_pipeline(MinHashVectorizer(), NearestNeighbors(n_neighbors=2, metric="hamming")).fit(
        [STORY, OTHER, NEAR]
    )
    signatures = near[0].transform([NEAR + " More."])
    assert near[-1].kneighbors(signatures, return_distance=False)[0].tolist() == [2, 0]
    both = make_union(MinHashVectorizer(num_perm=16), TfidfVectorizer()).fit_transform([STORY, OTHER])
    assert both.shape[0] == 2


def test_a_seed_is_a_seed():
    first = MinHashVectorizer(random_state=7).fit_transform([STORY])
    assert (first == MinHashVectorizer(random_state=7).fit_transform([STORY])).all()
    assert (first != MinHashVectorizer(random_state=8).fit_transform([STORY])).any()
    states = [MinHashVectorizer(random_state=np.random.RandomState(3)).fit([STORY]).seed_ for _ in "ab"]
    assert states[0] == states[1] != MinHashVectorizer(random_state=None).fit([STORY]).seed_
    for bad in (-1, "x", 1.5):
        with pytest.raises(ValueError):
            MinHashVectorizer(random_state=bad).fit([STORY])


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_set_output(package):
    module = pytest.importorskip(package)
    made = MinHashVectorizer(num_perm=16).set_output(transform=package)
    frame = made.fit_transform(module.Series([STORY, OTHER]))
    assert isinstance(frame, module.DataFrame) and list(frame.columns) == list(made.get_feature_names_out())
    assert frame.columns[0] == "minhashvectorizer0" and frame.shape == (2, 16)


def test_clusters_are_those_of_a_scan():
    items = [STORY, None, OTHER, NEAR, "", STORY.upper(), float("nan"), SPUN]
    made = NearDuplicateClusterer().fit(items)
    assert made.labels_.tolist() == [0, -1, -1, 0, -1, 0, -1, -1] and made.n_clusters_ == 1
    assert made.edges_.tolist() == [[0, 3], [0, 5], [3, 5]] and made.keep_mask_.sum() == 6
    assert made.edge_relations_.tolist() == ["near-duplicate", "exact", "near-duplicate"]
    assert (made.edge_similarities_ > 0.9).all()
    whole = NearDuplicateClusterer(rewritten=True)
    assert whole.fit_predict(items).tolist() == scan(items).labels.tolist() and whole.labels_[7] == 0


def test_nothing_to_cluster():
    for items in ([], [None, ""]):
        made = NearDuplicateClusterer().fit(items)
        assert made.labels_.tolist() == [-1] * len(items) and made.edges_.shape == (0, 2)


def test_spun_copies_of_known_texts():
    made = SpunCopyDetector().fit([OTHER, None, STORY])
    asked = [SPUN, STORY, OTHER, None, "", "few words", NEAR]
    assert made.predict(asked).tolist() == [1, 0, 0, 0, 0, 0, 0] and made.n_known_ == 2
    assert made.sources(asked).tolist() == [2, -1, -1, -1, -1, -1, -1]
    assert made.score_samples(asked)[0] > 0.9 and not made.score_samples(asked)[1:].any()
    # the known text is the spun one: what is asked about is no copy of it
    assert SpunCopyDetector().fit([SPUN]).predict([STORY]).tolist() == [0]
    every = SpunCopyDetector(relations=("spun", "exact", "near-duplicate")).fit([STORY])
    assert every.predict(asked).tolist() == [1, 1, 0, 0, 0, 0, 1]
    for batch in ([SPUN, SPUN, NEAR], [SPUN], asked[::-1]):
        assert made.predict(batch).tolist() == [int(text == SPUN) for text in batch]
    assert SpunCopyDetector().fit([]).predict(asked).sum() == 0


def test_phrasing():
    made = PhrasingScorer().fit()
    values = made.score_samples([SPUN, STORY, None, "few words"])
    assert values[0] == score(SPUN).score and values[1] == score(STORY).score and np.isnan(values[2:]).all()
    assert made.predict([SPUN, STORY, None]).tolist() == [1, 0, 0] and 0 < made.threshold_ < 1
    assert PhrasingScorer(threshold=0.0).fit().predict([STORY, None]).tolist() == [1, 0]
    assert made.score_samples([]).shape == (0,)
    with pytest.raises(ValueError, match="threshold: 2"):
        PhrasingScorer(threshold=2).fit()
    with pytest.raises(ReferenceFileError):
        PhrasingScorer(reference="no/such.ref").fit()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_pickled_copied_and_cloned(kind):
    made = kind().fit([STORY, OTHER])
    method = "transform" if kind is MinHashVectorizer else "predict" if hasattr(made, "predict") else "fit_predict"
    said = getattr(made, method)([SPUN, STORY])
    for again in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made), clone(made).fit([STORY, OTHER])):
        assert (getattr(again, method)([SPUN, STORY]) == said).all()
    assert clone(made).get_params() == made.get_params() and repr(made) == f"{kind.__name__}()"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("bad", [STORY, 5, [5], [b"x"], np.zeros((2, 2)), {"text": STORY}, [["a"]]])
def test_what_is_no_text_is_refused(kind, bad):
    with pytest.raises(TypeError):
        kind().fit(bad)


def test_bad_parameters_are_refused_when_fitted():
    for made in (
        MinHashVectorizer(num_perm=5), NearDuplicateClusterer(threshold=3), SpunCopyDetector(ngram="x"),
    ):  # fmt: skip
        with pytest.raises(ConfigError):
            made.fit([STORY])
    with pytest.raises(ValueError, match="'copied' is none of"):
        SpunCopyDetector(relations=["copied"]).fit([STORY])
    with pytest.raises(ValueError, match="item 1: there is no text"):
        MinHashVectorizer().fit([STORY, None])


def test_columns_of_all_packages():
    pa = pytest.importorskip("pyarrow")
    assert NearDuplicateClusterer().fit_predict(pa.chunked_array([[STORY], [None, NEAR]])).tolist() == [0, -1, 0]
    assert MinHashVectorizer().fit_transform(np.array([STORY, NEAR], dtype=object)).shape == (2, 128)


def test_threads_and_grids_change_nothing():
    made = SpunCopyDetector().fit([STORY, OTHER])
    with ThreadPoolExecutor(4) as pool:
        assert [found.tolist() for found in pool.map(made.predict, [[SPUN, OTHER]] * 12)] == [[1, 0]] * 12
    for parameters in ParameterGrid({"n_jobs": [1, -1], "rewritten": [False]}):
        assert NearDuplicateClusterer(**parameters).fit_predict([STORY, NEAR]).tolist() == [0, 0]
    pipeline = make_pipeline(FunctionTransformer(lambda found: [text.lower() for text in found]), PhrasingScorer())
    assert pipeline.fit([STORY]).predict([SPUN]).tolist() == [1]
