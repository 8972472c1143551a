"""Text as the machine sees it: words and their hashes, straight from the UTF-8 bytes."""
