"""Feed hygiene: feeds are fetched, their items compared with the index, and cleaned feeds written.

`run` is one pass: `http` fetches, `format` reads, `ingest` decides by `policy` and stores, `publish` writes. May use
`index`.
"""
