"""Feed hygiene: feeds are fetched, their items held against the index, and cleaned feeds written."""
