"""Posting lists on disk: a log-structured merge tree of sorted blocks. Knows keys and numbers, no texts."""
