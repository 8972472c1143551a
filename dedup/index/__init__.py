"""The index: documents seen so far, on disk, and what ties them. Programs use `index.Index`.

`writer`, `remover` and `query` are its three verbs; `services` is what they share; `matching`, `verdicts`, `clustering`
and `stories` run the stages of a scan on rows of `storage`; `postings` finds who shares keys. May use `pipeline`.
"""
