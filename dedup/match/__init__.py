"""Which documents are copies: fingerprints, candidate pairs, exact verification."""
