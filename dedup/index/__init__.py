"""The index: documents seen so far, on disk, and what ties them."""
