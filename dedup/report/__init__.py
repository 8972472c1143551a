"""From a result to what people and programs read: rows first, then their rendering.

Nothing is judged here: what is not in a result is not in a report. May use `model`, and the results of an index.
"""
