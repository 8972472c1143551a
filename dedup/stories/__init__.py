"""Which documents report one event. May use `candidates` and `align`."""
