"""The order of the stages: the only package that knows them all.

`scan` runs them; `candidates` says which pairs are looked at, `judge` what they are, `edges` turns the copies into a
table with directions and evidence, `findings` looks at whole clusters and stories.
"""

from dedup.pipeline.compare import compare
from dedup.pipeline.scan import InputFacts, run, scan

__all__ = ["InputFacts", "compare", "run", "scan"]
