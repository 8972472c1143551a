"""What texts are looked up by: MinHash signatures, band keys, passage keys, and keys of rare terms.
May use `text`.
"""
