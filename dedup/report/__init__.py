"""From a result to what people and programs read: rows first, then their rendering."""
