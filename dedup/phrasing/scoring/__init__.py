"""How a text is worded, by a reference: the score, what was learned for it, and when there is none."""
