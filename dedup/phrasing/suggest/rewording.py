"""What synonyms would win in the place of the worst words of a text: whether a few were put there by a rewriter.

Every text has words that are odd, so the means of one that was rewritten in few places are those of a clean one. But
where a rewriter was at work there is a way back: a synonym that fits far better than what stands there ("simply" →
"just", "put up" → "post"). In clean texts words are odd because of the subject, and no synonym mends that.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dedup.phrasing.reference.model import Reference
from dedup.phrasing.scoring.level_kernels import NOTHING, Own
from dedup.phrasing.suggest import rewording_kernels as kernels
from dedup.phrasing.suggest import rewording_table
from dedup.phrasing.suggest.rewording_table import RewordingTable, Translated

if TYPE_CHECKING:
    from dedup.phrasing.scoring.reference_columns import ReferenceColumns
    from dedup.phrasing.scoring.scorer import WordScores

PLACES = 20
"""Words of a text that are tried, the worst. If all texts got a second look, 75 to 90 % of those spun at a quarter
would be found with 20 words, 60 to 80 % with 8."""


class Rewordings:
    """Tries what a table of alternatives lists in the place of words of a text; by default the one of the package. Any
    number of threads may use one.
    """

    def __init__(self, columns: ReferenceColumns, table: RewordingTable | None = None) -> None:
        """With a `table` that was made for the reference of `columns`."""
        self._columns, self._table = columns, table

    @cached_property
    def _known(self) -> Translated:
        reference = self._columns.reference
        table, known = (self._table, reference) if self._table else (rewording_table.shipped(), Reference.shipped())
        return rewording_table.translated(table, known, reference)

    def gains(self, judged: WordScores, numbers: NDArray[np.int64], own: Own = NOTHING) -> NDArray[np.float64]:
        """(k, PLACES) for the words of some texts that have the highest log odds, the highest first: what log
        probability the text would win by a synonym there, 0 for none and where there are fewer words. The n-grams of
        `own` are forgotten meanwhile.
        """
        starts = np.cumsum(judged.lengths, axis=0) - judged.lengths
        texts = kernels.TextStreams(numbers, judged.streams, judged.places, judged.odds, judged.lengths, starts)
        found = np.zeros((len(numbers), PLACES))
        kernels.gains(texts, self._known, self._columns.model, own, found)
        return found
