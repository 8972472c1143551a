"""What the operating system, numba and the processor need: files that appear whole, spooled memory, workers,
machine code that is kept. Knows nothing of texts; may use `errors`, `model`, `config` and `columns`.
"""
