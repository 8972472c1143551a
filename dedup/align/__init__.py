"""Which words of two texts correspond, and how much they share: overlap, alignment, rarity of what is shared.
May use `fingerprint` and `text`.
"""
