"""How a text is worded: n-gram counts of clean text, and which of two wordings they find the better.

`reference` holds the counts, `scoring` judges by them, `suggest` looks for what probably stood there, `lists` knows
phrases that are wrong anywhere. May use `text`.
"""
