"""Text as the machine sees it: words and their hashes straight from the UTF-8 bytes, sentences, numbers, dates, quotes.

What one text is, whatever it is compared with. May use `runtime` and `columns`.
"""
