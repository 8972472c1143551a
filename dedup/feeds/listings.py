"""What is done with an item whose article is known already: by another item of the same feed, or of another one. Pure.

The article is compared once, whoever lists it. What is decided here is how often it is shown: the first listing stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dedup.feeds.policy import Cause, FeedPreferences, Policy, Scope, Treatment

_NO_TRAITS = FeedPreferences()


@dataclass(frozen=True, slots=True)
class ListingPlace:
    """A feed that lists an article."""

    feed: int
    folder: str = ""
    traits: FeedPreferences = _NO_TRAITS


@dataclass(frozen=True, slots=True)
class Listed:
    """An item, as it counts where another one of its article comes."""

    key: str
    place: ListingPlace
    digest: str
    """Of title and text."""
    since: int = 0
    """When it was first listed, seconds since 1970."""
    treated: bool = False
    """It does not stand itself: another one was before it."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What becomes of an item."""

    treatment: Treatment = Treatment.KEEP
    cause: Cause | None = None
    first_feed: int = 0
    """The feed that listed the article first."""
    gives_way: tuple[Listed, ...] = ()
    """Items that no longer stand: the new one is of a preferred feed."""


def decide(new: Listed, earlier: Sequence[Listed], policy: Policy) -> Ruling:
    """What is done with `new`, by the items of the same article that were listed before it, in their order.

    | its own feed had it with the same title and text              | a repost: another id, nothing new          |
    | its own feed had it, and it was changed                       | an update: as the one before it            |
    | another feed had it (within the scope)                        | the same link, unless this one is preferred |
    """
    own = [item for item in earlier if item.place.feed == new.place.feed]
    others = [
        item for item in earlier if item.place.feed != new.place.feed and _in_scope(item.place, new.place, policy)
    ]
    standing = [item for item in others if not item.treated]
    if own and (not others or not all(item.treated for item in own)):
        if all(item.digest != new.digest for item in own):
            return Ruling()
        return Ruling(policy.treatment_of(Cause.REPOST, new.place.traits), Cause.REPOST, new.place.feed)
    if not others:
        return Ruling()
    first = (standing or others)[0]
    if new.place.traits.preferred and not first.place.traits.preferred:
        return Ruling(gives_way=tuple(item for item in standing if not item.place.traits.preferred))
    return Ruling(policy.treatment_of(Cause.SAME_LINK, new.place.traits), Cause.SAME_LINK, first.place.feed)


def _in_scope(one: ListingPlace, other: ListingPlace, policy: Policy) -> bool:
    return policy.scope is Scope.ALL or one.folder == other.folder
