"""`dedup feeds`: the commands that keep feeds clean."""
