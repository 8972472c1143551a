"""The engine of one machine: partitions in a folder on disk, read one after the other, gone on with after a kill.

Each partition of a stage is one file that appears whole (`units`), so what is there need not be done again.
"""
