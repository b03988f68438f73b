"""Finding: the index as somebody may see it, one item, its content, and lists of results."""
