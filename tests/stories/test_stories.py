"""Stories: what a pair is judged by, and how pairs become groups."""

import itertools
import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dedup.candidates import tfidf
from dedup.columns import pack
from dedup.model import UNKNOWN_DATE
from dedup.stories import kernels
from dedup.stories import stories as story

DAY = 86_400


@pytest.fixture(scope="module")
def pool():
    with ThreadPoolExecutor(2) as threads:
        yield threads


def score(one, two, dates=None):
    made = story.weigh(tfidf.terms(pack([one, two])))
    days = None if dates is None else np.array(dates, np.int64)
    return float(story.scores(made, np.array([0]), np.array([1]), days)[0])


def groups(texts, pool, dates=None):
    known = np.full(len(texts), UNKNOWN_DATE) if dates is None else np.array(dates, np.int64)
    return story.stories(tfidf.terms(pack(texts)), known, pool).groups


FIRE = (
    "A fire destroyed the grain terminal at Dunmarrow on Tuesday night, killing two dockers and sending smoke over the "
    "Tarl estuary. Fire chief Ansgar Veldt said 140 firefighters had fought the blaze since 23.40.\n\nThe owner, "
    "Corvane Grain, said 18,000 tons of barley were lost. Police closed Quay Road."
)
REPORT = (
    "Two people died when flames swept through a Corvane Grain store in Dunmarrow late on Tuesday. Some 18,000 tons of "
    "barley burned, the company said, and 140 firefighters were at the quay by morning, according to Ansgar Veldt, who "
    "leads the town's fire service. Quay Road stayed shut."
)
LATER = (
    "Corvane Grain was fined on Monday over a fire at its Dunmarrow terminal in which dockers died. The court in "
    "Tolvane set the fine at 2.3 million crowns. Judge Ulla Brannock said the company had ignored 7 warnings. Fire "
    "chief Ansgar Veldt told the court on 12 October that sprinklers had been switched off for months."
)
OTHER = (
    "The regatta on Lake Ormery drew 60 boats on Sunday. Light wind kept the fleet waiting until noon, and the cup "
    "went to a crew from Kestrick for the third year."
)


def test_independent_reports_are_one_story_and_the_later_event_is_another(pool):
    assert score(FIRE, REPORT) > story.THRESHOLD > score(FIRE, LATER)
    assert score(REPORT, LATER) < story.THRESHOLD
    assert groups([FIRE, OTHER, LATER, REPORT], pool) == [[0, 3]]


def test_days_between_the_publications_count():
    same_day, week = (score(FIRE, REPORT, [0, days * DAY]) for days in (0.5, 9))
    assert same_day == pytest.approx(score(FIRE, REPORT) + 1)
    assert week < story.THRESHOLD
    assert score(FIRE, REPORT, [0, UNKNOWN_DATE]) == pytest.approx(score(FIRE, REPORT))


def test_the_score_is_symmetric_and_bounded():
    made = story.weigh(tfidf.terms(pack([FIRE, REPORT, LATER, OTHER, ""])))
    for a, b in itertools.combinations(range(5), 2):
        one, two = (story.scores(made, np.array([x]), np.array([y]))[0] for x, y in ((a, b), (b, a)))
        assert one == pytest.approx(two) and abs(one) <= story.LIMIT
    assert score(FIRE, FIRE) == story.LIMIT
    assert score(FIRE, "") == -story.LIMIT


def test_features_are_what_they_say():
    a = "On Friday the Tolvane council met Ansgar Veldt about 7,341 ships. On 12 October it votes."
    b = "On Friday and Monday Veldt spoke of 7,341 ships and 5,127 boats. On 3 May it voted."
    made = story.weigh(tfidf.terms(pack([a, b])))
    names, figures, weekdays, days = story.features(made, np.array([0]), np.array([1]))[0, 2:]
    assert 0 < names < 1 and 0 < figures < 1
    assert weekdays == pytest.approx(0.5 - kernels.CHANCE)
    assert days == -1


def test_the_cosine_feature_is_that_of_the_background_weights():
    found = tfidf.terms(pack([FIRE, REPORT]))
    made = story.weigh(found)
    rows = [
        dict(zip(made.ids[a:b].tolist(), made.weights[a:b].astype(float).tolist(), strict=True))
        for a, b in itertools.pairwise(found.starts.tolist())
    ]
    lengths = [np.sqrt(sum(weight**2 for weight in row.values())) for row in rows]
    cosine = sum(weight * rows[1].get(term, 0.0) for term, weight in rows[0].items()) / lengths[0] / lengths[1]
    feature = story.features(made, np.array([0]), np.array([1]))[0, 0]
    assert feature == pytest.approx(np.log(cosine + 0.03), abs=1e-4)


def test_a_chain_of_days_is_cut(pool):
    """One running topic, a day's report like the next: no blob of two weeks."""
    texts = [f"{REPORT} Day {number} of the search. {FIRE}" for number in range(14)]
    found = groups(texts, pool, [number * DAY for number in range(14)])
    assert max(map(len, found)) <= 9
    assert sum(map(len, found)) >= 10


def test_candidates_may_be_given(pool):
    found = tfidf.terms(pack([FIRE, REPORT, OTHER]))
    unknown = np.full(3, UNKNOWN_DATE)
    assert story.stories(found, unknown, pool, np.array([1 << 32 | 2], np.uint64)).groups == []
    made = story.stories(found, unknown, pool, np.array([1], np.uint64))
    assert made.groups == [[0, 1]] and made.left.tolist() == [0] and made.right.tolist() == [1]
    assert made.scores[0] >= story.THRESHOLD


@pytest.mark.parametrize("texts", [[], [""], ["", ""], [OTHER]])
def test_nothing_to_group(texts, pool):
    assert groups(texts, pool) == []


def test_order_changes_nothing(pool):
    texts = [FIRE, REPORT, LATER, OTHER, FIRE.replace("Tuesday", "Wednesday")]
    expected = {frozenset(texts[row] for row in group) for group in groups(texts, pool)}
    turned = texts[::-1]
    assert {frozenset(turned[row] for row in group) for group in groups(turned, pool)} == expected


def test_the_seeds_make_their_stories(seeds, pool):
    labels = json.loads((seeds / "labels.json").read_text())
    wire = [json.loads(line) for line in (seeds / "northwire.jsonl").read_text().splitlines()]
    texts = {row["id"]: f"{row.get('title', '')}\n{row['text']}" for row in wire}
    names = list(labels["documents"])
    found = groups([texts[name] if name in texts else (seeds / name).read_text() for name in names], pool)
    pairs = {pair for group in found for pair in itertools.combinations(sorted(names[row] for row in group), 2)}
    expected = {pair for members in labels["stories"] for pair in itertools.combinations(sorted(members), 2)}
    assert not pairs - expected  # a later event is another story
    assert len(pairs & expected) / len(expected) >= 0.8


def test_the_worked_example(shared, pool):
    files = sorted((shared / "seeds").glob("*.txt"))
    assert groups([file.read_text(encoding="utf-8") for file in files], pool) == [[0, 1, 2]]
