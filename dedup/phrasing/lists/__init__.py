"""Lists that users write: phrases known to be wrong, read from files and looked for in texts."""
