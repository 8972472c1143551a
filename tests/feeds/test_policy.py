"""The policy alone: tables of cases, and that a standing turns at most once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.cli.feeds.options import policy_of
from dedup.config import FeedsConfig
from dedup.errors import ConfigError, SettingError
from dedup.feeds.choices import Spoken
from dedup.feeds.policy import (
    COPIES,
    FeedPreferences,
    Policy,
    PriorMatch,
    Treatment,
    count_words,
    decide,
)
from dedup.feeds.publisher import same_publisher
from dedup.index.choices import IndexChoices, KeptChoices
from dedup.model import Relation
from tests.feeds.feed_harness import FeedHarness

EXACT, NEAR, EXCERPT, SPUN, STORY = (
    Relation.EXACT, Relation.NEAR_DUPLICATE, Relation.EXCERPT, Relation.SPUN, Relation.SAME_STORY,
)  # fmt: skip
PLAIN, TRUSTED, PREFERRED, NEVER = (
    FeedPreferences(),
    FeedPreferences(trusted=True),
    FeedPreferences(preferred=True),
    FeedPreferences(never_touch=True),
)
KEEP, FLAG, DROP, MERGE = Treatment.KEEP, Treatment.FLAG, Treatment.DROP, Treatment.MERGE


def tie(relation=NEAR, copy=None, *, number=1, root=None, similarity=0.9, confidence=0.9, same=False, longer=False,
        traits=PLAIN, settled=False):  # fmt: skip
    return PriorMatch(
        number, number if root is None else root, relation, similarity, copy, confidence, same, longer, traits, settled
    )


@pytest.mark.parametrize(
    ("case", "traits", "ties", "treatment", "root", "over"),
    [
        ("nothing known", PLAIN, [], KEEP, None, []),
        ("one story is no copy", PLAIN, [tie(STORY)], KEEP, None, []),
        ("a later copy", PLAIN, [tie(EXACT)], FLAG, 1, []),
        ("a later copy, whatever its date says", PLAIN, [tie(NEAR, "other")], FLAG, 1, []),
        ("a spun copy", PLAIN, [tie(SPUN, "this")], FLAG, 1, []),
        ("both rewrite a third", PLAIN, [tie(SPUN, "both")], FLAG, 1, []),
        ("the source of a spun copy", PLAIN, [tie(SPUN, "other")], KEEP, None, [1]),
        ("the same, but hardly sure", PLAIN, [tie(SPUN, "other", confidence=0.6)], FLAG, 1, []),
        ("the same, once more", PLAIN, [tie(SPUN, "other", settled=True)], FLAG, 1, []),
        ("the source of a copy with few words spun", PLAIN, [tie(NEAR, "other", confidence=0.95)], KEEP, None, [1]),
        ("the same, but hardly sure", PLAIN, [tie(NEAR, "other", confidence=0.9)], FLAG, 1, []),
        ("the source of a copy of another", PLAIN, [tie(SPUN, "other", number=2, root=1)], KEEP, None, []),
        ("a copy by way of a copy", PLAIN, [tie(NEAR, number=2, root=1)], FLAG, 1, []),
        (
            "the source of two spun copies",
            PLAIN,
            [tie(SPUN, "other"), tie(SPUN, "other", number=2)],
            KEEP,
            None,
            [1, 2],
        ),
        ("of one the source, of another a copy", PLAIN, [tie(SPUN, "other"), tie(NEAR, number=2)], FLAG, 2, []),
        ("the whole of an excerpt", PLAIN, [tie(EXCERPT, "other", longer=True)], KEEP, None, []),
        ("an excerpt", PLAIN, [tie(EXCERPT, "this")], FLAG, 1, []),
        ("a passage", PLAIN, [tie(EXCERPT, "this", similarity=0.7)], KEEP, None, []),
        ("an update", PLAIN, [tie(NEAR, same=True)], KEEP, None, []),
        ("an update, and a copy of another", PLAIN, [tie(NEAR, same=True), tie(EXACT, number=2)], FLAG, 2, []),
        ("never touched", NEVER, [tie(EXACT)], KEEP, 1, []),
        ("never touched, and a copy of it", PLAIN, [tie(EXACT, traits=NEVER)], FLAG, 1, []),
        ("preferred", PREFERRED, [tie(EXACT)], KEEP, None, [1]),
        ("preferred, once more", PREFERRED, [tie(EXACT, settled=True)], FLAG, 1, []),
        ("preferred, both", PREFERRED, [tie(EXACT, traits=PREFERRED)], FLAG, 1, []),
        ("preferred, but an excerpt", PREFERRED, [tie(EXCERPT, "this")], FLAG, 1, []),
        ("the source of a preferred copy", PLAIN, [tie(SPUN, "other", traits=PREFERRED)], FLAG, 1, []),
        ("trusted, direction open", TRUSTED, [tie(SPUN, None)], KEEP, None, [1]),
        ("trusted, and the copy", TRUSTED, [tie(SPUN, "this")], FLAG, 1, []),
        ("against a trusted one", PLAIN, [tie(SPUN, "other", traits=TRUSTED)], FLAG, 1, []),
        ("trusted, both", TRUSTED, [tie(SPUN, None, traits=TRUSTED)], FLAG, 1, []),
        ("trusted, near-duplicate", TRUSTED, [tie(NEAR)], FLAG, 1, []),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_cases(case, traits, ties, treatment, root, over):
    found = decide(traits, 100, ties, Policy())
    assert (found.treatment, found.root, [one.root for one in found.takes_over]) == (treatment, root, over), case


@pytest.mark.parametrize("relation", COPIES)
@pytest.mark.parametrize("treatment", Treatment)
def test_each_relation_has_its_treatment(relation, treatment):
    found = decide(PLAIN, 100, [tie(relation, "this")], Policy({relation: treatment}))
    assert (found.treatment, found.relation) == (treatment, relation)
    others = [other for other in COPIES if other is not relation]
    assert all(
        decide(PLAIN, 100, [tie(other, "this")], Policy({relation: treatment})).treatment is FLAG for other in others
    )


def test_the_best_tie_is_to_a_root_of_the_surest_relation_seen_first():
    ties = [tie(SPUN, "this", number=1), tie(NEAR, number=4, root=2), tie(NEAR, number=5), tie(NEAR, number=3)]
    assert decide(PLAIN, 100, ties, Policy()).root == 3


def test_short_items_are_left_alone():
    assert decide(PLAIN, 39, [tie(EXACT)], Policy()).treatment is KEEP
    assert decide(PLAIN, 40, [tie(EXACT)], Policy()).treatment is FLAG


def test_same_story_has_no_treatment():
    with pytest.raises(ConfigError, match="same-story"):
        Policy({STORY: DROP})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a.example", "a.example", True), ("news.a.example", "a.example", True), ("a.example", "news.a.example", True),
        ("a.example", "b.example", False), ("xa.example", "a.example", False), ("", "", False), ("", "a.example",
        False),
    ],
)  # fmt: skip
def test_same_publisher(one, other, same):
    assert same_publisher(one, other) is same


def test_words_of_scripts_without_spaces():
    assert count_words("one two three") == 3
    assert count_words("今天的新闻报道") == 4
    assert count_words("") == 0


TRAITS = st.builds(FeedPreferences, st.booleans(), st.booleans(), st.booleans())
VERDICTS = st.tuples(
    st.sampled_from(tuple(Relation)), st.sampled_from(("this", "other", "both", None)), st.floats(0.5, 1),
    st.floats(0.3, 1), st.booleans(), st.booleans(), st.booleans(),
)  # fmt: skip


@given(st.lists(TRAITS, min_size=2, max_size=9), st.data())
def test_a_standing_turns_at_most_once(feeds, data):
    """Articles come one after the other, tied to earlier ones by whatever verdicts: each is decided once, and changes
    once at most, from standing for itself to being a copy of what took over; chains end.
    """
    policy = Policy(dict.fromkeys(COPIES, DROP))
    root, settled, turned = {}, set(), dict.fromkeys(range(len(feeds)), 0)
    for new, traits in enumerate(feeds):
        ties = []
        for old in range(new):
            relation, copy, confidence, similarity, same, longer, tied = data.draw(VERDICTS)
            if tied:
                ties.append(tie(
                    relation, copy, number=old, root=root[old], similarity=similarity, confidence=confidence, same=same,
                    longer=longer, traits=feeds[root[old]], settled=root[old] in settled,
                ))  # fmt: skip
        found = decide(traits, 100, ties, policy)
        assert not (found.takes_over and found.root is not None)
        assert found.treatment is KEEP or not traits.never_touch
        root[new] = new if found.root is None else found.root
        for over in found.takes_over:
            assert root[over.root] == over.root
            assert over.root not in settled
            settled |= {over.root, new}
            turned[over.root] += 1
            root |= {one: new for one, of in root.items() if of == over.root}
    assert all(count <= 1 for count in turned.values())
    assert all(root[of] == of for of in root.values())


def test_what_is_rewritten_is_never_dropped():
    config = FeedsConfig()
    assert config.rewritten == "flag"
    for treatment in ("drop", "merge"):
        with pytest.raises(SettingError, match="rewritten"):
            FeedsConfig(rewritten=treatment)
        with pytest.raises(ConfigError, match="only flagged or kept"):
            policy_of(config, (f"rewritten={treatment}",))
        assert policy_of(config, (f"all={treatment}",)).treatments[Relation.REWRITTEN] is Treatment.FLAG
    assert policy_of(config, ("all=keep",)).treatments[Relation.REWRITTEN] is Treatment.KEEP


def test_decisions_are_not_read_again_for_each_tie(tmp_path, monkeypatch):
    """There may be thousands of them, and of ties as well."""
    with FeedHarness(tmp_path).open() as held:
        monkeypatch.setattr(KeptChoices, "now", None)
        choices = IndexChoices([])
        assert Spoken(choices).beside(held.database, ["a", "b"]) == Spoken(choices)
