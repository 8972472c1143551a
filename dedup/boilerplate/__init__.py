"""What of a text is no part of the article: scraper marks and site boilerplate, by rules and by repetition.
May use `text`.
"""
