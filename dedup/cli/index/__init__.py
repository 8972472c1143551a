"""`dedup index`: the commands that keep documents on disk, and tell whether a text was seen before."""
