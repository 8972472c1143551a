"""How a corpus is cut, by its size: so that what one Python holds at a time is bounded, whatever the corpus is."""

from __future__ import annotations

from dataclasses import dataclass

from dedup.errors import ConfigError

BLOCK_ROWS = 8192
"""Documents to a block: its slices take about 1.2 KB for each document of 450 words."""
PLACE_POSTINGS = 4_000_000
"""Postings in one place: ten bytes each, and as much again while they are sorted."""
PART_PAIRS = 4096
"""Pairs that are judged together: at most twice as many texts."""
BIN_ROWS = 100_000
"""Documents whose components are looked at together."""
SALT_ROWS = 1 << 20
"""Documents of which one place holds the postings of a key that many hold."""
DRIVER_EDGES = 2_000_000_000
"""Pairs that look alike up to which the driver finds the components: eight bytes a document, and no pair is kept."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be set of it; nothing changes a result. Raises ConfigError for what cannot be."""

    block_rows: int = BLOCK_ROWS
    place_postings: int = PLACE_POSTINGS
    part_pairs: int = PART_PAIRS
    bin_rows: int = BIN_ROWS
    salt_rows: int = SALT_ROWS
    driver_edges: int = DRIVER_EDGES

    def __post_init__(self) -> None:
        for name in self.__slots__:
            least = 0 if name == "driver_edges" else 1
            if getattr(self, name) < least:
                raise ConfigError(f"{name} is {getattr(self, name):,}, and may not be below {least}")
        if self.salt_rows % self.block_rows:
            raise ConfigError(f"salt_rows ({self.salt_rows:,}) is no multiple of block_rows ({self.block_rows:,})")


@dataclass(frozen=True, slots=True)
class Layout:
    """How one corpus is cut."""

    documents: int
    """Rows are below this number."""
    places: int
    """Of postings, by hash of the key."""
    block_rows: int
    """Documents to a block."""
    salt_rows: int
    """Documents of which one place holds the postings of a key that many hold; a multiple of `block_rows`."""
    part_pairs: int
    """Pairs that are judged together at most."""
    bins: int
    """Of components."""
    tasks: int
    """Partitions of what is judged."""
    hot: tuple[int, ...] = ()
    """The keys that many hold (kind << 32 | key), ascending."""

    @staticmethod
    def of(documents: int, postings: int, text_bytes: int, cores: int, limits: Limits) -> Layout:
        """That of so many documents with so many postings and bytes of text, on a cluster of so many cores."""
        least = 2 * cores
        return Layout(
            documents, max(least, postings // limits.place_postings + 1), limits.block_rows, limits.salt_rows,
            limits.part_pairs, max(least, documents // limits.bin_rows + 1), max(least, text_bytes // (64 << 20) + 1),
        )  # fmt: skip

    @property
    def salts(self) -> int:
        """Ranges of documents."""
        return -(-self.documents // self.salt_rows)

    @property
    def blocks(self) -> int:
        """Blocks of documents."""
        return max(-(-self.documents // self.block_rows), 1)
