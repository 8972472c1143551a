"""Rewritten: the same facts in the same order in other words. May use `align`."""
