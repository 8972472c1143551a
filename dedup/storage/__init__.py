"""Databases: one interface over SQLite and PostgreSQL, their tables, and packed texts in them. What the rows
mean is the business of `index` and `feeds`; may use `runtime` and `errors`.
"""
