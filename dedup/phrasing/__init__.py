"""How a text is worded: n-gram counts of clean text, and which of two wordings they find the better."""
