"""Reads documents: paths, standard input and Python objects in, batches out, and the chosen records written back."""

from dedup.read.library import from_documents
from dedup.read.locate import Locator
from dedup.read.reader import Reader
from dedup.read.select import write_selection

__all__ = ["Locator", "Reader", "from_documents", "write_selection"]
