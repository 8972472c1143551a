"""The table of the second look: `python -m benchmarks.rewording_table [--out FILE]`.

What the shipped thesaurus lists for the words of the shipped reference, and for the pairs of them that it lists in any
form. To be made anew when either of them is. The same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dedup.phrasing.reference.model import Reference
from dedup.phrasing.suggest import rewording_table
from dedup.phrasing.suggest.wordnet import Wordnet
from dedup.runtime.atomic import atomic


def main(arguments: list[str] | None = None) -> int:
    """Write the table."""
    parser = argparse.ArgumentParser("python -m benchmarks.rewording_table", description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=rewording_table.FILE, metavar="FILE", help="[the one in the package]"
    )
    given = parser.parse_args(arguments)
    thesaurus = Wordnet.shipped()
    table = rewording_table.build(Reference.shipped(), thesaurus, thesaurus.pairs())
    with atomic(given.out) as out:
        rewording_table.save(table, out)
    print(
        f"{given.out}: {given.out.stat().st_size:,} bytes, {len(table.listed):,} alternatives, "
        f"{len(table.phrases):,} phrases, {len(table.seconds):,} pairs", file=sys.stderr,
    )  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
