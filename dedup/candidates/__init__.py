"""Which pairs are worth a look: LSH buckets, posting lists, TF-IDF neighbours. May use `fingerprint`."""
