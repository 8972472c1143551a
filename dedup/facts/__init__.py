"""What texts say and whether they say the same: names, numbers, dates, counts and quotes. May use `align`."""
