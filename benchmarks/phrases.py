"""Phrase entries of the two spinner vocabularies, written by hand: heads that no thesaurus has, but real spinners do.

The two lists share few heads and no pair, so that nothing tuned on the one has seen the other.
"""

from __future__ import annotations

_TUNE = """
a number of: quite a few | plenty of
a lot of: numerous | a variety of
a couple of: just a few
a great deal of: quite a lot of
a wide range of: all kinds of
according to: in line with | in response to
across the country: everywhere in the nation
ahead of: forward of
along with: together with
an opportunity to: an opportunity for
as a result of: on account of | because of this of
as far as: so far as
as long as: so long as
as part of: as a part of
as soon as possible: at the earliest
as well as: in addition to | together with
at least: no less than | at the very least
at the end of the day: when all is said and done
at the moment: in the mean time
at the same time: on the similar time
at the time: on the time
at this point: right now
because of: due to
came to an end: drew to a close
comes to: involves
declined to comment: refused to remark
did not immediately respond: didn't instantly reply
did not respond to: didn't reply to
due to: because of | as a consequence of
earlier this month: earlier within the month
earlier this week: earlier within the week
earlier this year: earlier within the year
for a long time: for a very long time
for example: for instance | as an illustration
for the first time: for the primary time
for the most part: generally
for the past: for the previous
from time to time: now and again
going to: gonna
had to: needed to
has been: has actually been
have to: need to | must
in a statement: in an announcement
in addition to: along with
in addition: moreover
in an attempt to: in an effort to
in an effort to: in an try and
in an interview with: in an interview by
in charge of: answerable for
in front of: before
in order to: as a way to
in recent years: lately
in response to: in reply to
in terms of: by way of
in the case of: with regards to
in the middle of: in the course of
in the past: prior to now
in the wake of: within the wake of
is expected to: is predicted to
it is important to: you will need to
last month: final month
last week: final week
last year: final 12 months
law enforcement: regulation enforcement
look forward to: sit up for
make sure that: be sure that
more and more: increasingly
more than: greater than
most of the: many of the
need to: must
next week: subsequent week
next year: subsequent 12 months
no longer: now not
not only: not solely
of course: after all | obviously
on behalf of: on account of
on social media: on social networks
on the other hand: alternatively
once again: as soon as again
one of the: one of many
one of the most: probably the most
over the past: during the last
over the years: over time
prior to: previous to
right now: proper now
so far: to date
such as: similar to | equivalent to
the first time: the primary time
the fact that: the truth that
the rest of: the remainder of
the united states: america
the us: america
the white house: the white home
the world: the globe
there is no: there isn't any
this year: this 12 months
those who: those that
took place: befell
trying to: attempting to
two years ago: two years in the past
the next day: the following day
wants to: needs to
was able to: managed to
went on to: proceeded to
will be able to: will be capable of
with regard to: on the subject of
years ago: years in the past
years old: years outdated
"""

_HELDOUT = """
a bit of: a little bit of
a few days later: some days afterwards
a growing number of: an increasing amount of
a lot of: a whole lot of | tons of
a majority of: the greater part of
a member of: an associate of
a number of: a range of | a variety of
a series of: a chain of
a spokesman for: a representative for
a spokeswoman for: a representative for
according to: as per | as indicated by
after all: all things considered
all of the: the entirety of the
all over the world: everywhere throughout the world
and so on: etcetera
around the world: all over the planet | around the globe
as a result: accordingly | thus
as if: as though
as much as: to the extent that
as opposed to: instead of
as soon as: when
as well as: just as | and also
at all: by any stretch
at first: from the start
at least: in any event | at any rate
at the beginning of: toward the start of
at the end of: toward the finish of
be able to: have the option to
by the end of: before the finish of
called for: required
carry out: do
comes from: originates from
dealing with: managing
did not say: didn't state
does not have: doesn't possess
due to: owing to | because of the reality of
each other: one another
end up: wind up
even if: regardless of whether
even though: despite the fact that
except for: aside from
figure out: make sense of
find out: discover out
first of all: above all else
for years: for quite a long time
found out: discovered
get rid of: dispose of
going to: heading off to
has to: needs to
have been: have been known to be
hundreds of: many
in a way: as it were
in addition to: notwithstanding
in addition: what's more | furthermore
in an interview: in a meeting
in any case: regardless
in case of: if there should arise an occurrence of
in fact: truth be told
in favor of: for
in other words: as such
in order to: so as to | with the end goal to
in particular: specifically
in public: out in the open
in spite of: disregarding
in terms of: as far as
in the end: at last
in the first place: in any case
in the future: later on
in the meantime: meanwhile
in the morning: toward the beginning of the day
in the united states: in the states
instead of: rather than
is likely to: is probably going to
it turns out: it so happens
just about: pretty much
kind of: sort of
last month: a month ago
last week: a week ago
last year: a year ago
less than: not exactly | under
little more than: minimal more than
make sense: bode well
make up: make up for
millions of: a large number of
more than: in excess of | over and above
most of the: the vast majority of the
most people: a great many people
much of the: a significant part of the
next to: by the side of
no one: nobody
on the other hand: then again
on the way: en route
on time: on schedule
on top of: over
one of the: one of the numerous
out of: from
over and over: again and again
over the past: in the course of the past
part of the: some portion of the
point of view: perspective
rather than: as opposed to
set up: set in place
so that: with the goal that
some of the: a portion of the
spend time: invest energy
such as: for example | like
take care of: deal with
take part in: participate in
tens of thousands of: countless
thanks to: on account of
the day before: the earlier day
the end of: the finish of
the first time: the first run through
the number of: the quantity of
the rest of: whatever is left of
the same time: a similar time
the united states: the US of A
thousands of: a great many
to be able to: to have the capacity to
trying to: endeavoring to
turned out: ended up being
used to: used once to
was born: was conceived
when it comes to: with regards to
with respect to: as for
years ago: a long time back
years later: a long time later
years old: years of age
"""


def _entries(block: str) -> dict[str, tuple[str, ...]]:
    """Lines `head: replacement | replacement`."""
    entries = {}
    for line in block.strip().splitlines():
        head, _, replacements = line.partition(": ")
        entries[head] = tuple(part.strip() for part in replacements.split("|"))
    return entries


PHRASES = {"tune": _entries(_TUNE), "heldout": _entries(_HELDOUT)}
