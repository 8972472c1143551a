import json
import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.facts.agreement import changed_facts, differing_numbers
from dedup.facts.mentions import facts
from dedup.facts.mutations import group_flags
from dedup.facts.quotations import mutated_quotes, self_repeats
from dedup.model import FlagKind
from dedup.text.tokens import tokenise
from tests.cost import costs_at_most

STORY = """The Gannet Bridge was closed on Tuesday after engineers found cracks in its steel arms.

“We took the decision within an hour of seeing the photographs,” said Orla Venning, the head of transport. “Nobody \
wants to close a bridge in the middle of the evening rush, but nobody should be asked to drive over steel that we do \
not trust.”

Ferries will run between 6am and 9pm, the council said. Some 14,000 vehicles cross the bridge on a working day, and \
the repair will cost 8.2 million crowns."""
OTHER = """Commuters in Port Sarrow woke on Wednesday to long queues, on the first morning without the swing bridge.

The only alternative by road is a tunnel, where a van brought everything to a standstill. {}

Dockworkers say that they raised the alarm in 2023. “A bill for ten bad years,” said the leader of their union."""
QUOTE = "Nobody wants to close a bridge in the middle of the evening rush"
CHANGED = "No one desires to shut a bridge amid the night rush"

compiled = pytest.mark.skipif(
    os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="takes minutes without compiled kernels"
)
PIECES = '“we ” said go to the old bridge never trust . , … \n\n " steel'


def known(text):
    return facts(tokenise(text))


def texts(a, b, changes):
    return [
        (a.tokens.text[change.a_start : change.a_end], b.tokens.text[change.b_start : change.b_end])
        for change in changes
    ]


def differing(a, b, changes):
    return [(a.tokens.text[d[0] : d[1]], b.tokens.text[d[2] : d[3]]) for change in changes for d in change.differences]


def changes(one, two):
    a, b = known(one), known(two)
    found = mutated_quotes(a, b)
    return texts(a, b, found), differing(a, b, found)


def test_a_quote_in_other_words_in_a_copy():
    copy = STORY.replace("photographs", "pictures").replace("middle", "midst").replace("crowns", "krone")
    found, differences = changes(STORY, copy)
    assert len(found) == 2
    assert differences == [("photographs", "pictures"), ("middle", "midst")]


def test_a_quote_in_other_words_in_another_report():
    found, differences = changes(STORY, OTHER.format(f"“{CHANGED}, but nobody should be asked to drive,” she said."))
    assert len(found) == 1 and found[0][0].startswith("Nobody wants") and found[0][1].startswith("No one desires")
    assert ("wants to close", "desires to shut") in differences or ("close", "shut") in differences


def test_a_quote_without_marks_in_the_other_text():
    text = OTHER.format("Nobody wishes to close a bridge in the middle of the evening rush, the council thinks.")
    a, b = known(STORY), known(text)
    (change,) = mutated_quotes(a, b)
    assert (change.a_quoted, change.b_quoted) == (True, False)
    assert differing(a, b, [change]) == [("wants", "wishes")]


@pytest.mark.parametrize(
    "same",
    [
        f"“{QUOTE},” she said.",
        f'"{QUOTE}!" she said.',
        "“Nobody wants to close a bridge,” she said.",
        "“close a bridge in the middle of the evening rush, but nobody should be asked to drive,” she said.",
        "“Nobody wants to close a bridge … but nobody should be asked to drive over steel that we do not trust.”",
        "“Nobody wants to close a bridge ... the evening rush,” she said.",
        "“Nobody wants to close [the Gannet Bridge] in the middle of the evening rush,” she said.",
        "“NOBODY WANTS TO CLOSE A BRIDGE – in the middle of the evening rush,” she said.",
        "“Nobody wants to close a bridge,” said Orla Venning on Wednesday, “in the middle of the evening rush.”",
        "She said nobody wants to close a bridge in the middle of the evening rush.",
        "“We are glad that the ferries carried so many people on the first morning,” she said.",
        "“Nobody was hurt and nobody was ever at risk,” she said.",
    ],
)
def test_what_is_no_other_wording(same):
    assert changes(STORY, OTHER.format(same)) == ([], [])


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("The colour of the programme was organised at two airports in the centre", "The color of the program was "
         "organized at 2 air ports in the center"),
        ("We do not think that 1.2 million people will travel, they’re staying", "We do not think that 1,200,000 "
         "people will travel, they are staying"),
    ],
)  # fmt: skip
def test_spelling_is_no_other_wording(one, two):
    assert changes(f"He said: “{one}.”", f"He said: “{two}.”") == ([], [])


HOUSE_STYLE = """I’d rather stop now / I would rather stop now
He'd been there before us / He had been there before us
it's a shame for all / it is a shame for all
she's left the old town / she has left the old town
we won’t close the bridge / we will not close the bridge
we don't know that yet / we do not know that yet
they’ve gone to the quay / they have gone to the quay
let’s go to the quay / let us go to the quay
we'll be there in time / we will be there in time
we can't say that now / we cannot say that now
it isn't over for anyone / it is not over for anyone
we shan't be there again / we shall not be there again
some 12% of all ferries / some 12 per cent of all ferries
some 12 percent of all ferries / some twelve per cent of all ferries
we learnt that the hard way / we learned that the hard way
the rope burnt on deck / the rope burned on deck
it ends on 4 Sept. this time / it ends on 4 September this time
back in Sept. it was open / back in September it was open
come on Tues. to the quay / come on Tuesday to the quay
the US helped us a lot / the United States helped us a lot
the U.S. helped us a lot / the United States helped us a lot
the UK helped us a lot / the United Kingdom helped us a lot
that is OK for us all / that is okay for us all
the grey ferry & its crew / the gray ferry and its crew
all 25 ferries were late / all twenty-five ferries were late"""
OTHER_WORDS = """I’d rather stop now / I should rather stop now
we won’t close the bridge / we would not close the bridge
we don't know that yet / we did not know that yet
we can't say that now / we can say that now
some 12% of all ferries / some 13 per cent of all ferries
it's a shame for all / it was a shame for all
they’ve gone to the quay / they were gone to the quay
we learnt that the hard way / we taught that the hard way
back in Sept. it was open / back in October it was open
she told us about the ferries / she told United States about the ferries"""


def in_quotes(lines):
    for line in lines.splitlines():
        one, two = (f"He said: “Nobody on the quay can forget it, {side}, and that is what matters to the crews.”"
                    for side in line.split(" / "))  # fmt: skip
        yield line, changes(one, two), changes(two, one)


def test_the_style_of_a_newsroom_is_no_other_wording():
    wrong = [line for line, forth, back in in_quotes(HOUSE_STYLE) if forth != ([], []) or back != ([], [])]
    assert not wrong


def test_other_words_are_found_beside_the_style_of_a_newsroom():
    missed = [line for line, forth, back in in_quotes(OTHER_WORDS) if not forth[0] or not back[0]]
    assert not missed


def test_a_negation_is_another_wording():
    _, differences = changes("“We will surrender this old town to them,” he said.", "“We will never surrender this old "
                             "town to them,” he said.")  # fmt: skip
    assert differences == [("", "never")]


def test_both_wordings_in_one_document_are_not_set_against_themselves():
    both = OTHER.format(f"“{QUOTE},” she said. “Nobody wants to open a bridge in the middle of the morning rush.”")
    assert changes(both, both) == ([], [])


@given(
    st.lists(st.sampled_from(PIECES.split(" ")), max_size=60),
    st.lists(st.sampled_from(PIECES.replace("old", "new").replace("never", "always").split(" ")), max_size=60),
)
def test_changes_are_symmetric_and_within_the_texts(one, two):
    a, b = known(" ".join(one)), known(" ".join(two))
    forth, back = mutated_quotes(a, b), mutated_quotes(b, a)
    assert {(c.a_start, c.a_end, c.b_start, c.b_end) for c in forth} == {
        (c.b_start, c.b_end, c.a_start, c.a_end) for c in back
    }
    for change in forth:
        assert 0 <= change.a_start < change.a_end <= len(a.tokens.text)
        assert 0 <= change.b_start < change.b_end <= len(b.tokens.text)
        for a0, a1, b0, b1 in change.differences:
            assert change.a_start <= a0 <= a1 <= change.a_end and change.b_start <= b0 <= b1 <= change.b_end
    assert mutated_quotes(a, a) == []


def test_self_repeats():
    text = (
        "“I briefed the mayor on the recent damage by the storm to our power lines, and I am grateful for her "
        "readiness to help us,” the engineer wrote.\n\nThere were other talks.\n\n“I updated the mayor regarding the "
        "storm damage to our power network, and I value her willingness to support us,” he said again."
    )
    a = known(text)
    (change,) = self_repeats(a)
    assert text[change.a_start : change.a_end].startswith("I briefed")
    assert text[change.b_start : change.b_end].startswith("I updated")
    assert self_repeats(known(STORY)) == []
    assert self_repeats(known(f"{STORY}\n\n“{QUOTE}.”")) == []


@pytest.mark.parametrize(
    ("one", "two", "kinds"),
    [
        ("539 drones", "550 drones", ["number"]), ("two men", "2 men", []), ("two men", "three men", ["number"]),
        ("4 July", "5 July", ["date"]), ("July 4", "4 July", []), ("1.2 million", "1,200,000", []),
        ("6am", "7am", ["date"]), ("US", "United States", []),
        ("on Tuesday", "on Wednesday", []), ("Tuesday", "Wednesday", ["date"]), ("Force", "Drive", ["name"]),
        ("1,187,000", "1.19 million", []), ("old", "new", []), ("$5bn", "$6bn", ["number"]),
        ("45 per cent", "45%", []), ("two", "several", []),
    ],
)  # fmt: skip
def test_changed_facts(one, two, kinds):
    a, b = known(f"In the end it was {one} that came here."), known(f"In the end it was {two} that came here.")
    slot = (18, 18 + len(one), 18, 18 + len(two))
    found = changed_facts(a, b, [slot])
    assert [change.kind for change in found] == kinds
    for change in found:
        assert a.tokens.text[change.a_start : change.a_end] in one
        assert b.tokens.text[change.b_start : change.b_end] in two


def test_a_slot_within_a_number_gives_the_whole_number():
    a, b = known("It cost 8.2 million crowns in all."), known("It cost 8.7 million crowns in all.")
    (change,) = changed_facts(a, b, [(10, 11, 10, 11)])
    assert a.tokens.text[change.a_start : change.a_end] == "8.2 million crowns"


def test_differing_numbers_of_independent_reports():
    one = known("Rescuers pulled 14 miners out of the flooded shaft near Kestrick.")
    assert (
        len(differing_numbers(one, known("Near Kestrick, 17 miners were pulled from the flooded shaft by rescuers.")))
        == 1
    )
    for other in (
        "Near Kestrick, at least 17 miners were pulled from the flooded shaft by rescuers.",
        "Near Kestrick, 14 miners were pulled from the flooded shaft by rescuers.",
        "Last year 17 miners went on strike.",
        "Near Kestrick, 17 miners were pulled from the flooded shaft by rescuers. 3 miners died.",
    ):
        assert differing_numbers(one, known(other)) == []


def test_flags_of_a_group():
    spun = OTHER.format(f"“{CHANGED}, but nobody should be asked to drive,” she said.")
    group = {7: known(STORY), 8: known(spun), 9: known(STORY)}
    flags = group_flags([7, 8, 9], group, trust={7: 1, 8: 0, 9: 1}, names={7: "a", 8: "b", 9: "c"})
    assert list(flags) == [8]
    (flag,) = flags[8]
    assert flag.kind == FlagKind.MUTATED_QUOTE
    (span,) = flag.spans
    assert spun[span.start : span.end] == span.text
    assert span.other["documents"] == ["a", "c"] and span.other["own"] == ["b"]
    for difference in span.other["differences"]:
        assert spun[difference["start"] : difference["end"]] == difference["text"]
    json.dumps(span.other)


def test_without_trust_both_sides_are_flagged():
    group = {0: known(STORY), 1: known(STORY.replace("photographs", "pictures").replace("14,000", "15,000"))}
    slots = [(STORY.index("14,000"), STORY.index("14,000") + 6, STORY.index("14,000") - 3, STORY.index("14,000") + 3)]
    flags = group_flags([0, 1], group, aligned={(0, 1): slots})
    assert {row: [flag.kind for flag in found] for row, found in flags.items()} == {
        row: [FlagKind.MUTATED_NUMBER, FlagKind.MUTATED_QUOTE] for row in (0, 1)
    }


@compiled
def test_a_large_group_is_not_compared_pair_by_pair():
    rng = random.Random(3)
    group = {}
    for row in range(600):
        words = STORY.split(" ")
        words[rng.randrange(len(words))] = f"word{row}"
        group[row] = known(" ".join(words))
    with costs_at_most(600):
        flags = group_flags(list(range(600)), group)
    assert flags


@compiled
def test_hostile_documents():
    marks = known('"' * 50_000 + " “a b c d e f g” " * 5_000)
    words = known("“" + "a b c d e f " * 10_000)
    with costs_at_most(600):
        mutated_quotes(marks, words)
        self_repeats(marks)
        self_repeats(words)


def test_no_words():
    assert mutated_quotes(known(""), known("“a b c d e”")) == []
    assert group_flags([0, 1], {0: known(""), 1: known("…")}) == {}


HEADLINES = [
    ("Storm Ends Harvest in the East", "Harvest", "Crop"),
    ("Ferry Firm Plans to Raise Fares in Autumn", "Fares", "Prices"),
    ("Council Votes to Close the Bridge for a Month", "Bridge", "Crossing"),
    ("How the Town Lost Its Last Bank", "Bank", "Branch"),
    ("Is the Summer Over for the Islands?", "Summer", "Season"),
    ("Warm Winter Brings Early Lambs to the Hills", "Lambs", "Calves"),
]
BODY = "\n\nThe harvest was over by the end of May, and the people of the islands were glad, said Mary Orr of Sarrow.\n"


def names_between(one, two, old, new):
    a, b = known(one), known(two)
    at = one.index(old)
    return [change.kind for change in changed_facts(a, b, [(at, at + len(old), at, at + len(new))])]


@pytest.mark.parametrize(("headline", "old", "new"), HEADLINES)
def test_words_of_a_headline_are_no_names(headline, old, new):
    """Every one has a capital there; what follows the headline says nothing of it."""
    for body in ("", BODY):
        assert names_between(headline + body, headline.replace(old, new) + body, old, new) == []


def test_names_in_running_text_still_are():
    for body in ("", BODY):
        one = "The council of Port Sarrow met on the quay and heard what Mary Orr had seen." + body
        assert names_between(one, one.replace("Mary Orr had", "Jane Venn had"), "Mary Orr", "Jane Venn") == ["name"]
        assert names_between(one, one.replace("Port Sarrow", "Port Gannet"), "Port Sarrow", "Port Gannet") == ["name"]


def test_a_word_that_is_written_small_elsewhere_is_no_name():
    one = "In the valley the Harvest was over, and it was a good harvest, the farmers said; the crop was sold."
    assert names_between(one, one.replace("Harvest", "Crop"), "Harvest", "Crop") == []
    assert names_between(one, one.replace("Harvest", "Gannet"), "Harvest", "Gannet") == []


def test_a_quote_that_is_cut_in_two_is_compared_part_by_part():
    whole = STORY.replace("in the middle of the evening rush", "in the middle of a dark and busy evening rush")
    parts = (
        "“Nobody wants to close a bridge,” said Orla Venning on the quay, “in the midst of a dark and busy evening "
        "rush,” and she asked all drivers to be patient."
    )
    a, b = known(whole), known(OTHER.format(parts))
    found = mutated_quotes(a, b)
    assert differing(a, b, found) == [("middle", "midst")]
    ((ours, theirs),) = texts(a, b, found)
    assert ours.startswith("in the middle of a dark") and theirs.startswith("in the midst of a dark")
    assert "Nobody" not in ours and "Nobody" not in theirs, "the other part is the same"
