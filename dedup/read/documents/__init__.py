"""Documents that people have (Word, OpenDocument, RTF, EPUB, mail, PDF, web archives), as text.

What a stranger's file makes of a parser is not foreseen, so files are converted by a worker (`convert`, see
`dedup.runtime.worker`), which `converter` asks. The modules `office`, `epub`, `mail`, `pdf`, `rtf` and `web` run in
there alone.
"""
