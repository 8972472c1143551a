"""Feeds as bytes: where items and their fields stand, and edits that leave every other byte as it is."""
