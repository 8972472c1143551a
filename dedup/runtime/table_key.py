"""The key of hash tables, which kernels read from memory."""

from __future__ import annotations

import os
from ctypes import c_uint64

TABLE_KEY = (c_uint64 * 2)(*(int.from_bytes(os.urandom(8), "little") | 1 for _ in range(2)))
"""Two odd numbers that the places of keys in hash tables depend on (`hash_tables`), drawn anew by each process. To
kernels they are a symbol and not a constant: kept machine code is the same in every process."""
TABLE_KEY_SYMBOL = "dedup_table_key"
