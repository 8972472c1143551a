"""How a scan that judges pairwise runs beyond memory: as stages that know no engine, and engines that only shuffle.

A stage is a function of arrays or Arrow batches; what it finds of a pair depends on no other batch. Every engine that
brings the right rows together therefore gives the result of `dedup scan --pairwise` in memory.
"""
