"""n-gram reference models of clean text: counted, merged, read. May use `text`."""
