"""The network: which addresses may be entered, fetching within limits, robots.txt, whole pages."""
