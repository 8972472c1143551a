"""What probably stood in the place of bad words: thesauri, inflection, and the search among them."""
