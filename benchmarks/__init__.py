"""Benchmarks: `python -m benchmarks --list`. Peers start here too, in environments without dedup: import nothing."""
