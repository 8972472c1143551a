"""Kernel of the thesaurus: the words around a word. Arrays and scalars, and NamedTuples of them, only."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.runtime.jit import kernel


class Senses(NamedTuple):
    """t terms and s senses, see `wordnet`."""

    begins: NDArray[np.int32]
    """(t + 1,) where the senses of each term begin, and the last one ends."""
    of_term: NDArray[np.int32]
    """Senses of terms."""
    own_ranks: NDArray[np.uint8]
    """How many senses of the term are more usual than each of them."""
    parts: NDArray[np.uint8]
    """(s,) part of speech."""
    ends: NDArray[np.int32]
    """(s + 1,) where the terms of each sense begin, and the last one ends."""
    members: NDArray[np.int32]
    """Terms of senses."""
    ranks: NDArray[np.uint8]
    """How many senses of each of them are more usual."""
    links: NDArray[np.int32]
    """(s + 1,) where the senses near each one begin, and the last one ends."""
    near: NDArray[np.int32]
    kinds: NDArray[np.uint8]
    """Senses near others, and how they are related."""
    own_nats: NDArray[np.float64]
    nats: NDArray[np.float64]
    """(256,) worth of `own_ranks` and of `ranks`."""
    worths: NDArray[np.float64]
    """Nats of each of `kinds`."""
    same: float
    """Nats of a word of the same sense."""


@kernel
def around(term: Any, parts: Any, barred: Any, senses: Any) -> Any:
    """Terms (n,) that share a sense with a term or have one near it, in `parts` (4,) of speech, without those of which
    `barred` (t,) says so; and what each is worth, in nats (n,). A term is there once for each sense in common.
    """
    count = 0
    for at in range(senses.begins[term], senses.begins[term + 1]):
        sense = senses.of_term[at]
        count += senses.ends[sense + 1] - senses.ends[sense]
        for link in range(senses.links[sense], senses.links[sense + 1]):
            count += senses.ends[senses.near[link] + 1] - senses.ends[senses.near[link]]
    terms, worths, count = np.empty(count, np.int64), np.empty(count), 0
    for at in range(senses.begins[term], senses.begins[term + 1]):
        sense = senses.of_term[at]
        if not parts[senses.parts[sense]]:
            continue
        for link in range(senses.links[sense] - 1, senses.links[sense + 1]):
            itself = link < senses.links[sense]
            other, worth = (sense, senses.same) if itself else (senses.near[link], senses.worths[senses.kinds[link]])
            for member in range(senses.ends[other], senses.ends[other + 1]):
                if senses.members[member] != term and not barred[senses.members[member]]:
                    terms[count] = senses.members[member]
                    worths[count] = senses.own_nats[senses.own_ranks[at]] + worth + senses.nats[senses.ranks[member]]
                    count += 1
    return terms[:count], worths[:count]
