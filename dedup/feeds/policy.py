"""What is done with an item: decided from its ties to items seen earlier. Pure: nothing is read or written here.

The rule in one sentence: what was seen first stands, a later copy of it is treated as the reader asked, and at most
once may a later item take the place of the first.

Tried and left out: letting every later verdict about a direction turn a standing around. Items would change in readers
day by day, and two copies of a missing source would take turns for ever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from dedup.errors import ConfigError
from dedup.feeds.publisher import Host
from dedup.model import Relation

Side = Literal["this", "other", "both"]


class Treatment(StrEnum):
    """What becomes of an item."""

    KEEP = "keep"
    FLAG = "flag"
    """It stays, with a mark."""
    DROP = "drop"
    """It goes, into the feed of what was dropped."""
    MERGE = "merge"
    """It goes, and the merged feed says at the first item where else that was."""


class Cause(StrEnum):
    """What is treated by a policy of its own, whatever the relation."""

    SAME_LINK = "same-link"
    """The same article, listed in another feed before."""
    REPOST = "repost"
    """The publisher's own item again, unchanged, under another id or link."""
    TEASER = "teaser"
    """Headline and first words are those of an earlier item; the texts are not known."""
    FORM = "form"
    """A form of an earlier item, filled in with other facts: no copy."""


class Scope(StrEnum):
    """Within what an article is shown once."""

    ALL = "all"
    FOLDER = "folder"
    """Once in each folder of the list."""


COPIES = (Relation.EXACT, Relation.NEAR_DUPLICATE, Relation.SPUN, Relation.EXCERPT, Relation.REWRITTEN)
"""Relations that make a copy, the surest first. Two reports of one story are none."""

SHORTEST = 40
"""Words from which a text is compared. Teasers are shorter (the summaries of news feeds have 15 to 35 words), and two
outlets that print the first sentence of one agency share all of it, whatever the articles below it say. From 40 words
on there are some 36 shingles of five words, and no longer one sentence alone."""

PASSAGE = 0.75
"""Share of an item that must stand in an earlier one before it is called an excerpt of it. Below, it shares a passage
(a long quote, a statement printed in full), and is an article of its own. Of the 26 excerpts that two of ten US outlets
had of each other in seven weeks of 2016, 11 lie below, and 9 of these share less than .6 of their 3-word shingles; from
.75 on most are syndicated and cut."""

SURE = {Relation.SPUN: 0.9, Relation.NEAR_DUPLICATE: 0.93}
"""Confidence from which a direction lets a source take over from its copy, by relation; from others nothing takes
over. Who was seen first stands unless that is beyond doubt: to leave what stands costs less than to flag a source. Of
spun copies the wording tells, together with the dates; alone it has to be as good as unanimous. Of near-duplicates an
earlier date alone gives 88: syndicated stories would turn by it, in one newsroom's favour or the other's. From 93 on
the wording must say the same as the date, or there are the marks of a scraper: a copy of which few words were spun. Of
the 48 near-duplicates that two outlets had of each other in the same seven weeks, 4 are as sure as that."""


@dataclass(frozen=True, slots=True)
class FeedPreferences:
    """What the reader says of a feed."""

    trusted: bool = False
    """It is the source where the texts do not tell."""
    preferred: bool = False
    """Its items are the ones to show."""
    never_touch: bool = False
    """Its items are never flagged or dropped; they count as seen."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is done with a copy, by relation, and with what has a policy of its own. Raises ConfigError for other
    relations.
    """

    treatments: Mapping[Relation, Treatment] = field(default_factory=dict)
    causes: Mapping[Cause, Treatment] = field(default_factory=dict)
    """FLAG where none is given; of forms KEEP."""
    scope: Scope = Scope.ALL
    hosts: Mapping[str, Host] = field(default_factory=dict)
    """The reader's rules on who publishes."""
    shortest: int = SHORTEST
    passage: float = PASSAGE
    sure: Mapping[Relation, float] = field(default_factory=lambda: SURE)

    def __post_init__(self) -> None:
        for relation in self.treatments:
            if relation not in COPIES:
                raise ConfigError(f"policy: '{relation}' is no copy (known: {', '.join(COPIES)})")

    def treatment(self, relation: Relation, traits: FeedPreferences, cause: Cause | None = None) -> Treatment:
        """Of a copy from a feed with `traits`."""
        if cause is not None:
            return self.treatment_of(cause, traits)
        if traits.never_touch:
            return Treatment.KEEP
        return self.treatments.get(relation, Treatment.FLAG)

    def treatment_of(self, cause: Cause, traits: FeedPreferences) -> Treatment:
        """Of what has a policy of its own."""
        if traits.never_touch:
            return Treatment.KEEP
        return self.causes.get(cause, Treatment.KEEP if cause is Cause.FORM else Treatment.FLAG)


@dataclass(frozen=True, slots=True)
class PriorMatch:
    """An article decided earlier that a new one is tied to."""

    number: int
    root: int
    """The article that stands for it: itself if it is no copy."""
    relation: Relation
    similarity: float
    copy: Side | None
    """Seen from the new item: "other" where the earlier one is the copy."""
    confidence: float
    same_publisher: bool
    longer: bool
    """The new item is the longer one."""
    traits: FeedPreferences = FeedPreferences()
    """Of the root."""
    settled: bool = False
    """The root took over from another one, or the reader has spoken: nothing takes over from it."""
    repeated: bool = False
    """Beside the text, title, date or name of the page are those of the earlier one: nothing was updated."""

    @property
    def is_root(self) -> bool:
        """Whether it stands for itself."""
        return self.number == self.root


@dataclass(frozen=True, slots=True)
class ItemDecision:
    """What becomes of an item, and of those that it takes over from."""

    treatment: Treatment = Treatment.KEEP
    relation: Relation | None = None
    similarity: float = 0.0
    root: int | None = None
    """The article that it is a copy of."""
    reasons: tuple[str, ...] = ()
    takes_over: tuple[PriorMatch, ...] = ()
    """Roots that become copies of this item."""
    cause: Cause | None = None


def decide(traits: FeedPreferences, words: int, earlier: Sequence[PriorMatch], policy: Policy) -> ItemDecision:
    """The decision about an item of `words` words from a feed with `traits`."""
    if words < policy.shortest:
        return ItemDecision(reasons=(_too_short(policy),))
    copies = [tie for tie in earlier if tie.relation in COPIES]
    own = [tie for tie in copies if tie.same_publisher]
    others = [tie for tie in copies if not (tie.same_publisher or _is_whole(tie) or _passage(tie, policy))]
    others = [tie for tie in others if not _copied_elsewhere(tie, policy)]
    again = [tie for tie in own if tie.relation is Relation.EXACT and tie.repeated]
    if again and not others:
        return _repost(min(again, key=order), traits, policy)
    if not others:
        return ItemDecision(reasons=_kept(copies, own, policy))
    taken = [(tie, reason) for tie in others if (reason := takeover(traits, tie, policy))]
    if len({tie.root for tie, _ in taken}) == len({tie.root for tie in others}):
        reasons = tuple(dict.fromkeys(reason for _, reason in taken))
        return ItemDecision(reasons=reasons, takes_over=_one_a_root([tie for tie, _ in taken]))
    best = min((tie for tie in others if not takeover(traits, tie, policy)), key=order)
    return ItemDecision(
        policy.treatment(best.relation, traits), best.relation, best.similarity, best.root, _copied(best, traits)
    )


def decide_teaser(traits: FeedPreferences, earlier: Sequence[PriorMatch], policy: Policy) -> ItemDecision:
    """The decision about an item too short to be compared, by items that show the same headline and beginning (exact:
    word for word). It takes no other's place: what else their texts say is not known.
    """
    others = [tie for tie in earlier if not tie.same_publisher]
    again = [tie for tie in earlier if tie.same_publisher and tie.relation is Relation.EXACT and tie.repeated]
    if again and not others:
        return _repost(min(again, key=order), traits, policy)
    if not others:
        return ItemDecision(reasons=(_too_short(policy),))
    best = min(others, key=order)
    if traits.preferred and not best.traits.preferred:
        return ItemDecision(reasons=("of a preferred feed",))
    return ItemDecision(
        policy.treatment(best.relation, traits, Cause.TEASER), best.relation, best.similarity, best.root,
        ("seen later", "same headline and first words, which are rare", _too_short(policy)), cause=Cause.TEASER,
    )  # fmt: skip


def _too_short(policy: Policy) -> str:
    return f"not compared: fewer than {policy.shortest} words"


def _repost(tie: PriorMatch, traits: FeedPreferences, policy: Policy) -> ItemDecision:
    """The same text again by the same publisher is no update: that has another text."""
    treatment = policy.treatment_of(Cause.REPOST, traits)
    reasons = ("posted before by the same publisher, in the same words",)
    return ItemDecision(treatment, tie.relation, tie.similarity, tie.root, reasons, cause=Cause.REPOST)


def takeover(traits: FeedPreferences, tie: PriorMatch, policy: Policy) -> str | None:
    """Why a new item takes the place of the root that it is tied to; None where it does not.

    | the root is settled, or the tie is to a copy of it       | no: once, and only by proof against itself |
    | the root is preferred, the new item is not               | no                                         |
    | the new item is preferred, the root is not               | yes                                        |
    | the root is trusted, the new item is not                 | no                                         |
    | spun, and the earlier one is the copy, surely            | yes                                        |
    | near-duplicate, the same, more surely still              | yes: a few words of it were spun           |
    | spun, the direction is open, the new one is trusted      | yes                                        |
    | all else (exact, near-duplicate, excerpt, both copies)   | no: first seen                             |
    """
    if tie.settled or not tie.is_root or (tie.traits.preferred and not traits.preferred):
        return None
    if traits.preferred and not tie.traits.preferred and tie.relation is not Relation.EXCERPT:
        return "of a preferred feed"
    if tie.relation not in policy.sure or (tie.traits.trusted and not traits.trusted):
        return None
    if tie.copy == "other" and tie.confidence >= policy.sure[tie.relation]:
        return "the source: what was seen first is a reworded copy of it"
    if tie.relation is Relation.SPUN and tie.copy is None and traits.trusted and not tie.traits.trusted:
        return "of a trusted feed: what was seen first counts as the copy"
    return None


def _is_whole(tie: PriorMatch) -> bool:
    """The earlier one is an excerpt of this: the whole is news."""
    return tie.relation is Relation.EXCERPT and tie.longer


def _passage(tie: PriorMatch, policy: Policy) -> bool:
    return tie.relation is Relation.EXCERPT and tie.similarity < policy.passage


def _copied_elsewhere(tie: PriorMatch, policy: Policy) -> bool:
    """It is a reworded copy, of this item or of the like, and already counts as one: it proves nothing against this."""
    sure = policy.sure.get(tie.relation, 1.0)
    return tie.relation is Relation.SPUN and not tie.is_root and tie.copy == "other" and tie.confidence >= sure


def _one_a_root(ties: Sequence[PriorMatch]) -> tuple[PriorMatch, ...]:
    found: dict[int, PriorMatch] = {}
    for tie in sorted(ties, key=order):
        found.setdefault(tie.root, tie)
    return tuple(found.values())


def order(tie: PriorMatch) -> tuple[bool, int, int]:
    """The tie that counts: to what stands for itself, of the surest kind, to what was seen first."""
    return not tie.is_root, COPIES.index(tie.relation), tie.root


def _kept(copies: Sequence[PriorMatch], own: Sequence[PriorMatch], policy: Policy) -> tuple[str, ...]:
    """Why an item with ties is no copy."""
    reasons = []
    if own:
        reasons.append("an update by the same publisher")
    if any(_is_whole(tie) for tie in copies if not tie.same_publisher):
        reasons.append("the whole of what was seen as an excerpt")
    elif any(_passage(tie, policy) for tie in copies if not tie.same_publisher):
        reasons.append("shares a passage only")
    return tuple(reasons)


def _copied(tie: PriorMatch, traits: FeedPreferences) -> tuple[str, ...]:
    reasons = ["seen later"]
    if not tie.is_root:
        reasons.append("by way of another copy")
    if tie.copy == "this":
        reasons.append("its text is the copy")
    elif tie.copy == "both":
        reasons.append("both rewrite a third text")
    elif tie.copy == "other":
        reasons.append("what was seen first stands")
    if traits.never_touch:
        reasons.append("of a feed that is never touched")
    return tuple(reasons)


# ---- facts of items

_DENSE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Scripts written without spaces: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""


def count_words(text: str) -> int:
    """Words of a text; where none are spaced, two characters count as one."""
    return len(text.split()) + len(_DENSE.findall(text)) // 2
