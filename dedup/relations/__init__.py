"""What a pair is: its relation, which side is the copy, what proves it; and the clusters that pairs make.
May use all stages below: `facts`, `rewriting`, `align`.
"""
