"""Names of the columns that alignments are told in: kinds of blocks, and figures of a pair."""

from __future__ import annotations

EQUAL, REPLACE, DELETE, INSERT, PASSAGE = 0, 1, 2, 3, 4
"""Kinds of a block: words kept, replaced, left out, put in; and a whole passage, whatever the order of its words."""
FIGURES = 34
(
    WORDS_A, WORDS_B, KEPT_WORDS, CHANGED_A, CHANGED_B, CHANGES, IN_SLOT, LIKE_SPELT, SENTENCES, CHANGED_SENTENCES,
    DELETED, INSERTED, MOVED, PASSAGES, NUMBERS, NUMBERS_KEPT, NUMBERS_CHANGED, CLOSENESS, FACTS_KEPT, FACTS_CHANGED,
    FACTS_A, FACTS_B, FOUND_A, FOUND_B, OWN, TITLE_NUMBERS, REPEATED, KNOWN, CHARACTERS, RULES,
    CLAUSE_WORDS, SUBJECT_CHANGED, TITLE_SWAPS, REPLACED,
) = range(FIGURES)  # fmt: skip
"""Columns of the figures of a pair: words of each side; words kept; words of each side in substitutions; substitutions;
those with one to four words a side that differ by at most two; those that are another spelling (defence, defense; über,
ueber); sentences of the first text with kept words, and those of them with a substitution; words of the first text
cut and of the second put in between kept words; words in passages that stand out of order; passages; words with digits
in the first text, those of them kept, those that stand in a substitution with others or with none
(`fact_kernels.changed_numbers`); worth of the kept words by the length of what they stand in, in sixteenths of a word
(`_closeness`); weight of the facts kept and of those that stand in a substitution with other facts; weight of the
distinct facts of each side, and of those that the other side has anywhere (`fact_kernels`); words that both sides have
to themselves at the same places; numbers that differ within the first TITLE words; how often the commonest substitution
of one rare word for one is made; 1 where the language of both is known, and with it which words are names; words of the
first text that are characters; words of both texts that lay down rules, and words of the longest clause that one of
them has to itself; how often a fact that one of the titles has in place of the other's stands in its place, and how
often any word does; words that both sides have to themselves in paragraphs behind a head that they share
(`fact_kernels.own_words`)."""
