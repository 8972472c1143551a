"""Reads documents: paths, standard input and Python objects in, batches out, and the chosen records written back."""

from dedup.read.kept import Kept
from dedup.read.library import Items, field_name, from_documents, is_missing, text_or_type_error
from dedup.read.locate import Locator
from dedup.read.reader import Reader
from dedup.read.select import write_selection

__all__ = [
    "Items",
    "Kept",
    "Locator",
    "Reader",
    "field_name",
    "from_documents",
    "is_missing",
    "text_or_type_error",
    "write_selection",
]
